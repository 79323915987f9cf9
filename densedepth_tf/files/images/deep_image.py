"""Images of more than 8 bits a channel -> uint8 RGB, by the range that they really use.

Cameras of 10 and 12 bits write 16-bit files whose values end at 1023 and 4095: taken for 16 bits
they are black. The range is what the file declares; where it does not, the largest value tells.
"""

import warnings

import numpy as np

from densedepth_tf.files.bad_sample import BadSampleError

_LARGEST = 65535
# What is taken for a range of fewer bits where nothing declares one; beyond, 16 bits are believed.
_GUESSED_BITS = (8, 10, 12)
_FROM_8_BITS = 256, 257  # of one of them are all values multiples that 8 bits were brought to 16 by


def to_8_bits(
    values: np.ndarray, name: str, declared: int | None = None, num_colors: int | None = None
) -> np.ndarray:
    """The upper 8 bits of the range that an image uses.

    Where nothing declares the range, values that end below 4096, 1024 or 256 are taken for 12, 10
    or 8 bits, unless all of them are multiples of 256 or 257: that is a dark image of 8 bits,
    brought to 16. A warning tells of every image that is brightened.

    Args:
        values: Integers (H, W) or (H, W, C).
        name: What to call the file in messages.
        declared: The largest value that its format allows, if the file tells.
        num_colors: Channels that count; the others are transparency, always of the whole range.

    Returns:
        uint8 of the same shape.

    Raises:
        BadSampleError: If values are negative, or beyond 16 bits.
    """
    if values.dtype == np.uint8:
        return values
    if values.min(initial=0) < 0 or values.max(initial=0) > _LARGEST:
        raise BadSampleError(
            f"'{name}' holds 32-bit or negative values, not a photograph. Save it as 8-bit PNG or "
            "JPEG."
        )
    values = values.astype(np.uint16, copy=False)
    colors = values if num_colors is None or values.ndim == 2 else values[..., :num_colors]
    highest = int(colors.max(initial=0))
    if declared is None or highest > declared:
        declared = _guess(colors, highest)
        if declared != _LARGEST:
            warnings.warn(
                f"'{name}' is taken for an image of {declared.bit_length()} bits in 16: its "
                f"largest value is {highest}. It is brightened {(_LARGEST + 1) // (declared + 1)} "
                "times.",
                stacklevel=2,
            )
    elif declared != _LARGEST:
        warnings.warn(
            f"'{name}' declares values up to {declared}: it is brightened to the whole range.",
            stacklevel=2,
        )
    if colors is values:
        return _scaled(values, declared)
    return np.dstack([_scaled(colors, declared), _scaled(values[..., num_colors:], _LARGEST)])


def over_white(values: np.ndarray, premultiplied: bool = False) -> np.ndarray:
    """uint8 (H, W, 4), the last channel opacity, blended onto white: uint8 (H, W, 3)."""
    opacity = values[..., 3:].astype(np.float32) / 255
    colors = values[..., :3] * (1 if premultiplied else opacity)
    return np.clip(colors + 255 * (1 - opacity), 0, 255).round().astype(np.uint8)


def _guess(colors: np.ndarray, highest: int) -> int:
    for bits in _GUESSED_BITS:
        if highest < 2**bits:
            is_dark = any(not (colors % factor).any() for factor in _FROM_8_BITS)
            return _LARGEST if is_dark else 2**bits - 1
    return _LARGEST


def _scaled(values: np.ndarray, largest: int) -> np.ndarray:
    bits = largest.bit_length()
    if largest == 2**bits - 1 and bits >= 8:
        return (values >> (bits - 8)).astype(np.uint8)
    return (values.astype(np.uint32) * 255 // max(largest, 1)).astype(np.uint8)
