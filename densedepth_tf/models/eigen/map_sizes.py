"""Sizes of the networks' maps, and the part of the image that their depth map covers.

The paper gives sizes, not paddings. Convolutions with stride 4 or 2 without padding, all others
with, and pooling that drops an odd row give every size of it: for NYU's 304x228 (width x
height) 74x55, 37x27, 18x13 and 8x6. Both networks then look at the image in steps of 4 pixels
and come to the same size. For KITTI's 576x172 that is 142x41, of which the paper predicts 142x27:
where the laser scanner's points lie.
"""

from densedepth_tf.geometry.region import Region

STRIDE = 4
# A map's pixel sees 11 pixels: the kernel of the first convolution, or of 9 and pooling over 2 by
# stride 2. The middle 4 of them are its own, so that the map begins 3.5 pixels into the image.
WINDOW = 11
BORDER = (WINDOW - STRIDE) / 2
SMALLEST_SIDE = 55


def steps(side: int) -> int:
    """Pixels of the maps along a side of the image."""
    return (side - WINDOW) // STRIDE + 1


def check_sizes(
    image_size: tuple[int, int], output_rows: tuple[int, int] | None
) -> tuple[int, int]:
    """Checks an image size and the rows of the map to predict.

    Returns:
        `(first, end)` of the rows; all of them for None.

    Raises:
        ValueError: If a side is too small for the coarse network's seven layers, or there are no
            such rows.
    """
    if len(image_size) != 2 or min(image_size) < SMALLEST_SIDE:
        raise ValueError(
            f"The coarse network needs image sides of {SMALLEST_SIDE} pixels or more "
            f"(`image_size` HEIGHTxWIDTH). Received: {tuple(image_size)}"
        )
    rows = steps(image_size[0])
    first, end = output_rows or (0, rows)
    if not 0 <= first < end <= rows:
        raise ValueError(
            f"The rows (`output_rows`) are (first, end) within the {rows} rows of the map of "
            f"an image {image_size[0]} high. Received: {(first, end)}"
        )
    return first, end


def covered_region(image_size: tuple[int, int], output_rows: tuple[int, int]) -> Region:
    """The part of the image that the rows of the map cover."""
    height, width = image_size
    first, end = output_rows
    return Region(
        top=(BORDER + STRIDE * first) / height,
        bottom=(BORDER + STRIDE * end) / height,
        left=BORDER / width,
        right=(BORDER + STRIDE * steps(width)) / width,
    )
