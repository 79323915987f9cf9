"""Keeping the list of the images that a run has learned from, and that chose its best epoch."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
from typing_extensions import override

from densedepth_tf.checkpoint_origin import find_seen_samples
from densedepth_tf.data.batches.loader import ReadSamples
from densedepth_tf.data.seen_samples import (
    VALIDATION,
    SampleMark,
    SeenSamples,
    read_seen_samples,
)
from densedepth_tf.process.wording import tell


class SampleRecord(keras.callbacks.Callback):
    """Writes the list after every epoch that brought new images.

    Must come before the callbacks that keep models, so that no model has seen more than its list.

    Args:
        path: The list.
        training: Reads the training samples.
        validation: Reads the samples that choose the best epoch.
        samples_per_epoch: Training samples of an epoch.
        start_from: The checkpoint that the weights begin as; its images count as well.
        resume: Go on with the list that is there.
        gather: Of several hosts that train together, what each of them says; the first writes.
        writes: This is the one that writes.
    """

    def __init__(
        self,
        path: Path,
        training: ReadSamples,
        validation: ReadSamples,
        samples_per_epoch: int,
        start_from: str | None = None,
        resume: bool = False,
        gather: Callable[[str, Any], list[Any]] = lambda _, value: [value],
        writes: bool = True,
    ):
        super().__init__()
        self._path, self._samples_per_epoch = path, samples_per_epoch
        self._training, self._validation = training, validation
        training.keep_marks = validation.keep_marks = True
        self._gather, self._writes = gather, writes
        self._told: set[tuple[Any, ...]] = set()
        self._seen = SeenSamples()
        if resume and writes:
            self._seen = _read_or_unknown(path, "the epochs before this run was resumed")
        elif start_from is not None and writes:
            self._seen = _started_from(start_from)
        self._kept: int | None = None

    @override
    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        marks = list(self._training.marks(before=(epoch + 1) * self._samples_per_epoch))
        marks += [(VALIDATION, mark) for _, mark in self._validation.marks()]
        new = [each for each in dict.fromkeys(marks) if each not in self._told]
        self._told.update(new)
        for told in self._gather("samples", new):
            for use, mark in told:
                self._seen.add(use, [SampleMark(*mark)])
        if self._writes and len(self._seen) != self._kept:
            self._seen.write(self._path)
            self._kept = len(self._seen)


def _started_from(checkpoint: str) -> SeenSamples:
    try:
        found = find_seen_samples(checkpoint)
    except (OSError, ValueError) as error:
        tell(f"start from: {error}", "warning")
        found = None
    if found is None:
        found = SeenSamples()
        found.origin = Path(checkpoint).name
    return found


def _read_or_unknown(path: Path, what: str) -> SeenSamples:
    try:
        return read_seen_samples(path)
    except (OSError, ValueError):  # A run of before there were lists, or a damaged one.
        seen = SeenSamples()
        seen.origin = what
        return seen
