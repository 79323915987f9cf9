"""The actors of `evaluate.py --engine ray`, and what they are given."""

import argparse
import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from densedepth_tf.checkpoints import needs_tensorflow
from densedepth_tf.commands.arguments.checkpoint_arguments import checkpoint_range
from densedepth_tf.commands.arguments.engine_arguments import RAY, engine_options

if TYPE_CHECKING:
    from densedepth_tf.bulk.actor_pool import ActorPool
    from densedepth_tf.data.sample import Sample
    from densedepth_tf.data.source import Source
    from densedepth_tf.evaluation.group_scorer import Scores


@contextlib.contextmanager
def evaluation_pool(options: argparse.Namespace) -> "Iterator[ActorPool | None]":
    """The actors that measure the checkpoints; None for `--engine local`.

    Raises:
        ImportError, ValueError, OSError: As `ray_cluster`.
    """
    if options.engine != RAY:
        yield None
        return
    from densedepth_tf.bulk.ray_cluster import ray_cluster

    use_gpus = any(map(needs_tensorflow, options.checkpoint))
    with ray_cluster(**engine_options(options), use_gpus=use_gpus) as pool:
        yield pool


def scores_from(
    options: argparse.Namespace,
    checkpoint: str,
    opens: "Callable[[], Source[Sample]]",
    source: "Source[Sample]",
    pool: "ActorPool",
) -> "Scores":
    """What measures a checkpoint of the flags on the actors, see `scores_on_ray`."""
    from densedepth_tf.bulk.nodes import shared_source
    from densedepth_tf.bulk.picture_worker import ModelRecipe, portable
    from densedepth_tf.bulk.scores_on_ray import scores_on_ray
    from densedepth_tf.inference.outputs.output_files import checkpoint_identity
    from densedepth_tf.process.gpu_memory import gpu_memory
    from densedepth_tf.process.optional_package import is_installed

    in_actors = portable(checkpoint)
    recipe = ModelRecipe(
        in_actors,
        checkpoint_range(options, checkpoint),
        quick=not is_installed("tensorflow"),  # as `load_as_installed` decides
        threads=pool.cpus,
        gpus=pool.gpus,
        gpu_memory=gpu_memory(),
        identity=checkpoint_identity(in_actors),
    )
    shared = shared_source(opens, source)
    return scores_on_ray(recipe, shared, sharpen=bool(options.sharpen), pool=pool)
