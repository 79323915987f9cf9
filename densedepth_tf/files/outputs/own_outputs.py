"""Telling what this package wrote from photographs and videos, by a mark in the files themselves.

Names say nothing: a photograph may well be called `x.depth.png`.
"""

import os
import re
from pathlib import Path

from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from densedepth_tf.files.depth.depth_file import SCALE_KEYWORD
from densedepth_tf.files.images.png_text import add_png_text, read_png_text
from densedepth_tf.files.video.ffmpeg_path import ffmpeg_path

SOFTWARE = "densedepth-tf"
SOFTWARE_KEYWORD = "Software"  # PNG specification, 11.3.4.2
TIFF_SOFTWARE = 305
VIDEO_KEYWORD = "comment"
VIDEO_SUFFIX, PART_SUFFIX = "_depth.mp4", "_depth.part.mp4"
COMPANIONS = (".depth.json", ".depth.npy")  # what lies beside outputs, and nobody predicts
_PNG_HEAD = 4096
_NAMES = re.compile(r".*(\.(depth|color|side_by_side)\.(png|tiff)|_depth(\.part)?\.mp4)")


def mark_png(content: bytes) -> bytes:
    """An encoded PNG with the mark."""
    return add_png_text(content, {SOFTWARE_KEYWORD: SOFTWARE})


def is_own_output_name(name: str) -> bool:
    """Whether a file is called as this package calls what can be taken for an image or a video."""
    return _NAMES.fullmatch(name) is not None


def is_own_output(path: str | os.PathLike) -> bool:
    """Whether an image or video was written by this package.

    PNG files are its own if they have the mark or declare a scale of depth, TIFF files and videos
    called `X_depth.mp4` or `X_depth.part.mp4` if they have the mark. What cannot be read is not.
    """
    path = Path(path)
    try:
        if not path.is_file():
            return False
        match path.suffix.lower():
            case ".png":
                with open(path, "rb") as file:
                    text = read_png_text(file.read(_PNG_HEAD))
                return text.get(SOFTWARE_KEYWORD) == SOFTWARE or SCALE_KEYWORD in text
            case ".tif" | ".tiff":
                with Image.open(path, formats=("TIFF",)) as image:
                    if isinstance(image, TiffImageFile):
                        return image.tag_v2.get(TIFF_SOFTWARE) == SOFTWARE
            case ".mp4" if path.name.endswith((VIDEO_SUFFIX, PART_SUFFIX)):
                import av  # A light installation predicts images without it.

                with av.open(ffmpeg_path(path)) as container:
                    return container.metadata.get(VIDEO_KEYWORD) == SOFTWARE
    except Exception:  # Damaged files lead decoders to whatever; reading them names what is wrong.
        return False
    return False
