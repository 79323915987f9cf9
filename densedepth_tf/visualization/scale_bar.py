"""A labelled colour bar at the right of an image."""

from collections.abc import Callable

import numpy as np
from matplotlib.ticker import MaxNLocator

from densedepth_tf.visualization.colorize import (
    DEPTH_COLORMAP,
    ERROR_COLORMAP,
    ERROR_LIMIT,
    color_table,
)
from densedepth_tf.visualization.text import INK, draw_text, font_size, text_width

BACKGROUND = (255, 255, 255)


def add_scale_bar(
    image: np.ndarray,
    min_depth: float,
    max_depth: float,
    colormap: str = DEPTH_COLORMAP,
    unit: str | None = "m",
) -> np.ndarray:
    """Adds a bar of metres, near at the bottom, at the right of a coloured depth map.

    Args:
        image: uint8 (H, W, 3) RGB, e.g. from `colorize`.
        min_depth: Metres of the first colour.
        max_depth: Metres of the last colour.
        colormap: The colour map the image was made with.
        unit: What the numbers are in; None where nobody knows.

    Returns:
        uint8 (H, W + bar, 3) RGB; the image's own pixels stay as they are.
    """
    return _add_bar(
        image, min_depth, max_depth, colormap, lambda tick: f"{tick:g} {unit or ''}".rstrip()
    )


def add_error_bar(
    image: np.ndarray, limit: float = ERROR_LIMIT, colormap: str = ERROR_COLORMAP
) -> np.ndarray:
    """Adds a bar of relative errors in per cent at the right of a `colorize_error` image.

    Args:
        image: uint8 (H, W, 3) RGB.
        limit: Error of the darkest colours, as given to `colorize_error`.
        colormap: The colour map the image was made with.

    Returns:
        uint8 (H, W + bar, 3) RGB.
    """
    return _add_bar(image, -limit, limit, colormap, _percent)


def _percent(error: float) -> str:
    return f"{100 * error:+.3g} %" if abs(error) > 1e-9 else "0 %"


def _add_bar(
    image: np.ndarray, low: float, high: float, colormap: str, label: Callable[[float], str]
) -> np.ndarray:
    height = image.shape[0]
    size = font_size(height)
    ticks = _ticks(low, high, max(1, int(height / (2 * size))))
    labels = [label(tick) for tick in ticks]
    gap, bar, mark = max(3, size // 2), max(6, size), max(2, size // 4)
    text_left = gap + bar + mark + max(2, size // 4)
    width = text_left + max((text_width(text, size) for text in labels), default=0) + gap
    strip = np.full((height, width, 3), BACKGROUND, np.uint8)

    # The bar is inset by half a line so that labels at its ends are not cut off.
    top = min(size // 2 + 1, height // 3)
    length = height - 2 * top
    shades = np.linspace(255, 0, length).round().astype(np.uint8)
    strip[top : top + length, gap : gap + bar] = color_table(colormap)[shades][:, None]
    for tick, text in zip(ticks, labels, strict=True):
        row = top + (high - tick) / (high - low) * (length - 1)
        line = round(row)
        strip[line : line + 1, gap + bar : gap + bar + mark] = INK
        strip = draw_text(strip, text, (text_left, row), size, anchor="lm")
    return np.concatenate([image, strip], axis=1)


def _ticks(low: float, high: float, count: int) -> list[float]:
    """At most `count` round numbers within low..high, as long as there are any."""
    ticks = MaxNLocator(nbins=min(count, 6), steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    slack = 1e-6 * (high - low)
    ticks = [float(round(tick, 10)) for tick in ticks if low - slack <= tick <= high + slack]
    every = -(-len(ticks) // count)
    return ticks[every // 2 :: every] if every > 1 else ticks
