"""The files of a clip's frames: `000123.depth.png` and so on, all in one folder."""

import contextlib
import re
from collections.abc import Iterable
from pathlib import Path

from densedepth_tf.files.durable import sync_folder
from densedepth_tf.inference.outputs.depth_writers import OUTPUT_FORMATS


def publish_frames(part: Path, whole: Path, formats: Iterable[str]) -> None:
    """Moves a clip's frames from the folder of the part to that of the whole.

    Frames of an earlier run in these formats make way for them; other files stay.

    Raises:
        OSError: If a file cannot be moved.
    """
    new = {path.name for path in part.iterdir()}
    for path in _frames(whole, formats):
        if path.name not in new:
            path.unlink()
    whole.mkdir(exist_ok=True)
    for name in sorted(new):
        (part / name).replace(whole / name)
    remove_frames(part, OUTPUT_FORMATS)
    sync_folder(whole)
    sync_folder(whole.parent)


def remove_frames(folder: Path, formats: Iterable[str]) -> None:
    """Removes the frames in a folder, and the folder if nothing else is in it."""
    for path in _frames(folder, formats):
        path.unlink()
    with contextlib.suppress(OSError):
        folder.rmdir()


def is_frame_file(name: str, formats: Iterable[str] = OUTPUT_FORMATS) -> bool:
    """Whether a file in the folder of a clip's frames may be one of a frame, by its name."""
    suffixes = "|".join(re.escape(OUTPUT_FORMATS[format_name].suffix) for format_name in formats)
    return re.fullmatch(rf"\d{{6,}}({suffixes})", name) is not None


def _frames(folder: Path, formats: Iterable[str]) -> list[Path]:
    return [path for path in folder.glob("*") if is_frame_file(path.name, formats)]
