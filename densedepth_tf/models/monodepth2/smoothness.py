"""Disparity should be smooth where the image is (Godard et al. 2019, equation 3)."""

from keras import ops

from densedepth_tf.geometry.tensor import Tensor


def edge_aware_smoothness(disparity: Tensor, image: Tensor) -> Tensor:
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


def _roughness(disparity_steps: Tensor, image_steps: Tensor) -> Tensor:
    edges = ops.mean(ops.abs(image_steps), axis=-1, keepdims=True)
    return ops.mean(ops.abs(disparity_steps) * ops.exp(-edges))
