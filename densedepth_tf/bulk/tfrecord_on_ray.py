"""What `densedepth tfrecord --engine ray` does: shards written by a pool of Ray's actors."""

import functools
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from densedepth_tf.bulk.actor_pool import ActorPool
from densedepth_tf.bulk.kept_warnings import KeptWarnings
from densedepth_tf.bulk.nodes import SharedOutput, SharedSource, shared_output, shared_source
from densedepth_tf.bulk.ray_cluster import ray_cluster
from densedepth_tf.bulk.run_units import run_units
from densedepth_tf.data.source import DepthSource
from densedepth_tf.data.tfrecord.tfrecord_writer import (
    ShardJob,
    WrittenShard,
    remove_shards,
    write_shard,
    write_shards,
)
from densedepth_tf.process.available_cores import hide_gpus, limit_cores

Opens = Callable[[], DepthSource]


def write_shards_on_ray(
    opens: Opens,
    output_dir: str | os.PathLike,
    split: str,
    num_shards: int | None = None,
    *,
    image_format: str = "original",
    strict: bool = False,
    address: str | None = None,
    actors: int | None = None,
) -> dict[str, Any]:
    """Writes a source as the shards of one split; they are those of `write_shards`, to the byte.

    An actor writes a shard at a time. One whose actor dies is written again by another.

    Args:
        opens: Opens the source, here and in every actor; a function of a module that finds it
            wherever it is called.
        output_dir: A folder that all nodes share, or a bucket; see `write_shards` on this and the
            arguments below.
        split: "train", "validation" or "test".
        num_shards: Number of files; no more actors than that have something to do.
        image_format: How images are stored.
        strict: A bad sample is an error.
        address: See `predict_on_ray`.
        actors: Processes that read and write; by default one for every two CPUs.

    Raises:
        ImportError: If Ray is not installed.
        ValueError, OSError: As `write_shards`; also if the cluster cannot be joined, or a node of
            it has another version of this package or other data.
    """
    source, begun = opens(), list[ShardJob]()
    shared = shared_source(opens, source)
    if "://" not in os.fspath(output_dir):
        output_dir = os.path.abspath(output_dir)

    def run_on(pool: ActorPool, job: ShardJob, numbers: Sequence[int]) -> Iterator[WrittenShard]:
        begun.append(job)
        told: set[str] = set()
        with shared_output(job.output_dir) as output:
            arguments = shared, job, output, pool.cpus
            for done in run_units(numbers, ShardFileWorker, *arguments, pool=pool):
                for message in done.warnings:
                    if message not in told:
                        told.add(message)
                        warnings.warn(message, stacklevel=2)
                yield done.shard

    try:
        with ray_cluster(address, actors) as pool:
            return write_shards(
                *(source, output_dir, split, num_shards),
                image_format=image_format,
                strict=strict,
                run=functools.partial(run_on, pool),
            )
    except BaseException:
        for job in begun:  # once more, as nobody writes any more
            remove_shards(job, range(job.num_shards))
        raise


@dataclass(frozen=True)
class ShardReport:
    """A shard, and what was warned of as it was written."""

    shard: WrittenShard
    warnings: list[str]


class ShardFileWorker:
    """Writes shards of a source that it opens once.

    Args:
        shared: The samples.
        job: The split.
        output: Where it is written.
        threads: How many it may compute with.

    Raises:
        OSError: If the package, the samples or the output folder are others on this machine.
    """

    def __init__(
        self, shared: SharedSource[DepthSource], job: ShardJob, output: SharedOutput, threads: int
    ):
        output.check()
        limit_cores(threads)
        hide_gpus()
        self._job, self._kept = job, KeptWarnings()
        with self._kept:
            self._source = shared.open()
        self._kept.take()  # which the first process has told

    def __call__(self, number: int) -> ShardReport:
        """Writes one shard."""
        with self._kept:
            shard = write_shard(self._source, self._job, number)
        return ShardReport(shard, self._kept.take())
