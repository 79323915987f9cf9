"""Renders rooms into a folder of files, in several processes; continues where it was stopped.

Layout: `{train,validation,test}/NNNNN.jpg` and `NNNNN.png` (16-bit depth in millimetres), one
`{split}.csv` of `image,depth` rows each, `intrinsics.txt` (3x3), and `rooms.json` (the settings).
Walks and stereo pairs add `NNNNN.pose.txt` (4x4, camera to world, metres) and `NNNNN.right.jpg`.
"""

import contextlib
import dataclasses
import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from densedepth_tf.data.rooms.rooms import (
    camera_path,
    check_hand_held,
    path_seed,
    random_room,
    render,
    room_camera,
    room_seed,
    stereo_partner,
)
from densedepth_tf.data.rooms.rooms_folder import INTRINSICS_FILE
from densedepth_tf.files.atomic import write_bytes, write_json, write_text
from densedepth_tf.files.depth.depth_file import encode_depth_png
from densedepth_tf.files.outputs.output_place import OutputPlace, output_place
from densedepth_tf.geometry.cameras.intrinsics import nyu_intrinsics
from densedepth_tf.process.available_cores import available_cores
from densedepth_tf.process.map_ahead import map_ahead
from densedepth_tf.process.progress_bar import ProgressBar

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

SETTINGS_FILE = "rooms.json"
# Raise it whenever the same settings no longer give the same images.
RENDERER_VERSION = 1
_RIGHT_SEED = 2**31
_UPLOADS = 8  # rooms on their way to a bucket at the same time
_stop: "Synchronized[int] | None" = (
    None  # in workers: shared with the parent, 1 when they are to end
)


@dataclasses.dataclass(frozen=True)
class RoomsSettings:
    """What decides how the images look; a folder holds images of one setting only.

    Attributes:
        image_size: (height, width).
        seed: of the rooms.
        path_frames: 0 for one photograph per room; else so many consecutive frames of a walk.
        stereo: whether to write the right eye's image too.
        baseline: metres between the eyes.
        supersampling: 2 for smooth edges.
        image_format: "jpg" (quality 95) or "png".
        hand_held: the share of photographs that a camera takes that is carried about.
    """

    image_size: tuple[int, int] = (240, 320)
    seed: int = 0
    path_frames: int = 0
    stereo: bool = False
    baseline: float = 0.1
    supersampling: int = 2
    image_format: str = "jpg"
    hand_held: float = 0.0

    def __post_init__(self) -> None:
        room_seed("train", self.seed, 0)
        if self.path_frames < 0:
            raise ValueError(f"`path_frames` must not be negative. Received: {self.path_frames}")
        if not self.baseline > 0:
            raise ValueError(f"`baseline` must be positive metres. Received: {self.baseline}")
        if self.image_format not in ("jpg", "png"):
            raise ValueError(f"`image_format` is jpg or png. Received: '{self.image_format}'")
        check_hand_held(self.hand_held)
        if self.hand_held and self.path_frames:
            raise ValueError(
                "`hand_held` is for one photograph of each room, not for walks (`path_frames`). "
                f"Received: {self.hand_held}"
            )


def write_rooms(
    output: str | os.PathLike,
    counts: dict[str, int],
    settings: RoomsSettings | None = None,
    num_workers: int | None = None,
    progress: bool = True,
) -> int:
    """Renders what is missing in `output`.

    Args:
        output: the folder, created if needed, or its address in a bucket.
        counts: how many images of "train", "validation" and "test".
        settings: what to render.
        num_workers: processes, by default one per CPU; 1 renders in this process.
        progress: whether to show a progress bar.

    Returns:
        How many images were rendered; those finished by an earlier run are kept.

    Raises:
        ValueError: If the folder holds rooms of other settings, or an argument is wrong.
        OSError: If it cannot be written, or another process is rendering into it.
    """
    place, settings = output_place(output), settings or RoomsSettings()
    if min(counts.values(), default=0) < 0 or sum(counts.values()) < 1:
        raise ValueError(f"There must be at least one image to render. Received: {counts}")
    splits = [split for split, count in counts.items() if count]
    place.check_writable()
    with place.claim([SETTINGS_FILE, *(f"{split}/*" for split in splits)]):
        return _write_rooms(place, counts, settings, num_workers, progress)


def _write_rooms(
    place: OutputPlace,
    counts: dict[str, int],
    settings: RoomsSettings,
    num_workers: int | None,
    progress: bool,
) -> int:
    folder = place.folder
    _check_settings(place, settings)
    write_json(folder / SETTINGS_FILE, _as_json(settings) | {"num_images": counts})
    matrix = "\n".join(
        " ".join(f"{v:.9g}" for v in row) for row in nyu_intrinsics(settings.image_size)
    )
    write_text(folder / INTRINSICS_FILE, matrix + "\n")
    place.publish([SETTINGS_FILE, INTRINSICS_FILE])

    jobs = list(_jobs(place, counts, settings))
    rendered = 0
    total = sum(len(missing) for *_, missing in jobs)

    def publish(room: tuple[str, list[int]]) -> int:
        split, indices = room
        for index in indices:
            place.publish(_files(split, index, settings).values())
        return len(indices)

    rooms = _map(jobs, num_workers or available_cores())
    with (
        contextlib.closing(rooms),
        contextlib.closing(map_ahead(publish, rooms, _UPLOADS, 2 * _UPLOADS)) as published,
        ProgressBar(total=total, unit="frame", disable=not progress) as bar,
    ):
        for frames in published:
            rendered += frames
            bar.update(frames)
    for split, count in counts.items():
        names = [f"{split}/{index:05d}" for index in range(count)]
        rows = "".join(f"{name}.{settings.image_format},{name}.png\n" for name in names)
        if settings.image_format == "png":
            rows = "".join(f"{name}.png,{name}.depth.png\n" for name in names)
        if count:
            write_text(folder / f"{split}.csv", rows)
            place.publish([f"{split}.csv"])
    return rendered


def _as_json(settings: RoomsSettings) -> dict:
    return {"renderer_version": RENDERER_VERSION} | json.loads(
        json.dumps(dataclasses.asdict(settings))
    )


def _check_settings(place: OutputPlace, settings: RoomsSettings) -> None:
    shown = place.shown(place.folder / SETTINGS_FILE)
    try:
        with place.brought(SETTINGS_FILE) as path:
            if not path.exists():
                return
            old = json.loads(path.read_text())
        old = {"hand_held": 0.0} | old  # Folders from before it was a setting.
        differing = [key for key, value in _as_json(settings).items() if old.get(key) != value]
    except (ValueError, TypeError) as error:
        raise ValueError(f"'{shown}' is damaged; remove the folder to start afresh.") from error
    if differing:
        raise ValueError(
            f"'{place.title}' holds rooms rendered with another {', '.join(differing)}; choose "
            f"another `output`, or remove it. See '{shown}'."
        )


def _files(split: str, index: int, settings: RoomsSettings) -> dict[str, str]:
    """What is written of a frame, relative to the folder; the photograph last."""
    stem, suffix = f"{split}/{index:05d}", settings.image_format
    files = {"depth": f"{stem}.png" if suffix == "jpg" else f"{stem}.depth.png"}
    if settings.stereo:
        files["right"] = f"{stem}.right.{suffix}"
    if settings.stereo or settings.path_frames:
        files["pose"] = f"{stem}.pose.txt"
    files["image"] = f"{stem}.{suffix}"
    return files


def _jobs(
    place: OutputPlace, counts: dict[str, int], settings: RoomsSettings
) -> Iterator[tuple[Path, RoomsSettings, str, list[int]]]:
    """One job for every room with a frame missing."""

    def is_missing(split: str, index: int) -> bool:
        return not all(map(place.has, _files(split, index, settings).values()))

    per_room = settings.path_frames or 1
    for split, count in counts.items():
        for first in range(0, count, per_room):
            frames = range(first, min(first + per_room, count))
            missing = [index for index in frames if is_missing(split, index)]
            if missing:
                yield place.folder, settings, split, missing


def _map(jobs: list[tuple], num_workers: int) -> Generator[tuple[str, list[int]]]:
    """The split and the frames of every job, once they are written."""
    num_workers = min(num_workers, len(jobs))
    if num_workers <= 1:
        yield from map(_render_room, jobs)
        return
    # Spawned, since a fork of a process that runs TensorFlow's threads may hang.
    context = multiprocessing.get_context("spawn")
    stop = context.RawValue("b", 0)
    with ProcessPoolExecutor(num_workers, context, _start_worker, (stop,)) as pool:
        rooms = [pool.submit(_render_room, job) for job in jobs]
        try:
            for room in as_completed(rooms):
                yield room.result()
        except BrokenProcessPool as error:
            raise OSError(
                "A process that rendered rooms was killed, perhaps because memory ran out; run "
                "the same command again to go on"
            ) from error
        finally:
            stop.value = 1
            pool.shutdown(cancel_futures=True)


def _start_worker(stop: "Synchronized[int]") -> None:
    """Leaves signals to the parent, which then sets `stop`: workers end between two files."""
    global _stop
    _stop = stop
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    # Nobody else tells them that the parent was killed.
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    cv2.setNumThreads(1)


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _render_room(job: tuple[Path, RoomsSettings, str, list[int]]) -> tuple[str, list[int]]:
    output, settings, split, indices = job
    per_room = settings.path_frames or 1
    room = room_seed(split, settings.seed, indices[0] // per_room)
    scene, intrinsics = random_room(room), nyu_intrinsics(settings.image_size)
    if settings.path_frames:
        poses = camera_path(scene, settings.path_frames, path_seed(room))
    else:
        poses = room_camera(scene, room, settings.hand_held)[np.newaxis]

    def photograph(pose: np.ndarray, seed: int) -> tuple[bytes, np.ndarray]:
        image, depth = render(
            scene,
            pose,
            intrinsics,
            settings.image_size,
            supersampling=settings.supersampling,
            seed=seed,
        )
        options = [cv2.IMWRITE_JPEG_QUALITY, 95] if settings.image_format == "jpg" else []
        _, encoded = cv2.imencode(f".{settings.image_format}", image[..., ::-1], options)
        return encoded.tobytes(), depth

    for number, index in enumerate(indices):
        if _stop is not None and _stop.value:
            return split, indices[:number]
        names, pose = _files(split, index, settings), poses[index % per_room]
        files = {kind: output / name for kind, name in names.items()}
        image, depth = photograph(pose, index)
        write_bytes(files["depth"], encode_depth_png(depth))
        if "right" in files:
            # Noise of its own: equal noise in both eyes would look like a surface at infinity.
            right, _ = photograph(stereo_partner(pose, settings.baseline), _RIGHT_SEED + index)
            write_bytes(files["right"], right)
        if "pose" in files:
            rows = "\n".join(" ".join(f"{value:.9f}" for value in row) for row in pose)
            write_text(files["pose"], rows + "\n")
        write_bytes(files["image"], image)
    return split, indices
