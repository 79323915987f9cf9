"""Numbers as flags take them: finite, and within what means something."""

import argparse
import math
from collections.abc import Callable

from densedepth_tf.files.depth.depth_scale import LARGEST_SCALE, SMALLEST_SCALE

MOST = 10**9  # images, frames or pixels of a side: more is a slip of the finger
MOST_AT_ONCE = 4096  # images that pass through a network together
MOST_PROCESSES = 1024
LEAST_METRES, MOST_METRES = 1e-6, 1e6  # what is less is a slip of the finger, too


def whole(least: int, most: int = MOST, name: str = "") -> Callable[[str], int]:
    """The type of a flag that takes a whole number from `least` to `most`.

    Args:
        least: The smallest.
        most: The largest.
        name: What the library calls it, for messages.
    """

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = None
        if value is None or not least <= value <= most:
            raise _wrong(f"takes a whole number from {least} to {most}", text, name)
        return value

    return parse


def number(
    least: float, most: float, above: bool = False, what: str = "takes a number"
) -> Callable[[str], float]:
    """The type of a flag that takes a finite number from `least` to `most`.

    Args:
        least: The smallest.
        most: The largest.
        above: `least` itself does not belong to them.
        what: What it is, for messages.
    """
    bounds = f"above {least:g}, up to {most:g}" if above else f"from {least:g} to {most:g}"

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most or (above and value == least):
            raise _wrong(f"{what} {bounds}", text)
        return value

    return parse


def _wrong(what: str, text: str, name: str = "") -> argparse.ArgumentTypeError:
    received = f"{name}={text[:100]}" if name else f"'{text[:100]}'"
    return argparse.ArgumentTypeError(f"{what}. Received: {received}")


count = whole(1)
count_or_none = whole(0)
images_at_once = whole(1, MOST_AT_ONCE, "batch_size")
port_number = whole(0, 2**16 - 1)
processes = whole(0, MOST_PROCESSES)
seed = whole(0, 2**32 - 1)
share = number(0, 1)
metres = number(LEAST_METRES, MOST_METRES)
metres_or_zero = number(0, MOST_METRES)
factor = number(0, 1e6, above=True)
metres_per_unit = number(SMALLEST_SCALE, LARGEST_SCALE, what="takes positive metres per unit")
