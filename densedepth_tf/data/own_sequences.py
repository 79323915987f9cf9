"""One's own sequences: folders of frames and video files."""

import os
import warnings
from collections import defaultdict
from pathlib import Path, PurePosixPath

from densedepth_tf.data.folder_pairs import find_pairs, list_files
from densedepth_tf.data.frame_folder import INTRINSICS_FILE, FrameFolder
from densedepth_tf.data.frame_sequence import FrameSequence
from densedepth_tf.data.frame_targets import FrameTargets, Target
from densedepth_tf.data.holdout import hold_out
from densedepth_tf.data.intrinsics_source import IntrinsicsSource
from densedepth_tf.data.sequence_split import read_split
from densedepth_tf.data.suffixes import (
    DEPTH_SUFFIXES,
    IMAGE_SUFFIXES,
    VIDEO_SUFFIXES,
    count_kinds,
    has_suffix,
    suffix_of,
)
from densedepth_tf.data.video_frames import VideoFrames


def open_own_sequences(
    data_dir: str | os.PathLike,
    split: str,
    *,
    split_file: str | os.PathLike | None = None,
    holdout_every: int = 0,
    holdout_block: int = 1,
    camera: IntrinsicsSource | None = None,
    every: int = 1,
    depth_scale: float | None = None,
) -> FrameTargets:
    """The frames of a video file, or of all folders of frames and videos below a folder.

    Every folder that holds pictures is a sequence. Depth maps are told from pictures, and belong
    to them, as `folder_pairs.find_pairs` says; poses are `frame-000000.pose.txt` beside
    `frame-000000.color.jpg`. There is no test list: test is everything.

    Args:
        data_dir: The file or folder.
        split: "train", "validation" or "test".
        split_file: Lines `sequence frame [l]`: the sequence is the folder's path relative to
            `data_dir` (the name of `data_dir` itself for frames right in it), or the video's name.
        holdout_every: k sets frames k-1, 2k-1, ... aside for validation.
        holdout_block: So many of them are set aside together, see `hold_out`.
        camera: The camera; videos need one, folders may have `camera-intrinsics.txt` instead.
        every: Every N-th frame only, to take a high frame rate down.
        depth_scale: Metres per stored unit of depth maps.

    Raises:
        ValueError: If there is nothing to read, the camera is not known or does not fit, or
            frames differ in size.
        OSError: If a file cannot be read.
    """
    root = Path(data_dir)
    if every < 1:
        raise ValueError(f"--every takes every N-th frame, N at least 1. Received: {every}")
    sequences = _find(root, camera, every, depth_scale)
    title = f"{root.resolve().stem}/{split}"
    if split_file is not None:
        by_name = {sequence.name: sequence for sequence in sequences}
        targets = []
        for line in read_split(split_file):
            if line.folder not in by_name:
                raise ValueError(
                    f"'{root}' has no sequence '{line.folder}' that '{split_file}' lists."
                )
            targets.append(Target(by_name[line.folder], line.number))
        return FrameTargets(targets, title, str(split_file))
    frames = [Target(sequence, number) for sequence in sequences for number in sequence.numbers]
    if split != "test":
        frames = hold_out(frames, split, holdout_every, f"'{root}'", holdout_block)
    return FrameTargets(frames, title)


def _find(
    root: Path, camera: IntrinsicsSource | None, every: int, depth_scale: float | None
) -> list[FrameSequence]:
    if root.exists() and not root.is_dir():
        return [_video(root, camera, every)]
    if not root.is_dir():
        raise ValueError(f"There is no data folder or file '{root}'; check --data-dir.")
    pairs, alone = find_pairs(root)
    depths = {pair.image: pair.depth for pair in pairs}
    folders: dict[str, list[str]] = defaultdict(list)
    for name in [*depths, *alone]:
        folders[str(PurePosixPath(name).parent)].append(name)
    alone_in_folder = [names[0] for names in folders.values() if len(names) == 1]
    if alone_in_folder and len(folders) > len(alone_in_folder):
        # A title picture, say, beside the folder of the frames.
        warnings.warn(f"Not frames of a sequence: {', '.join(alone_in_folder)}.", stacklevel=3)
        folders = {folder: names for folder, names in folders.items() if len(names) > 1}
    found: list[FrameSequence] = [
        FrameFolder(root, folders[name], depths, camera, every=every, depth_scale=depth_scale)
        for name in sorted(folders)
    ]
    videos = sorted(p for p in root.rglob("*") if has_suffix(p, VIDEO_SUFFIXES))
    found += [_video(path, camera, every) for path in videos if not path.name.startswith(".")]
    if not found:
        raise ValueError(f"'{root}' holds no frames and no videos.")
    _count_others(root)
    return found


def _count_others(root: Path) -> None:
    """Tells what lies there and is neither read nor a pose or a camera."""
    known = IMAGE_SUFFIXES + DEPTH_SUFFIXES + VIDEO_SUFFIXES
    others = [
        name
        for name in list_files(root)
        if suffix_of(name) not in known
        and not name.endswith(".pose.txt")
        and PurePosixPath(name).name != INTRINSICS_FILE
    ]
    if others:
        message = f"Left out of '{root}', as no frames or videos: {count_kinds(others)}."
        warnings.warn(message, stacklevel=4)


def _video(path: Path, camera: IntrinsicsSource | None, every: int) -> VideoFrames:
    if camera is None:
        raise ValueError(
            f"The camera of '{path}' is not known: pass --intrinsics fx,fy,cx,cy, --hfov DEG or "
            "--camera."
        )
    return VideoFrames(path, camera, every=every)
