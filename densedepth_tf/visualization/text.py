"""Text in images, in the DejaVu font that comes with matplotlib."""

import functools
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

INK = (35, 35, 35)
MIN_FONT_SIZE = 9


@functools.cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """The font at `size` pixels."""
    path = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    return ImageFont.truetype(str(path), size)


def font_size(height: int) -> int:
    """A font size in pixels that suits an image of `height` rows."""
    return int(np.clip(round(height / 19), MIN_FONT_SIZE, 30))


def text_width(text: str, size: int) -> int:
    """Width in pixels of `text` at font size `size`."""
    return int(np.ceil(font(size).getlength(text)))


def shorten(text: str, size: int, width: int) -> str:
    """`text`, its middle cut out where it is wider than `width` pixels."""
    if text_width(text, size) <= width:
        return text
    for kept in range(len(text) - 1, 1, -1):
        short = f"{text[: (kept + 1) // 2]}…{text[len(text) - kept // 2 :]}"
        if text_width(short, size) <= width:
            return short
    return ""


def draw_text(
    image: np.ndarray,
    text: str,
    position: tuple[float, float],
    size: int,
    anchor: str = "mm",
    color: tuple[int, int, int] = INK,
) -> np.ndarray:
    """Returns a copy of `image` with `text` on it.

    Args:
        image: uint8 (H, W, 3) RGB.
        text: One line.
        position: (x, y) in pixels of the text's anchor.
        size: Font size in pixels.
        anchor: Pillow's anchor code: `lm` is the left end's middle, `mm` the centre.
        color: RGB.

    Returns:
        uint8 (H, W, 3) RGB.
    """
    canvas = Image.fromarray(np.ascontiguousarray(image))
    ImageDraw.Draw(canvas).text(position, text, fill=color, font=font(size), anchor=anchor)
    return np.asarray(canvas).copy()
