"""Disparity should be smooth where the image is (Godard et al. 2019, equation 3)."""

from typing import Any

from keras import ops


def edge_aware_smoothness(disparity: Any, image: Any) -> Any:
    """mean(|dx d| exp(-|dx I|)) + mean(|dy d| exp(-|dy I|)), d being disparity over its mean.

    Dividing by each map's own mean keeps the network from shrinking all disparities instead.

    Args:
        disparity: float32 tensor `(N, H, W, 1)`, above 0.
        image: float32 tensor `(N, H, W, C)` in [0, 1]; |dI| is the mean over its channels.

    Returns:
        float32 scalar.
    """
    mean = ops.mean(disparity, axis=(1, 2), keepdims=True)
    disparity = disparity / (mean + 1e-7)
    across = _roughness(
        disparity[:, :, 1:] - disparity[:, :, :-1], image[:, :, 1:] - image[:, :, :-1]
    )
    down = _roughness(disparity[:, 1:] - disparity[:, :-1], image[:, 1:] - image[:, :-1])
    return across + down


def _roughness(disparity_steps: Any, image_steps: Any) -> Any:
    edges = ops.mean(ops.abs(image_steps), axis=-1, keepdims=True)
    return ops.mean(ops.abs(disparity_steps) * ops.exp(-edges))
