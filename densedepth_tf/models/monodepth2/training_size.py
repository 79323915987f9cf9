"""Which sizes of images the networks are trained at."""

SMALLEST_SIDE = 64  # A reflection needs a neighbour at 1/32 of the size.


def check_training_size(image_size: tuple[int, int] | None) -> None:
    """Checks a (height, width); None, any size, is fine.

    Raises:
        ValueError: If a side is no multiple of 32 or below 64.
    """
    if image_size is not None and any(side % 32 or side < SMALLEST_SIDE for side in image_size):
        raise ValueError(
            f"Image sizes are multiples of 32 from {SMALLEST_SIDE} on (`image_size`). "
            f"Received: {tuple(image_size)}"
        )
