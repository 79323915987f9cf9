"""Images side by side, with titles."""

import itertools
from collections.abc import Sequence

import cv2
import numpy as np

from densedepth_tf.visualization.colorize import (
    as_map,
    colorize,
    colorize_error,
    depth_range,
    relative_error,
)
from densedepth_tf.visualization.dots import depth_dots, dots
from densedepth_tf.visualization.scale_bar import BACKGROUND, add_error_bar, add_scale_bar
from densedepth_tf.visualization.text import draw_text, font_size, shorten

MIN_HEIGHT, MAX_HEIGHT = 144, 480

LabelledImage = tuple[str, np.ndarray]


def panel(
    rows: Sequence[Sequence[LabelledImage | None]],
    title: str = "",
    height: int | None = None,
) -> np.ndarray:
    """Lays labelled images out in a grid.

    Args:
        rows: Rows of `(label, image)`; an image is uint8 or float [0, 1] RGB (H, W, 3) or
            (H, W). An empty label draws no text; a row without any label takes no room for
            one. `None` leaves a cell empty.
        title: A heading over the whole grid.
        height: Rows of pixels of every image; `None` keeps the tallest image's, within
            144..480. Images of another height are resized, their shape kept.

    Returns:
        uint8 (H', W', 3) RGB on white.

    Raises:
        ValueError: If there is no image at all, or one is not an image.
    """
    images: list[list[LabelledImage | None]] = [
        [None if cell is None else (cell[0], as_rgb(cell[1])) for cell in row] for row in rows
    ]
    present = [cell[1] for row in images for cell in row if cell is not None]
    if not present:
        raise ValueError(f"A panel needs at least one image. Received: {len(rows)} empty rows")
    height = height or cell_height(max(image.shape[0] for image in present))
    images = [
        [None if cell is None else (cell[0], to_height(cell[1], height)) for cell in row]
        for row in images
    ]
    widths = [
        max((cell[1].shape[1] for cell in column if cell is not None), default=0)
        for column in itertools.zip_longest(*images)
    ]
    size = font_size(height)
    gap = max(4, size // 2)
    total = sum(widths) + gap * (len(widths) + 1)
    strips = []
    if title:
        heading = _blank(round(2.2 * size), total)
        text = shorten(title, size, total - 2 * gap)
        strips.append(draw_text(heading, text, (gap, heading.shape[0] / 2), size, anchor="lm"))
    for row in images:
        if any(cell and cell[0] for cell in row):
            strips.append(_labels(row, widths, gap, size))
        elif not strips:
            strips.append(_blank(gap, total))
        strips.append(_images(row, widths, gap, height))
        strips.append(_blank(gap, total))
    return np.concatenate(strips, axis=0)


def sample_panel(
    image: np.ndarray,
    truth: np.ndarray | None,
    prediction: np.ndarray,
    min_depth: float | None = None,
    max_depth: float | None = None,
    title: str = "",
    height: int | None = None,
    unit: str | None = "m",
) -> np.ndarray:
    """Photo, truth, prediction and relative error side by side.

    Truth and prediction share one range of metres and its bar. Few known pixels, as of a LiDAR,
    are drawn as dots, in the error as well.

    Args:
        image: uint8 or float [0, 1] RGB (H, W, 3).
        truth: Metres, (h, w[, 1]), 0 = missing; `None` leaves truth and error out.
        prediction: Metres, (h', w'[, 1]); resized to the truth for the error.
        min_depth: Near end of the colours; `None` takes the 2nd percentile of the truth, or
            of the prediction where there is no truth.
        max_depth: Far end; `None` takes the 98th percentile.
        title: A heading.
        height: Rows of pixels of each image; `None` keeps the photo's, within 144..480.
        unit: What prediction and bar are in; None for a relative depth, which then has a range
            and a bar of its own, and the truth's is metres.

    Returns:
        uint8 (H', W', 3) RGB.
    """
    image, prediction = as_rgb(image), as_map(prediction)
    height = height or cell_height(image.shape[0])
    reference = prediction
    if truth is not None:
        truth = as_map(truth)
        if np.any(np.isfinite(truth) & (truth > 0)):
            reference = truth
    near, far = depth_range(reference, min_depth, max_depth)
    cells = [("photo", to_height(image, height))]
    if truth is not None:
        shown = to_height(colorize(depth_dots(truth, height), near, far), height)
        cells.append(("truth", shown if unit else add_scale_bar(shown, near, far)))
    if not unit:
        near, far = depth_range(prediction)
    coloured = to_height(colorize(prediction, near, far), height)
    label = "prediction" if unit else "relative prediction"
    cells.append((label, add_scale_bar(coloured, near, far, unit=unit)))
    if truth is not None:
        if prediction.shape != truth.shape:
            prediction = cv2.resize(prediction, truth.shape[::-1], interpolation=cv2.INTER_LINEAR)
        error = colorize_error(dots(relative_error(prediction, truth), height))
        cells.append(("relative error", add_error_bar(to_height(error, height))))
    return panel([cells], title=title, height=height)


def cell_height(height: int) -> int:
    """Height in pixels at which an image of `height` rows is shown in a panel."""
    return int(np.clip(height, MIN_HEIGHT, MAX_HEIGHT))


def to_height(image: np.ndarray, height: int) -> np.ndarray:
    """Resizes an image (H, W, 3) to `height` rows, its shape kept."""
    if image.shape[0] == height:
        return image
    width = max(1, round(image.shape[1] * height / image.shape[0]))
    # Enlarged pixels stay visible as such; blending would invent colours that mean other depths.
    method = cv2.INTER_AREA if height < image.shape[0] else cv2.INTER_NEAREST
    return cv2.resize(image, (width, height), interpolation=method)


def as_rgb(image: np.ndarray) -> np.ndarray:
    """Returns an image, uint8 or float [0, 1], (H, W), (H, W, 1) or (H, W, 3), as uint8 RGB.

    Raises:
        ValueError: For any other shape.
    """
    image = np.asarray(image)
    if image.dtype != np.uint8:
        image = (np.clip(np.nan_to_num(image.astype(np.float32)), 0, 1) * 255).round()
        image = image.astype(np.uint8)
    if image.ndim == 2:
        image = image[..., None]
    if image.ndim != 3 or image.shape[2] not in (1, 3):
        raise ValueError(f"An image is (H, W, 3) or (H, W). Received: shape {image.shape}")
    return np.ascontiguousarray(np.broadcast_to(image, (*image.shape[:2], 3)))


def _labels(
    row: Sequence[LabelledImage | None], widths: list[int], gap: int, size: int
) -> np.ndarray:
    strip = _blank(round(1.9 * size), sum(widths) + gap * (len(widths) + 1))
    left = gap
    for cell, width in zip(row, widths, strict=False):
        if cell and cell[0]:
            text = shorten(cell[0], size, width)
            strip = draw_text(strip, text, (left, strip.shape[0] / 2), size, anchor="lm")
        left += width + gap
    return strip


def _images(
    row: Sequence[LabelledImage | None], widths: list[int], gap: int, height: int
) -> np.ndarray:
    strip = _blank(height, sum(widths) + gap * (len(widths) + 1))
    left = gap
    for cell, width in zip(row, widths, strict=False):
        if cell:
            strip[:, left : left + cell[1].shape[1]] = cell[1]
        left += width + gap
    return strip


def _blank(height: int, width: int) -> np.ndarray:
    return np.full((height, width, 3), BACKGROUND, np.uint8)
