"""Lanczos' weights of sides that are not known before the graph runs, to 2^-22, in float32.

Runtimes for small machines have neither float64 nor sines that agree. What is here is made of
additions, products and roundings of numbers that float32 holds exactly, or whose last bits do not
matter.
"""

import numpy as np

from densedepth_tf.geometry.resizing.lanczos import LOBES, WEIGHT_BITS
from densedepth_tf.geometry.tensor import Tensor

STEPS = 4096  # Table entries in a unit of the kernel.
FINE = 2.0**20  # Values of the kernel are kept as multiples of 1 / FINE and a rest.
BITS = (10, 20, 31, 42, 22, 33, 33)  # Of the table's columns.
DIFFERENCE = 1e-3  # In units of the kernel, to differentiate it.


def lanczos_weights_in_graph(size: int | Tensor, new_size: int | Tensor) -> Tensor:
    """`lanczos_weights` as TensorFlow operations.

    Args:
        size: Integer or int32 scalar tensor, up to 2^24 / new_size and some.
        new_size: Likewise.

    Returns:
        float32 `(new_size, size)`, whole numbers.
    """
    import tensorflow as tf

    size, new_size = (tf.convert_to_tensor(side, tf.int32) for side in (size, new_size))
    larger = tf.maximum(size, new_size)
    # Pixels around each new pixel's centre, more than the kernel covers; a zero before and after.
    reach = (LOBES * larger + new_size - 1) // new_size + 2
    taps = 2 * reach + 1
    centres = (tf.range(new_size) * 2 + 1) * size // (2 * new_size)
    pixels = centres[:, None] + tf.range(taps)[None, :] - reach
    far = (2 * pixels + 1) * new_size - (2 * tf.range(new_size)[:, None] + 1) * size
    far = tf.minimum(tf.abs(far), 2 * LOBES * larger)
    inside = tf.cast(tf.logical_and(pixels >= 0, pixels < size), tf.float32)
    weights = _normalised(*(part * inside for part in _kernel(far, 2 * larger)))
    places = tf.clip_by_value(tf.range(size)[None, :] - centres[:, None] + reach, 0, taps - 1)
    places = places + tf.range(new_size)[:, None] * taps
    return tf.gather(tf.reshape(weights, [-1]), places)


def _kernel(far: Tensor, unit: Tensor) -> tuple[Tensor, Tensor]:
    """The kernel at `far / unit`: multiples of 1 / FINE, and the rest."""
    import tensorflow as tf

    scaled = tf.cast(far, tf.float32) * STEPS
    entry = tf.cast(tf.floor(scaled / tf.cast(unit, tf.float32) + 0.5), tf.int32)
    beyond = tf.cast(far * STEPS - entry * unit, tf.float32) / tf.cast(unit, tf.float32)
    parts = tf.unstack(tf.gather(tf.constant(_table()), entry), axis=-1)
    parts = [part / 2.0**bits for part, bits in zip(parts, BITS, strict=True)]
    value, rest = parts[0] + parts[1], parts[2] + parts[3]
    slope, bend = parts[4] + parts[5], parts[6]
    rest = rest + beyond * (slope + beyond * bend)
    moved = tf.floor(rest * FINE + 0.5) / FINE
    return value + moved, rest - moved


def _table() -> np.ndarray:
    """Value in four parts, slope in two, half the bend: float32 `(n, 7)`, in units of 2^-BITS.

    Whole numbers to 2048, which half precision holds, too, where a format stores constants so.
    """
    places = np.arange(LOBES * STEPS + 1) / STEPS
    before, value, after = (_smooth(places + by) for by in (-DIFFERENCE, 0.0, DIFFERENCE))
    slope = (after - before) / (2 * DIFFERENCE) / STEPS
    bend = (after - 2 * value + before) / (2 * DIFFERENCE**2) / STEPS**2
    columns = []
    for left, bits in ((value, BITS[:4]), (slope, BITS[4:6]), (bend, BITS[6:])):
        for part in bits:
            columns.append(np.round(left * 2.0**part))
            left = left - columns[-1] / 2.0**part
    return np.stack(columns, axis=-1).astype(np.float32)


def _smooth(places: np.ndarray) -> np.ndarray:
    """The kernel without its end, where its slope is 0 anyway."""
    return np.sinc(places) * np.sinc(places / LOBES)


def _normalised(value: Tensor, rest: Tensor) -> Tensor:
    """Each divided by the sum of its row, in whole units of 2^-22.

    The quotient of two float32 numbers is off by as much as such a unit; what it leaves over is
    computed exactly, from parts whose products have no more than 24 bits.
    """
    import tensorflow as tf

    unit = 2.0**WEIGHT_BITS
    total = tf.reduce_sum(value, axis=1, keepdims=True)
    total_rest = tf.reduce_sum(rest, axis=1, keepdims=True)
    quotient = value / total
    coarse = _multiple(quotient, 2.0**11)
    coarse_total = _multiple(total, 2.0**8)
    left = value - coarse * coarse_total
    left = left - coarse * (total - coarse_total)
    left = left - (quotient - coarse) * total
    correction = (left + rest - quotient * total_rest) / total
    whole = tf.floor(quotient * unit + 0.5)
    return whole + tf.floor((quotient * unit - whole) + correction * unit + 0.5)


def _multiple(x: Tensor, parts: float) -> Tensor:
    """The nearest multiple of `1 / parts`."""
    import tensorflow as tf

    return tf.floor(x * parts + 0.5) / parts
