"""Training on photographs with known depth."""

import abc
import dataclasses
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from typing_extensions import override

from densedepth_tf.checkpoints import MODEL_FILE
from densedepth_tf.data.batches.augmentation import Augmentation
from densedepth_tf.data.batches.loader import ReadSamples, SampleLoader, open_loader
from densedepth_tf.data.batches.mixture import Mixture, Part, mixed_batches
from densedepth_tf.data.batches.pipeline import BatchFormat, training_batches, validation_batches
from densedepth_tf.data.batches.soft_focus import SoftFocus
from densedepth_tf.data.checks.depth_coverage import depth_coverage
from densedepth_tf.data.checks.depth_range import warn_outside_range
from densedepth_tf.data.checks.inspection import read_spread
from densedepth_tf.data.one_camera import common_focal_length, to_one_camera
from densedepth_tf.data.sample import Sample
from densedepth_tf.data.source import Source
from densedepth_tf.data.sources import open_source
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.geometry.cameras.lens import camera_in_words
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.models.depth_metric import depth_metrics
from densedepth_tf.models.keras_model.precision import in_float32
from densedepth_tf.process.wording import counted
from densedepth_tf.training.callbacks.panels import draw_sample, spread_samples
from densedepth_tf.training.extra_data import open_extra_data
from densedepth_tf.training.supervised_options import SupervisedOptions
from densedepth_tf.training.system import Stage, TrainingSystem

SAMPLES_LOOKED_AT = 16


class SupervisedTraining(TrainingSystem):
    """Any network, on pairs of photograph and depth map; see `TrainingSystem`.

    A family says what its `network` and its `loss` are.
    """

    config: SupervisedOptions

    def __init__(self, config: SupervisedOptions):
        super().__init__(config)
        self.training = self._loader("train", config.num_images)
        self.validation = self._loader(config.validation_split, config.num_validation_images)
        self.mixture = self._mixture()
        self.focal_length = config.focal_length or self._own_focal_length()
        names = [field.name for field in dataclasses.fields(Augmentation)]
        given = {name: getattr(config, name) for name in names}
        self.augmentation = Augmentation(**given | {"focal_length": self.focal_length})
        self._warn_outside_range()
        self._shown = spread_samples(self.validation.source)

    @abc.abstractmethod
    def network(self, stage: Stage, resume: bool) -> DepthEstimator:
        """A new network to train in a stage.

        Args:
            stage: The stage.
            resume: Its weights come from a backup, so that none need be loaded from elsewhere.
        """

    @abc.abstractmethod
    def loss(self) -> keras.losses.Loss:
        """What is trained on: targets of the network, 0 = missing, and its outputs."""

    @override
    def compiled_model(self, stage: Stage, resume: bool) -> DepthEstimator:
        model = self.network(stage, resume)
        model.focal_length = self.focal_length
        model.compile(
            optimizer=self.optimizer(stage),
            loss=self.loss(),
            metrics=depth_metrics(model.codec),
        )
        return model

    @property
    @override
    def sources(self) -> dict[str, Source[Any]]:
        parts = [] if self.mixture is None else self.mixture.parts[1:]
        # By number, as the folders of one data set may have other names on other hosts.
        further = {f"extra {number}": each.loader.source for number, each in enumerate(parts, 1)}
        return {**super().sources, **further}

    @override
    def training_batches(self, model: DepthEstimator, start: int) -> tf.data.Dataset:
        batches, share = self.taught_batches(model, start), self.replicas.share
        if not self.config.blur:
            return batches
        before = share.batches(start, self.config.batch_size)
        return SoftFocus(self.config.blur, self.config.seed, share).batches(batches, before)

    def taught_batches(self, model: DepthEstimator, start: int) -> tf.data.Dataset:
        """Training batches in which images are as sharp as the data's; see `training_batches`."""
        format, seed, share = self.batch_format(model), self.config.seed, self.replicas.share
        if self.mixture is not None:
            return mixed_batches(self.mixture, format, self.augmentation, seed, start, share)
        return training_batches(self.training, format, self.augmentation, seed, start, share)

    @override
    def validation_batches(self, model: DepthEstimator) -> tf.data.Dataset:
        return validation_batches(self.validation, self.batch_format(model), self.replicas.share)

    def remarks(self, model: DepthEstimator) -> dict[str, str]:
        """By which rule depth comes to the target's size, which follows from the data."""
        format = self.batch_format(model)
        found = {
            split: depth_coverage(
                spread_samples(loader.source, SAMPLES_LOOKED_AT),
                format.target_size,
                format.target_region,
            )
            for split, loader in (("training", self.training), ("validation", self.validation))
        }
        coverages = {
            f"{split} depth": str(coverage) for split, coverage in found.items() if coverage
        }
        focal = self.focal_length
        camera = {} if focal is None else {"camera": camera_in_words(focal)}
        return {**coverages, **camera, **self._shares()}

    @property
    @override
    def samples_read(self) -> ReadSamples:
        return self.training if self.mixture is None else self.mixture

    @property
    def lacks_scale(self) -> bool:
        """Whether some of the training samples have depth up to a factor only."""
        return self.mixture is not None and not all(
            part.learns_scale for part in self.mixture.parts
        )

    @property
    def learns_without_depth(self) -> bool:
        """Whether samples without depth can be learnt from; by default not."""
        return False

    def labelled(self, source: Source[Sample]) -> Source[Sample] | None:
        """Samples without depth with one that is made up for; None where nobody does that."""
        return None

    @property
    def teaches_metres(self) -> bool:
        """Whether metres are learnt of samples without depth; by default not."""
        return False

    @override
    def images_to_watch(self) -> list[np.ndarray]:
        return [sample["image"] for sample in self._shown]

    def draw(self, model: DepthEstimator) -> list[np.ndarray]:
        """Photo, truth, prediction and error."""
        return [draw_sample(model, sample) for sample in self._shown]

    @override
    def files(self, model: DepthEstimator) -> dict[str, keras.Model]:
        return {MODEL_FILE: in_float32(model)}

    def batch_format(self, model: DepthEstimator) -> BatchFormat:
        """Sizes and target of the batches that a model is fed."""
        return BatchFormat(
            image_size=self.config.image_height_width,
            target_size=model.target_size(self.config.image_height_width),
            to_target=model.to_target,
            batch_size=self.config.batch_size,
            target_region=model.target_region,
        )

    def _own_focal_length(self) -> float | None:
        """Of the training samples' camera, where they tell one and the same."""
        samples = [each for loader in self._loaders_of_depth for each in _some(loader)]
        return common_focal_length(samples, self.config.image_height_width)

    @property
    def _loaders_of_depth(self) -> list[SampleLoader]:
        parts = [] if self.mixture is None else self.mixture.parts[1:]
        return [self.training, *(part.loader for part in parts if part.has_depth)]

    def _warn_outside_range(self) -> None:
        """Some samples tell whether the network's range suits the data."""
        model_range = (self.config.min_depth, self.config.max_depth)
        if model_range[0] >= model_range[1]:
            return  # The network will refuse it.
        for loader in self._loaders_of_depth:
            warn_outside_range(_some(loader), model_range)

    def _shares(self) -> dict[str, str]:
        """What further data there are, and how often they come."""
        if self.mixture is None:
            return {}
        shares = zip(self.mixture.parts, self.mixture.shares, strict=True)
        described = [
            f"{share:.0%} {part.loader.source.title} "
            f"({_number_of_samples(part.loader.source)}{_depth_in_words(part)})"
            for part, share in shares
        ]
        return {"training samples": ", ".join(described)}

    def _mixture(self) -> Mixture | None:
        config = self.config
        if not config.extra_sources:
            return None
        parts = [Part(self.training, 1.0)]
        for extra in config.extra_sources:
            source, has_depth = open_extra_data(
                extra,
                believe_unit=config.names_range,
                image_size=config.image_height_width,
                seed=config.seed,
                strict=config.strict,
                rooms_lenses=config.extra_rooms_lenses,
                rooms_hand_held=config.extra_rooms_hand_held,
            )
            labelled = None if has_depth else self.labelled(source)
            if labelled is not None:
                source, has_depth = labelled, True
            if not (has_depth or self.learns_without_depth):
                raise ValueError(
                    "Data without depth need a `teacher` (of `model='densedepth'`), the shape of "
                    "whose depth is learnt, or `pseudo_labels`: pass one, or leave them out of "
                    f"`extra_data`. Received: '{extra.given}'"
                )
            source = self._of_one_camera(source) if has_depth else source
            loader = open_loader(source, config.strict, cache=config.cache and not source.endless)
            learns_scale = has_depth or self.teaches_metres
            parts.append(Part(loader, extra.weight, has_depth, learns_scale, labelled is not None))
        return Mixture(parts, config.seed)

    def _loader(self, split: str, num_images: int | None) -> SampleLoader:
        config = self.config
        source = open_source(
            config.dataset,
            config.data_dir,
            split,
            depth_scale=config.depth_scale,
            believe_unit=config.names_range,
            holdout_every=config.holdout_every,
            holdout_block=config.holdout_block,
            num_images=num_images,
            image_size=config.image_height_width,
            seed=config.seed,
            strict=config.strict,
            sequence_options=config.sequence_options(split),
            rooms_lenses=config.rooms_lenses,
            rooms_hand_held=config.rooms_hand_held or 0.0,
        )
        source = self._of_one_camera(source)
        rendered = config.dataset == "rooms" and config.data_dir is None
        return open_loader(source, config.strict, cache=config.cache or rendered)

    def _of_one_camera(self, source: Source[Sample]) -> Source[Sample]:
        focal_length = self.config.focal_length
        if focal_length is None:
            return source
        return to_one_camera(source, focal_length, self.config.image_height_width)


def _some(loader: SampleLoader) -> Iterator[Sample | BadSampleError]:
    """A few samples, spread over all."""
    return read_spread(loader.source, min(SAMPLES_LOOKED_AT, len(loader.source)))


def _number_of_samples(source: Source[Sample]) -> str:
    return "new ones without end" if source.endless else counted(len(source), "sample")


def _depth_in_words(part: Part) -> str:
    if part.is_labelled:
        return ", without depth; pseudo labels"
    if part.has_depth:
        return ""
    return ", without depth; metres of the teacher" if part.learns_scale else ", without depth"
