"""Depth in metres, and errors of depth, as colours."""

import functools

import cv2
import matplotlib
import numpy as np

from densedepth_tf.process.wording import did_you_mean

DEPTH_COLORMAP = "turbo_r"  # near is warm, far is cold
ERROR_COLORMAP = "RdBu_r"  # too near is blue, right is white, too far is red
MISSING_COLOR = (0, 0, 0)
ERROR_LIMIT = 0.5
PERCENTILES = (2, 98)


@functools.cache
def color_table(colormap: str) -> np.ndarray:
    """The 256 colours of a matplotlib colour map, uint8 (256, 3) RGB.

    Raises:
        ValueError: If matplotlib has no colour map of that name.
    """
    if colormap not in matplotlib.colormaps:
        raise ValueError(
            f"No such colour map; use one of matplotlib's, e.g. {DEPTH_COLORMAP}, magma_r or "
            f"viridis_r.{did_you_mean(colormap, matplotlib.colormaps)} "
            f"Received: colormap='{colormap}'"
        )
    return (
        (matplotlib.colormaps[colormap](np.linspace(0, 1, 256))[:, :3] * 255)
        .round()
        .astype(np.uint8)
    )


def as_map(values: np.ndarray) -> np.ndarray:
    """Returns a map of shape (H, W) or (H, W, 1) as float32 (H, W).

    Raises:
        ValueError: For any other shape.
    """
    values = np.asarray(values, np.float32)
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    if values.ndim != 2:
        raise ValueError(f"Expected a map (H, W) or (H, W, 1). Received: shape {values.shape}")
    return values


def depth_range(
    depth: np.ndarray, min_depth: float | None = None, max_depth: float | None = None
) -> tuple[float, float]:
    """Range of metres to colour `depth` with: given ends, else the 2nd / 98th percentile.

    Args:
        depth: Metres, any shape; values that are 0, negative or not finite count as missing.
        min_depth: Near end in metres, or `None` to take it from the depth.
        max_depth: Far end in metres, or `None` to take it from the depth.

    Returns:
        `(near, far)` with `near < far`; (0, 1) if all of the depth is missing. A given end stays
        where it is though all of the depth lies beyond it; the other one then gives way.
    """
    only_far_is_given = min_depth is None and max_depth is not None
    if min_depth is None or max_depth is None:
        depth = np.asarray(depth)
        valid = depth[np.isfinite(depth) & (depth > 0)]
        ends = np.percentile(valid, PERCENTILES) if valid.size else (0.0, 1.0)
        min_depth = float(ends[0]) if min_depth is None else min_depth
        max_depth = float(ends[1]) if max_depth is None else max_depth
    if max_depth <= min_depth and only_far_is_given:
        min_depth = max_depth - max(1e-3, 0.05 * abs(max_depth))
    elif max_depth <= min_depth:
        max_depth = min_depth + max(1e-3, 0.05 * abs(min_depth))
    return float(min_depth), float(max_depth)


def colorize(
    depth: np.ndarray,
    min_depth: float | None = None,
    max_depth: float | None = None,
    colormap: str = DEPTH_COLORMAP,
) -> np.ndarray:
    """Colours a depth map; near is warm, far is cold, missing is black.

    Args:
        depth: Metres, (H, W) or (H, W, 1); 0, negative or not finite = missing.
        min_depth: Metres of the first colour; `None` takes the 2nd percentile.
        max_depth: Metres of the last colour; `None` takes the 98th percentile.
        colormap: Name of a matplotlib colour map.

    Returns:
        uint8 (H, W, 3) RGB.

    Raises:
        ValueError: For another shape or an unknown colour map.
    """
    depth = as_map(depth)
    near, far = depth_range(depth, min_depth, max_depth)
    missing = ~(np.isfinite(depth) & (depth > 0))
    return _look_up(depth, near, far, missing, colormap)


def colorize_error(
    error: np.ndarray, limit: float = ERROR_LIMIT, colormap: str = ERROR_COLORMAP
) -> np.ndarray:
    """Colours a relative error: too near is blue, right is white, too far is red.

    Args:
        error: (prediction - truth) / truth, (H, W) or (H, W, 1); NaN = no truth, drawn black.
            An absolute error is welcome too and runs from white to red.
        limit: Error of the darkest colours.
        colormap: Name of a matplotlib colour map, its middle standing for no error.

    Returns:
        uint8 (H, W, 3) RGB.

    Raises:
        ValueError: For another shape or an unknown colour map.
    """
    error = as_map(error)
    return _look_up(error, -limit, limit, np.isnan(error), colormap)


def relative_error(prediction: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(prediction - truth) / truth of two (H, W[, 1]) maps in metres; NaN where truth is missing.

    Returns:
        float32 (H, W).
    """
    prediction, truth = as_map(prediction), as_map(truth)
    valid = np.isfinite(truth) & (truth > 0)
    safe = np.where(valid, truth, 1)
    return np.where(valid, (prediction - safe) / safe, np.nan).astype(np.float32)


def _look_up(
    values: np.ndarray, low: float, high: float, missing: np.ndarray, colormap: str
) -> np.ndarray:
    scaled = (np.nan_to_num(values) - low) * (255 / (high - low))
    levels = np.clip(scaled, 0, 255).round().astype(np.uint8)
    # Indexing the table gives the same, 15 times slower.
    colors = cv2.applyColorMap(levels, color_table(colormap)[:, None])
    if missing.any():
        colors[missing] = MISSING_COLOR
    return colors
