"""What a run writes, and the units of work that this takes: a file each, or shards."""

import functools
import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from densedepth_tf.bulk.depth_shards import check_kind
from densedepth_tf.bulk.picture_worker import PictureJob, PictureWorker
from densedepth_tf.bulk.run_units import Worker
from densedepth_tf.bulk.shard_worker import Shard, ShardWorker
from densedepth_tf.files.outputs.output_record import OutputRecord
from densedepth_tf.inference.batch_plan import plan_batches
from densedepth_tf.inference.image_sources import ImageFile
from densedepth_tf.inference.outputs.output_files import image_files
from densedepth_tf.inference.prediction import Failure

BATCHES_PER_UNIT = 4  # at most: a dying actor leaves so many to others
UNITS_PER_ACTOR = 2  # at least, of what is left: near the end units are small, so that none waits
MOST_UNITS = 10_000  # of a run: Ray keeps track of each
PICTURES_PER_SHARD = 64


@dataclass(frozen=True)
class LeftToDo:
    """What is not there yet.

    Attributes:
        units: What the workers are given.
        num_images: How many images that is.
        known: Images that an earlier run could not use, with the shard they are in.
    """

    units: Sequence[Any]
    num_images: int
    known: list[Failure]


class OutputPlan(ABC):
    """What is written of a list of images, and by whom.

    Attributes:
        files: The images.
    """

    files: list[ImageFile]

    @abstractmethod
    def names(self) -> list[str]:
        """All outputs, relative to the output folder."""

    @abstractmethod
    def left_to_do(
        self, record: OutputRecord, skip_existing: bool, batch_size: int, actors: int
    ) -> LeftToDo:
        """The units of work.

        Args:
            record: Of the outputs.
            skip_existing: Without those whose outputs are complete.
            batch_size: Most images of a batch.
            actors: How many share the work.
        """

    @abstractmethod
    def worker(self) -> Callable[[PictureJob], Worker]:
        """What makes a worker in an actor."""

    def outdated(self, record: OutputRecord) -> list[str]:
        """Outputs of an earlier run that no longer belong to the images."""
        return []


@dataclass(frozen=True)
class FilePlan(OutputPlan):
    """Every image has files of its own.

    Attributes:
        files: The images.
        formats: What is written of each, see `depth_writers`.
    """

    files: list[ImageFile]
    formats: tuple[str, ...]

    def names(self) -> list[str]:
        """The files of all images."""
        return [name for file in self.files for name in image_files(file, self.formats)]

    def left_to_do(
        self, record: OutputRecord, skip_existing: bool, batch_size: int, actors: int
    ) -> LeftToDo:
        """A few of the batches each that `predict_to_folder` would make."""
        files = [
            file
            for file in self.files
            if not (
                skip_existing and record.is_current([file.source], image_files(file, self.formats))
            )
        ]
        batches = list(plan_batches(files, batch_size))
        return LeftToDo(list(_units(batches, actors)), len(files), [])

    def worker(self) -> Callable[[PictureJob], Worker]:
        """Writes files."""
        return functools.partial(PictureWorker, formats=self.formats)


def _units(batches: Sequence[list[ImageFile]], actors: int) -> Iterator[Sequence[list[ImageFile]]]:
    """Batches in units, which are smaller where fewer are left."""
    longest = max(BATCHES_PER_UNIT, -(-len(batches) // MOST_UNITS))
    start = 0
    while start < len(batches):
        share = (len(batches) - start) // (UNITS_PER_ACTOR * actors)
        length = min(max(share, 1), longest)
        yield batches[start : start + length]
        start += length


@dataclass(frozen=True)
class ShardPlan(OutputPlan):
    """So many images after one another are a shard, `depth-00000.parquet` and so on.

    Attributes:
        files: The images.
        kind: See `depth_shards`.
        size: Images of a shard.

    Raises:
        ValueError: If there is no such kind, or the size is below 1.
        ImportError: If a package that writes them is missing.
    """

    files: list[ImageFile]
    kind: str
    size: int = PICTURES_PER_SHARD

    def __post_init__(self) -> None:
        check_kind(self.kind)
        if self.size < 1:
            raise ValueError(
                f"A shard holds at least one picture. Received: `shard_size={self.size}`"
            )

    def shards(self) -> list[Shard]:
        """All shards."""
        starts = range(0, len(self.files), self.size)
        return [
            Shard(self._name(number), tuple(self.files[start : start + self.size]))
            for number, start in enumerate(starts)
        ]

    def names(self) -> list[str]:
        """The files of all shards."""
        return [shard.name for shard in self.shards()]

    def left_to_do(
        self, record: OutputRecord, skip_existing: bool, batch_size: int, actors: int
    ) -> LeftToDo:
        """A shard each."""
        left: list[Shard] = []
        known: list[Failure] = []
        for shard in self.shards():
            sources = [file.source for file in shard.files]
            if not (skip_existing and record.is_current(sources, [shard.name])):
                left.append(shard)
                continue
            reasons = record.note(shard.name) or {}
            known += [
                Failure(file, reasons[file.name]) for file in shard.files if file.name in reasons
            ]
        return LeftToDo(left, sum(len(shard.files) for shard in left), known)

    def worker(self) -> Callable[[PictureJob], Worker]:
        """Writes shards."""
        return functools.partial(ShardWorker, kind=self.kind)

    def outdated(self, record: OutputRecord) -> list[str]:
        """Shards after the last one, of a run with more images."""
        later = map(self._name, itertools.count(len(self.shards())))
        return list(itertools.takewhile(record.knows, later))

    def _name(self, number: int) -> str:
        return f"depth-{number:05d}.{self.kind}"
