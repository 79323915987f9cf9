"""How much a pixel's depth should follow each of its neighbours', from their grey levels.

Levin, Lischinski and Weiss, "Colorization using Optimization" (2004), as DenseDepth fills depth.
"""

import numpy as np

# The 3x3 window in raster order; plane 4 of a stencil is the pixel itself.
OFFSETS = tuple((dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1))
CENTRE = 4
GREY_WEIGHTS = (0.2125, 0.7154, 0.0721)
VARIANCE_SHARE = 0.6
# The most similar neighbour weighs at least this much before the weights are normalised.
LEAST_LARGEST_WEIGHT = 0.01
SMALLEST_SPREAD = 2e-6


def grey_levels(image: np.ndarray) -> np.ndarray:
    """Grey levels of uint8 (H, W, 3) RGB, float64 (H, W) in [0, 1]."""
    table = np.arange(256) / 255.0
    red, green, blue = (weight * table[image[..., k]] for k, weight in enumerate(GREY_WEIGHTS))
    return red + green + blue


def affinities(grey: np.ndarray) -> np.ndarray:
    """Weights of the neighbours of each pixel, which sum to 1.

    With g_j - g the differences to the up to 8 neighbours and v the variance of the window, a
    weight is exp(-(g_j - g)^2 / s), s = max(0.6 v, -min_j (g_j - g)^2 / ln 0.01, 2e-6), divided by
    the sum over the neighbours. s belongs to the pixel, so weights are not symmetric.

    Args:
        grey: float64 (H, W), at least two pixels.

    Returns:
        float64 (9, H, W), planes as `OFFSETS`; 0 for the centre and for neighbours outside.
    """
    height, width = grey.shape
    # Each pair of neighbours once; its two views are where either of the two is the pixel.
    pairs = []
    total, total_squares, count = np.zeros_like(grey), np.zeros_like(grey), np.ones_like(grey)
    smallest = np.full_like(grey, np.inf)
    for plane in range(CENTRE + 1, 9):
        dy, dx = OFFSETS[plane]
        here = (slice(0, height - dy), slice(max(0, -dx), width - max(0, dx)))
        there = (slice(dy, height), slice(max(0, dx), width - max(0, -dx)))
        difference = grey[there] - grey[here]
        total[here] += difference
        total[there] -= difference
        square = np.square(difference, out=difference)
        for view in (here, there):
            total_squares[view] += square
            count[view] += 1.0
            np.minimum(smallest[view], square, out=smallest[view])
        pairs.append((plane, here, there, square))
    variance = total_squares / count - np.square(total / count)
    spread = np.maximum(VARIANCE_SHARE * variance, smallest / -np.log(LEAST_LARGEST_WEIGHT))
    factor = -1.0 / np.maximum(spread, SMALLEST_SPREAD)

    weights = np.zeros((9, height, width))
    total[:] = 0.0
    for plane, here, there, square in pairs:
        for view, target in ((here, plane), (there, 8 - plane)):
            weight = weights[target][view]
            np.multiply(square, factor[view], out=weight)
            np.exp(weight, out=weight)
            total[view] += weight
    weights /= total
    return weights
