"""Walks through rendered rooms as sequences, as `rooms_writer.py` leaves them."""

import os
from pathlib import Path

import numpy as np
from typing_extensions import override

from densedepth_tf.data.rooms.rooms_folder import RoomsFolderSource
from densedepth_tf.data.rooms.rooms_writer import SETTINGS_FILE
from densedepth_tf.data.sequences.frame_sequence import FrameNumber, FrameSequence
from densedepth_tf.data.sequences.frame_targets import FrameTargets, Target
from densedepth_tf.files.arrays.poses_file import read_pose
from densedepth_tf.files.images.image_file import read_image
from densedepth_tf.files.json_text import parse_json
from densedepth_tf.files.text_file import read_text


class RoomWalk(FrameSequence):
    """The frames of one room, numbered as in the folder.

    Args:
        source: The split's pairs.
        folder: The folder of the rooms.
        numbers: Rows of the split that show the room.
        baseline: Metres between the eyes; None without the right one's images.
    """

    def __init__(
        self, source: RoomsFolderSource, folder: Path, numbers: range, baseline: float | None
    ):
        self._source, self._folder = source, folder
        self.numbers = numbers
        self.name = Path(source.sample_name(numbers[0])).with_suffix("").as_posix()
        self.title = str(folder / self.name)
        if baseline is not None:
            self.stereo_transform = np.eye(4, dtype=np.float32)
            self.stereo_transform[0, 3] = -baseline
        paths = {number: self._path(number, ".pose.txt") for number in numbers}
        self.poses = {number: read_pose(path) for number, path in paths.items() if path.is_file()}

    @override
    def has_frame(self, number: FrameNumber) -> bool:
        return number in self.numbers

    @override
    def frame_name(self, number: FrameNumber) -> str:
        return self._source.sample_name(int(number))

    @override
    def read_image(self, number: FrameNumber) -> np.ndarray:
        return read_image(self._folder / self.frame_name(number))

    @override
    def intrinsics(self, image_size: tuple[int, int]) -> np.ndarray:
        return self._source.intrinsics(*image_size)

    @override
    def has_stereo(self, number: FrameNumber) -> bool:
        return self.stereo_transform is not None and self.has_frame(number)

    @override
    def read_stereo_image(self, number: FrameNumber) -> np.ndarray:
        suffix = Path(self.frame_name(number)).suffix
        return read_image(self._path(number, f".right{suffix}"))

    @override
    def has_depth(self, number: FrameNumber) -> bool:
        return self.has_frame(number)

    @override
    def read_depth(self, number: FrameNumber, image_size: tuple[int, int]) -> np.ndarray:
        return self._source[int(number)]["depth"]

    def _path(self, number: FrameNumber, suffix: str) -> Path:
        return (self._folder / self.frame_name(number)).with_suffix(suffix)


def open_room_walks(data_dir: str | os.PathLike, split: str) -> FrameTargets:
    """The frames of a split of a folder of rooms that were walked through or seen with two eyes.

    Raises:
        ValueError: If the folder holds no such split, or its images have no neighbours.
    """
    folder = Path(data_dir)
    source = RoomsFolderSource(folder, split)
    try:
        settings = parse_json(read_text(folder / SETTINGS_FILE))
        in_room, stereo = int(settings["path_frames"]), bool(settings["stereo"])
        baseline = float(settings["baseline"])
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"Cannot read '{folder / SETTINGS_FILE}': {error}") from error
    if in_room < 2 and not stereo:
        raise ValueError(
            f"The images in '{folder}' have no neighbours: render walks or stereo pairs "
            "(`python -m densedepth_tf rooms --path-frames N --stereo`)."
        )
    targets = []
    for first in range(0, len(source), in_room or 1):
        numbers = range(first, min(first + (in_room or 1), len(source)))
        walk = RoomWalk(source, folder, numbers, baseline if stereo else None)
        targets += [Target(walk, number) for number in numbers]
    return FrameTargets(targets, f"rooms/{split}")
