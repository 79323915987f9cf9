"""Setting every k-th sample aside for validation, where a data set has no list of its own."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def hold_out(items: Sequence[T], split: str, every: int, title: str) -> list[T]:
    """The part of a training list that belongs to a split.

    Items whose index is k - 1 modulo k (`every` = k) are validation; the others are training. With
    `every` = 0, all of them are training.

    Raises:
        ValueError: If validation is asked for but nothing is held out.
    """
    check_holdout(every)
    if split == "train":
        return [item for i, item in enumerate(items) if not every or i % every != every - 1]
    if not every:
        raise ValueError(
            f"{title} has no validation list. Pass --holdout-every K (e.g. 8) to set every K-th "
            "training sample aside."
        )
    held_out = list(items[every - 1 :: every])
    if not held_out:
        raise ValueError(
            f"{title} has only {len(items)} training samples: none is left for validation with "
            f"--holdout-every {every}."
        )
    return held_out


def check_holdout(every: int) -> None:
    """Raises ValueError for a number that would hold out everything, or less than nothing."""
    if every < 0 or every == 1:
        raise ValueError(f"--holdout-every is 0 (none) or at least 2. Received: {every}")
