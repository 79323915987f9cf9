"""How different two images of one thing look: SSIM and L1 (Godard et al. 2019, equation 2)."""

from keras import ops

from densedepth_tf.geometry.tensor import Tensor

C1 = 0.01**2
C2 = 0.03**2


def photometric_error(image: Tensor, target: Tensor, ssim_weight: float = 0.85) -> Tensor:
    """ssim_weight * (1 - SSIM) / 2 + (1 - ssim_weight) * |difference|, mean over the channels.

    Args:
        image: float32 tensor `(N, H, W, C)` in [0, 1], H and W at least 2.
        target: float32 tensor of the same shape.
        ssim_weight: Share of the structural dissimilarity; 0 is L1 alone.

    Returns:
        float32 tensor `(N, H, W)`, in [0, 1].
    """
    error = (1 - ssim_weight) * ops.mean(ops.abs(image - target), axis=-1)
    if ssim_weight:
        error = error + ssim_weight * ops.mean(ssim_distance(image, target), axis=-1)
    return error


def ssim_distance(first: Tensor, second: Tensor) -> Tensor:
    """clip((1 - SSIM) / 2, 0, 1) with means over 3x3 pixels, the border reflected.

    Args:
        first: float32 tensor `(N, H, W, C)` in [0, 1], H and W at least 2.
        second: float32 tensor of the same shape.

    Returns:
        float32 tensor `(N, H, W, C)`.
    """
    border = ((0, 0), (1, 1), (1, 1), (0, 0))
    first, second = (ops.pad(image, border, mode="reflect") for image in (first, second))
    mean_1, mean_2 = _mean_3x3(first), _mean_3x3(second)
    variance_1 = _mean_3x3(first * first) - mean_1 * mean_1
    variance_2 = _mean_3x3(second * second) - mean_2 * mean_2
    covariance = _mean_3x3(first * second) - mean_1 * mean_2
    # Rounding in these differences of float32 moves the mean by 1e-5 of it; written in another
    # way, though equal on paper, the published loss is missed by as much.
    likeness = (2 * mean_1 * mean_2 + C1) * (2 * covariance + C2)
    most = (mean_1 * mean_1 + mean_2 * mean_2 + C1) * (variance_1 + variance_2 + C2)
    return ops.clip((1 - likeness / most) / 2, 0.0, 1.0)


def _mean_3x3(images: Tensor) -> Tensor:
    """Mean of every full 3x3 window.

    Pooling, not a convolution: GPUs round a convolution's inputs to 10 bits (TF32), and SSIM
    subtracts nearly equal means of squares.
    """
    return ops.average_pool(images, 3, strides=1, padding="valid")
