"""What `predict.py --engine ray` does: pictures in, depth files out, on a pool of Ray's actors."""

import dataclasses
import os
import time
import warnings
from collections.abc import Sequence

from densedepth_tf.bulk.nodes import shared_output
from densedepth_tf.bulk.output_plan import PICTURES_PER_SHARD, FilePlan, OutputPlan, ShardPlan
from densedepth_tf.bulk.picture_worker import (
    ModelRecipe,
    PictureJob,
    model_facts,
    portable,
)
from densedepth_tf.bulk.ray_cluster import ray_cluster
from densedepth_tf.bulk.run_units import call_once, run_units
from densedepth_tf.checkpoints import needs_tensorflow
from densedepth_tf.files.bucket import is_bucket
from densedepth_tf.files.outputs.output_place import output_place
from densedepth_tf.files.workspace import remove_leftovers
from densedepth_tf.files.writable_folder import named_path
from densedepth_tf.geometry.depth_model import DepthModel, as_depth_model
from densedepth_tf.geometry.depth_predictor import DepthPredictor
from densedepth_tf.inference.lens import LensTally
from densedepth_tf.inference.metres.fit_metric_scale import MetricScaleOptions, fit_metric_scale
from densedepth_tf.inference.outputs.output_files import (
    checkpoint_identity,
    keep_inputs_safe,
)
from densedepth_tf.inference.outputs.output_options import OutputOptions
from densedepth_tf.inference.prediction_report import PredictionReport
from densedepth_tf.inference.predictor import Predictor
from densedepth_tf.inference.wanted_outputs import find_wanted
from densedepth_tf.process.gpu_memory import gpu_memory
from densedepth_tf.process.progress_bar import ProgressBar


def predict_on_ray(
    model: DepthPredictor | str | os.PathLike,
    inputs: Sequence[str | os.PathLike],
    output: str | os.PathLike,
    formats: Sequence[str] | None = None,
    options: OutputOptions | None = None,
    batch_size: int = 4,
    skip_existing: bool = False,
    metric_scale: MetricScaleOptions | None = None,
    model_range: tuple[float | None, float | None] = (None, None),
    *,
    shards: str | None = None,
    shard_size: int = PICTURES_PER_SHARD,
    address: str | None = None,
    actors: int | None = None,
) -> PredictionReport:
    """Predicts images on a pool of Ray's actors; the files are those of `predict_to_folder`.

    An actor loads the model once. It reads, predicts and writes a few batches at a time, of which
    only the names pass through Ray, so memory does not grow with the number of images. What a
    dying actor or node was at is done again by another one. Inputs, outputs and the checkpoint lie
    where every node of the cluster finds them, all of which buckets may be.

    Args:
        model: A path for `quick_load`, or a model with `predict_depth` that can be pickled.
        inputs: Files, folders and glob patterns, see `find_images`, shards of TFRecords among them;
            no videos.
        output: The folder, or its address in a bucket; see `predict_to_folder` on this and all
            arguments below.
        formats: What to save of an image.
        options: Choices about the outputs.
        batch_size: Most images of equal size that pass through a network at once.
        skip_existing: Leave out images whose outputs are there, by either engine.
        metric_scale: What is known in metres; the factor is found in this process.
        model_range: Smallest and largest depth of an official `.h5` file.
        shards: "parquet" or "tfrecord": rows of a few large files in place of `formats`, failures
            among them, see `depth_shards`. Those of an earlier run are replaced.
        shard_size: Images of a shard.
        address: `HOST:PORT` of a cluster's head or "auto"; None starts Ray on this machine, where
            it listens on the loopback interface alone.
        actors: Processes that hold the model; by default one for every GPU, or where there is
            none for every two CPUs.

    Raises:
        ImportError: If Ray is not installed.
        ValueError: As `predict_to_folder`; also if an input is a video or the actors do not fit.
        OSError: As `predict_to_folder`; also if the cluster cannot be joined.
    """
    place = output_place(output if is_bucket(output) else os.path.abspath(named_path(output)))
    if shards is not None and formats is not None:
        raise ValueError("`shards` hold metres and take the place of `formats`; pass one of them.")
    wanted = find_wanted(inputs, place.title, ("npy",) if shards else formats)
    if wanted.clips:
        raise ValueError(
            "`engine='ray'` predicts images; leave videos and webcams to `engine='local'`. "
            f"Received: input '{wanted.clips[0].path}'"
        )
    plan: OutputPlan = (
        ShardPlan(wanted.files, shards, shard_size)
        if shards is not None
        else FilePlan(wanted.files, wanted.formats)
    )
    names = plan.names()
    others = [] if metric_scale is None else metric_scale.images
    checkpoint, in_actors = _where_from(model)
    given = wanted.found + wanted.shards
    keep_inputs_safe(given, [*others, checkpoint], names, (), False, place.folder)
    place.check_apart([file.title for file in given], names)
    place.check_writable()
    uses_gpus = checkpoint is None or needs_tensorflow(checkpoint)
    with (
        ray_cluster(address, actors, use_gpus=uses_gpus) as pool,
        place.claim(names),
    ):
        identity = (
            checkpoint_identity(in_actors) if isinstance(in_actors, str) else in_actors.identity()
        )
        recipe = ModelRecipe(
            in_actors,
            model_range,
            # A copy can only be saved of the Keras model.
            quick=metric_scale is None or metric_scale.save_to is None,
            threads=pool.cpus,
            gpus=pool.gpus,
            gpu_memory=gpu_memory(),
            identity=identity if checkpoint else None,
        )
        options = dataclasses.replace(options or OutputOptions(), checkpoint=checkpoint)
        if metric_scale is not None:
            predictor = Predictor(recipe.open(), batch_size, cameras=None)
            fitted = fit_metric_scale(
                predictor, metric_scale, wanted.found, [], options.intrinsics, checkpoint
            )
            options = dataclasses.replace(options, calibration_factor=fitted.factor)
            recipe = dataclasses.replace(
                recipe, factor=fitted.factor, focal_length=fitted.focal_length
            )
        facts = call_once(model_facts, recipe, options, pool=pool)
        for message in facts.warnings:
            warnings.warn(message, stacklevel=2)
        options = facts.options
        if model_range != (None, None):
            identity += f" {model_range}"
        settings = identity, dataclasses.replace(options, checkpoint=None)
        report = PredictionReport(depth_unit=options.depth_unit, png_scale=options.png_scale)
        if facts.knows_camera:
            report.lens = LensTally(options.lens)
        with shared_output(place.title) as shared, place.record(settings) as record:
            job = PictureJob(recipe, batch_size, shared, options, settings)
            left = plan.left_to_do(record, skip_existing, batch_size, pool.actors)
            report.failures += left.known
            report.num_skipped = len(wanted.files) - left.num_images - len(left.known)
            start = time.perf_counter()
            with ProgressBar(
                total=left.num_images, unit="image", disable=not left.units, leave=False
            ) as bar:
                for done in run_units(left.units, plan.worker(), job, pool=pool):
                    if done.part is not None:
                        record.take_over(done.part)
                    for outcome in done.outcomes:
                        report.add(outcome)
                    for message in done.warnings:
                        warnings.warn(message, stacklevel=2)
                    bar.update(len(done.outcomes))
            for name in plan.outdated(record):
                place.remove(name)
            report.seconds = time.perf_counter() - start
        for folder in {(place.folder / name).parent for name in names}:
            remove_leftovers(folder, unfinished_after=1)  # of actors that were killed
    report.failures.sort(key=lambda failure: failure.source.title)
    report.check_not_in_vain()
    return report


def _where_from(
    model: DepthPredictor | str | os.PathLike,
) -> tuple[str | None, str | DepthModel]:
    """The checkpoint as it was given, if it is one, and what actors are given."""
    if isinstance(model, (str, os.PathLike)):
        return os.fspath(model), portable(os.fspath(model))
    return None, as_depth_model(model)
