"""What an actor does: it loads the model once, and reads, predicts and writes pictures."""

import dataclasses
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import cv2

from densedepth_tf.bulk.kept_warnings import KeptWarnings
from densedepth_tf.bulk.nodes import SharedOutput, check_checkpoint, check_input, check_version
from densedepth_tf.checkpoints import is_hub_address, is_preset, load
from densedepth_tf.files.outputs.output_record import RecordPart, Stamp, stamp
from densedepth_tf.geometry.depth_model import DepthModel, as_depth_model
from densedepth_tf.geometry.depth_predictor import DepthPredictor
from densedepth_tf.inference.image_sources import ImageFile
from densedepth_tf.inference.metres.scaled_estimator import ScaledEstimator
from densedepth_tf.inference.outputs.depth_writers import output_name
from densedepth_tf.inference.outputs.output_files import image_files
from densedepth_tf.inference.outputs.output_options import OutputOptions
from densedepth_tf.inference.prediction import Failure, Prediction, release
from densedepth_tf.inference.prediction_report import Written, write_outcome
from densedepth_tf.inference.predictor import Predictor
from densedepth_tf.inference.quick_load import quick_load
from densedepth_tf.inference.sharpened_estimator import SharpenedEstimator
from densedepth_tf.process.available_cores import available_cores, hide_gpus, limit_cores
from densedepth_tf.process.gpu_memory import claim_gpus, set_gpu_memory
from densedepth_tf.process.map_ahead import map_ahead
from densedepth_tf.process.memory import keep_freed_memory, share_heaps
from densedepth_tf.process.optional_package import is_installed
from densedepth_tf.version import __version__

WRITE_THREADS = 4

Unit = TypeVar("Unit")


@dataclass(frozen=True)
class ModelRecipe:
    """How an actor comes by its model.

    Attributes:
        model: A checkpoint, or a model that can be pickled.
        model_range: Smallest and largest depth of an official `.h5` file.
        factor: What its depth is multiplied by, None for nothing.
        focal_length: Of the camera that the factor was found with, see `ScaledEstimator`.
        quick: A preset may start in ONNX Runtime.
        threads: Threads that an actor computes with.
        gpus: GPUs of an actor; it sees none without.
        gpu_memory: Most gigabytes that it takes of each; None takes as much as it needs.
        version: Of the package that asks.
        identity: What the checkpoint's file is where the work was started; None for any.
    """

    model: str | DepthPredictor
    model_range: tuple[float | None, float | None] = (None, None)
    factor: float | None = None
    focal_length: float | None = None
    quick: bool = True
    threads: int = 1
    gpus: int = 0
    gpu_memory: float | None = None
    version: str = __version__
    identity: str | None = None

    def open(self) -> DepthModel:
        """Loads the model.

        Raises:
            Exception: As of `densedepth_tf.load`.
        """
        opened: DepthModel
        if isinstance(self.model, str):
            opened = (quick_load if self.quick else load)(self.model, *self.model_range)
        else:
            opened = as_depth_model(self.model)
        if self.factor is None:
            return opened
        return ScaledEstimator(opened, self.factor, self.focal_length)

    def open_in_actor(self) -> DepthModel:
        """Loads the model in a process that is there for it alone.

        Raises:
            OSError: If the package or the checkpoint is another one here.
            Exception: As of `densedepth_tf.load`.
        """
        check_version(self.version)
        share_heaps()
        keep_freed_memory(of_threads=True)  # in these two heaps, which its threads take turns in
        if self.identity is not None and isinstance(self.model, str):
            check_checkpoint(self.model, self.identity)
        limit_cores(self.threads)
        if not self.gpus:
            hide_gpus()
        elif is_installed("tensorflow"):
            set_gpu_memory(self.gpu_memory)
            claim_gpus()
        cv2.setNumThreads(available_cores())
        return self.open()


@dataclass(frozen=True)
class PictureJob:
    """Everything that is the same for all pictures.

    Attributes:
        recipe: The model.
        batch_size: Most images that pass through the network at once.
        output: Where it is written.
        options: How it is written.
        settings: What the record of outputs says of them, see `OutputRecord`.
    """

    recipe: ModelRecipe
    batch_size: int
    output: SharedOutput
    options: OutputOptions
    settings: object


@dataclass
class UnitReport:
    """What became of the pictures of a unit.

    Attributes:
        outcomes: One for each picture.
        warnings: What was warned of.
        part: What the record of outputs is to take over.
    """

    outcomes: list[Written | Failure] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    part: RecordPart | None = None


@dataclass(frozen=True)
class ModelFacts:
    """What is known of a model before pictures are predicted.

    Attributes:
        options: The options of the outputs with what they take from the model.
        knows_camera: It knows the camera that it learnt from.
        warnings: What was warned of as it was loaded.
    """

    options: OutputOptions
    knows_camera: bool
    warnings: list[str]


def model_facts(recipe: ModelRecipe, options: OutputOptions) -> ModelFacts:
    """Loads the model and says what the outputs take from it."""
    with KeptWarnings() as caught:
        opened = recipe.open_in_actor()
        model = _sharpened(opened, options)
        options = dataclasses.replace(options, model=opened.name).of_model(model)
    return ModelFacts(options, model.focal_length is not None, caught.take())


class PictureWorker(Generic[Unit]):
    """Predicts units of pictures and writes their files.

    Args:
        job: What is the same for all of them.
        formats: What is written of a picture, see `depth_writers`.

    Raises:
        OSError: If the output folder is another one on this machine.
    """

    def __init__(self, job: PictureJob, formats: tuple[str, ...]):
        self._job, self._formats = job, formats
        self._place = job.output.open()
        self._caught = KeptWarnings()
        with self._caught:
            model = _sharpened(job.recipe.open_in_actor(), job.options)
        self._predictor = Predictor(model, job.batch_size, cameras=None)
        if job.options.lens == "auto":
            self._predictor.cameras = job.options.intrinsics
        self._caught.take()  # which the first process has told

    def __call__(self, unit: Unit) -> UnitReport:
        """Predicts and writes a unit of work."""
        with self._caught:
            report = self.predict(unit)
        report.warnings = self._caught.take()
        return report

    def predict(self, unit: Any) -> UnitReport:  # noqa: ANN401  # a class made of it has its own
        """What `__call__` does, whose warnings are caught.

        Args:
            unit: Batches of pictures of one size each, see `plan_batches`.
        """
        job, report = self._job, UnitReport()
        stamps: dict[Path, Stamp | None] = {}

        def write(outcome: Prediction | Failure) -> Written | Failure:
            written = write_outcome(outcome, self._place.folder, self._formats, job.options)
            if isinstance(written, Written):
                names = image_files(written.source, self._formats)
                self._place.publish([output_name(written.source.name, "json"), *names])
            release(outcome)
            return written

        with self._place.record_of_part(job.settings) as record:
            predictions = self._predictions(unit, stamps)
            for outcome in map_ahead(write, predictions, WRITE_THREADS, 2 * WRITE_THREADS):
                report.outcomes.append(outcome)
                if isinstance(outcome, Written):
                    source = outcome.source
                    names = image_files(source, self._formats)
                    record.add([source.source], names, [stamps[source.path]])
        report.part = record.part
        return report

    def _predictions(
        self, batches: Iterable[list[ImageFile]], stamps: dict[Path, Stamp | None]
    ) -> Iterator[Prediction | Failure]:
        """Predictions of batches, whose files' stamps are taken before anybody reads them."""

        def stamped() -> Iterator[list[ImageFile]]:
            for batch in batches:
                for file in batch:
                    check_input(file)
                stamps.update({file.path: stamp(file.source) for file in batch})
                yield batch

        return self._predictor.predict_batches(stamped())


def _sharpened(model: DepthModel, options: OutputOptions) -> DepthModel:
    return SharpenedEstimator(model) if options.sharpen else model


def portable(checkpoint: str) -> str:
    """A checkpoint's path as every process may open it, whatever folder it works in."""
    if is_preset(checkpoint) or is_hub_address(checkpoint) or "://" in checkpoint:
        return checkpoint
    return os.path.abspath(checkpoint)
