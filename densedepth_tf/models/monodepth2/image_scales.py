"""Images and disparity maps at several sizes, and how the sizes belong together."""

from collections.abc import Sequence

from keras import ops

from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.layers import BilinearUpSampling2D


def shrink(images: Tensor, factor: int) -> Tensor:
    """Means of factor x factor pixels: `(N, H, W, C)` to `(N, H / factor, W / factor, C)`."""
    return images if factor == 1 else ops.average_pool(images, factor, strides=factor)


def enlarge(maps: Tensor, factor: int) -> Tensor:
    """Bilinear, with half-pixel centres: float32 `(N, h, w, C)` to `(N, factor*h, factor*w, C)`."""
    return maps if factor == 1 else BilinearUpSampling2D(factor, dtype="float32")(maps)


def scale_factors(image: Tensor, maps: Sequence[Tensor]) -> list[int]:
    """How many times smaller than the image each map is.

    Args:
        image: Tensor `(N, H, W, C)`.
        maps: Tensors `(N, h, w, C)`.

    Raises:
        ValueError: If a map's sides are not the image's over one whole number.
    """
    height, width = image.shape[1:3]
    factors = []
    for one in maps:
        factor = max(height // one.shape[1], 1)
        if (one.shape[1] * factor, one.shape[2] * factor) != (height, width):
            raise ValueError(
                "Disparity maps and masks are smaller than the image by a whole number. "
                f"Received: maps of {[tuple(m.shape[1:3]) for m in maps]} for an image of "
                f"{(height, width)}"
            )
        factors.append(factor)
    return factors
