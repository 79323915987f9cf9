"""What metres per stored unit of a depth map may be."""

# Beyond these float32 could not tell near from missing.
SMALLEST_SCALE, LARGEST_SCALE = 1e-9, 1e6


def check_scale(scale: float) -> None:
    """Checks that metres per unit are a positive number that float32 can work with.

    Raises:
        ValueError: If they are not.
    """
    if not SMALLEST_SCALE <= scale <= LARGEST_SCALE:
        raise ValueError(
            f"A depth scale is positive metres per unit, {SMALLEST_SCALE:g} to {LARGEST_SCALE:g}. "
            f"Received: {scale}"
        )
