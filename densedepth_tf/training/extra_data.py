"""Further data beside a training's own: what `extra_data` names, and the sources it means."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from densedepth_tf.data.datasets import DATASETS
from densedepth_tf.files.bucket import is_bucket
from densedepth_tf.files.local_copy import on_this_machine
from densedepth_tf.process.wording import did_you_mean
from densedepth_tf.training.weighted_names import weighted_names

if TYPE_CHECKING:
    from densedepth_tf.data.source import Source

PHOTOGRAPHS = "photographs"
_WITHOUT_FOLDER = "rooms"


class ExtraData(NamedTuple):
    """One of the things that `extra_data` names.

    Attributes:
        given: As it was given, without the weight.
        dataset: One of `DATASETS`, "photographs", or None where the folder tells what it is.
        path: Folder or file; None where the data set needs none.
        weight: How often its samples come, those of `dataset` having 1.
    """

    given: str
    dataset: str | None
    path: str | None
    weight: float


def parse_extra_data(given: str | Sequence[str] | None) -> list[ExtraData]:
    """Reads the option `extra_data`.

    Args:
        given: Each `PATH`, `DATASET=PATH`, `photographs=PATH` or `rooms`, with `:WEIGHT` or not.

    Raises:
        ValueError: If a weight is not above 0, or there is no such data set.
    """
    return [
        ExtraData(name, *_dataset_and_path(name), weight)
        for name, weight in weighted_names("extra_data", given)
    ]


def open_extra_data(
    extra: ExtraData,
    *,
    image_size: tuple[int, int] | None = None,
    seed: int = 0,
    rooms_lenses: tuple[float, float] | None = None,
    rooms_hand_held: float = 0.0,
    **settings: Any,
) -> "tuple[Source, bool]":
    """Opens the training split of further data; of rooms that are rendered, ever new ones.

    Args:
        extra: What it is.
        image_size: As of `open_source`, like what follows.
        seed: For rooms.
        rooms_lenses: For rooms that are rendered.
        rooms_hand_held: For these, too.
        **settings: Passed on to `open_source`.

    Returns:
        The source, and whether it has depth.

    Raises:
        ValueError: If there is nothing to read.
        OSError: If it cannot be read.
    """
    from densedepth_tf.data.pairs.folder_pairs import find_pairs
    from densedepth_tf.data.pairs.photographs import PhotographsSource
    from densedepth_tf.data.rooms.rooms import RoomsSource
    from densedepth_tf.data.sources import ROOMS_IMAGE_SIZE, open_source

    dataset, path = extra.dataset, extra.path
    if path is not None and is_bucket(path):
        if dataset is None and path.lower().endswith(".csv"):
            dataset = "folder"
        elif dataset in (None, PHOTOGRAPHS):
            path = os.fspath(on_this_machine(path))
    elif path is not None and not Path(path).exists():
        raise ValueError(
            f"There is no folder or file '{path}'; check `extra_data`. Received: '{extra.given}'"
        )
    if dataset is None:
        dataset = "folder"
        if path is not None and Path(path).is_dir() and not any(Path(path).glob("*.csv")):
            dataset = "folder" if find_pairs(path)[0] else PHOTOGRAPHS
    if dataset == PHOTOGRAPHS and path is not None:
        if not Path(path).is_dir():
            raise ValueError(f"Photographs come in a folder (`extra_data`). Received: '{path}'")
        return PhotographsSource(path), False
    if dataset == _WITHOUT_FOLDER and path is None:
        size = image_size or ROOMS_IMAGE_SIZE
        rooms = RoomsSource(
            "train", None, size, seed, lenses=rooms_lenses, hand_held=rooms_hand_held
        )
        return rooms, True
    settings |= {"image_size": image_size, "seed": seed}
    return open_source(dataset, path, "train", **settings), True


def _dataset_and_path(text: str) -> tuple[str | None, str | None]:
    name, equals, path = text.partition("=")
    known = [*DATASETS, PHOTOGRAPHS]
    if equals and re.fullmatch(r"[\w-]+", name) and not Path(text).exists():
        if name not in known:
            raise ValueError(
                f"`extra_data` takes DATASET=PATH with one of {', '.join(known)}."
                f"{did_you_mean(name, known)} Received: '{text}'"
            )
        if not path:
            raise ValueError(f"`extra_data` lacks the path after '='. Received: '{text}'")
        return name, path
    if text in DATASETS and (text == _WITHOUT_FOLDER or DATASETS[text] is not None):
        return text, None
    if text in known and not Path(text).exists():
        raise ValueError(
            f"`extra_data` needs the place of this data, '{text}=PATH'. Received: '{text}'"
        )
    return None, text
