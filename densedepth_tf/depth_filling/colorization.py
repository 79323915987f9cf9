"""Filling missing depth so that it changes where the photograph does."""

import numpy as np

from densedepth_tf.depth_filling.affinity import CENTRE, affinities, grey_levels
from densedepth_tf.depth_filling.approximate import propagate_approximately
from densedepth_tf.depth_filling.stencil_solver import solve_stencil

METHODS = ("exact", "approximate")


def fill_depth(
    image: np.ndarray,
    depth: np.ndarray,
    alpha: float = 1.0,
    method: str = "exact",
    threads: int = 1,
) -> np.ndarray:
    """Fills missing depth from the known depth around it, along the photograph's edges.

    Solves (I - W + alpha K) x = alpha K depth, where W are the `affinity` weights of neighbours
    and K marks known pixels (Levin et al. 2004; the filling DenseDepth trains on). Known pixels
    keep their depth.

    Args:
        image: uint8 (H, W, 3) RGB.
        depth: float32 (H, W) or (H, W, 1), metres, 0 = missing.
        alpha: How firmly known depth holds against its neighbours; above 0.
        method: "exact", or "approximate": several times faster, but see `approximate`.
        threads: Parts of the image done at the same time. One by one in several threads, images
            are filled a little faster still.

    Returns:
        float32 of the depth's shape, metres, nothing missing.

    Raises:
        ValueError: If the arrays are of another type or shape, depth is NaN, infinite, negative or
            missing everywhere, or an option is unknown.
    """
    image, metres = np.asarray(image), np.asarray(depth)
    check_options(alpha, method, threads)
    _check_arrays(image, metres)
    metres = metres.reshape(image.shape[:2])
    known = metres > 0
    if known.all():
        return metres.reshape(depth.shape).copy()
    solve = propagate if method == "exact" else propagate_approximately
    filled = solve(grey_levels(image), metres, alpha, threads)
    return np.where(known, metres, filled.astype(np.float32)).reshape(depth.shape)


def propagate(grey: np.ndarray, depth: np.ndarray, alpha: float, threads: int = 1) -> np.ndarray:
    """The solution x of `fill_depth` at every pixel, known ones included.

    Args:
        grey: float64 (H, W) in [0, 1], at least two pixels.
        depth: (H, W) metres, 0 = missing.
        alpha: How firmly known depth holds.
        threads: As of `solve_stencil`.

    Returns:
        float64 (H, W), metres.
    """
    hold = alpha * (depth > 0)
    stencil = affinities(grey)
    np.negative(stencil, out=stencil)
    stencil[CENTRE] = 1.0 + hold
    return solve_stencil(stencil, hold * depth, threads)


def check_options(alpha: float, method: str, threads: int = 1) -> None:
    """Checks what `fill_depth` takes beside its arrays.

    Raises:
        ValueError: If the method is unknown, alpha is not above 0 and finite, or threads below 1.
    """
    if method not in METHODS:
        raise ValueError(f"`method` is one of {', '.join(METHODS)}. Received: {method!r}")
    if not (np.isfinite(alpha) and alpha > 0):
        raise ValueError(f"`alpha` is a finite number above 0. Received: {alpha}")
    if threads < 1:
        raise ValueError(f"`threads` is at least 1. Received: {threads}")


def _check_arrays(image: np.ndarray, depth: np.ndarray) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[-1] != 3:
        raise ValueError(
            f"The image is uint8 (H, W, 3) RGB. Received: dtype={image.dtype}, shape={image.shape}"
        )
    if depth.dtype != np.float32:
        raise ValueError(
            f"Depth is float32 metres, 0 = missing; convert it. Received: dtype={depth.dtype}"
        )
    if depth.shape not in (image.shape[:2], (*image.shape[:2], 1)):
        raise ValueError(
            "Depth is (H, W) or (H, W, 1), as large as the image. "
            f"Received: depth shape={depth.shape}, image shape={image.shape}"
        )
    if not (np.isfinite(depth).all() and (depth >= 0).all()):
        raise ValueError(
            "Depth is finite and not negative, 0 = missing; set NaN and the like to 0. Received: "
            f"{np.count_nonzero(~(np.isfinite(depth) & (depth >= 0)))} other values"
        )
    if not depth.any():
        raise ValueError("There is no depth to fill from: every pixel is missing (0).")
