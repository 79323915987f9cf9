"""Setting every k-th sample aside for validation, where a data set has no list of its own."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def hold_out(items: Sequence[T], split: str, every: int, title: str, block: int = 1) -> list[T]:
    """The part of a training list that belongs to a split.

    The list is cut into blocks of `block` consecutive items. Blocks whose number is k - 1 modulo k
    (`every` = k) are validation; the others are training. With `every` = 0, all of them are
    training. Neighbours in a list often show one scene: blocks of several keep most of them on one
    side, so that validation says more about scenes never seen.

    Raises:
        ValueError: If validation is asked for but nothing is held out.
    """
    check_holdout(every, block)

    def is_held_out(index: int) -> bool:
        return every > 0 and index // block % every == every - 1

    if split == "train":
        return [item for index, item in enumerate(items) if not is_held_out(index)]
    if not every:
        raise ValueError(
            f"{title} has no validation list. Pass `holdout_every` K (e.g. 8) to set every K-th "
            "training sample aside."
        )
    held_out = [item for index, item in enumerate(items) if is_held_out(index)]
    if not held_out:
        blocks = f" and `holdout_block={block}`" if block > 1 else ""
        cure = "Pass `holdout_block` 1" if len(items) >= every else "Pass a smaller `holdout_every`"
        raise ValueError(
            f"{title} has only {len(items)} training samples: none is left for validation with "
            f"`holdout_every={every}`{blocks}. {cure}."
        )
    return held_out


def held_out_title(title: str, every: int, block: int = 1) -> str:
    """The title of held-out rows: which share of a list they are."""
    share = f"1 row in {every}" if block == 1 else f"1 block of {block} rows in {every}"
    return f"{title} ({share})" if every else title


def check_holdout(every: int, block: int = 1) -> None:
    """Raises ValueError for numbers that would hold out everything, or less than nothing."""
    if every < 0 or every == 1:
        raise ValueError(f"`holdout_every` is 0 (none) or at least 2. Received: {every}")
    if block < 1:
        raise ValueError(f"`holdout_block` is at least 1. Received: {block}")
    if block > 1 and not every:
        raise ValueError(
            "`holdout_block` needs `holdout_every` K: every K-th block is set aside. "
            f"Received: {block}"
        )
