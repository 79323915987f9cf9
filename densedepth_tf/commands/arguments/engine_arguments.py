"""Flags that say where pictures are predicted: in this process, or on a pool of Ray's actors."""

import argparse
from typing import Any

from densedepth_tf.commands.arguments.number_arguments import MOST_PROCESSES, whole

MOST_OF_A_SHARD = 100_000
LOCAL, RAY = "local", "ray"
_OF_RAY = ("address", "actors")
_OF_SHARDS = ("shards", "shard_size")


def add_engine_arguments(
    parser: argparse.ArgumentParser, title: str = "many pictures", limits: str = ""
) -> None:
    """Adds the flags that `engine_options` reads.

    Args:
        parser: A command's.
        title: Of their group in the help.
        limits: What the engine does not do.
    """
    group = parser.add_argument_group(title)
    group.add_argument(
        "--engine",
        choices=(LOCAL, RAY),
        default=LOCAL,
        help="ray: several processes, on this machine or a cluster, write the same files"
        f"{limits}; default: local",
    )
    group.add_argument(
        "--address",
        metavar="HOST:PORT",
        help="head of a Ray cluster, or auto for the one that runs on this machine; without, Ray "
        "is started on this machine for the run",
    )
    group.add_argument(
        "--actors",
        type=whole(1, MOST_PROCESSES),
        metavar="N",
        help="processes that work; default: one for every two CPUs, or for every GPU where a model "
        "uses them",
    )


def add_shard_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags for outputs in a few large files."""
    group = parser.add_argument_group("many pictures in a few files, with --engine ray")
    group.add_argument(
        "--shards",
        choices=("parquet", "tfrecord"),
        help="in place of --save: metres and descriptions as rows of a few large files, and what "
        "was wrong with the images that have none",
    )
    group.add_argument(
        "--shard-size",
        type=whole(1, MOST_OF_A_SHARD),
        metavar="N",
        help="images of a shard; default: 64",
    )


def engine_options(options: argparse.Namespace) -> dict[str, Any]:
    """What the engine's function takes besides; nothing for `--engine local`.

    Raises:
        ValueError: If flags of one engine are given to the other.
    """
    values = {name: getattr(options, name, None) for name in (*_OF_RAY, *_OF_SHARDS)}
    given = {name: value for name, value in values.items() if value is not None}
    if options.engine != RAY and given:
        name, value = next(iter(given.items()))
        raise ValueError(f"--{name.replace('_', '-')} is for --engine ray. Received: '{value}'")
    if "shard_size" in given and "shards" not in given:
        raise ValueError("--shard-size is for --shards, which says what is written.")
    return given
