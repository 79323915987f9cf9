"""Training on sequences whose depth nobody knows."""

from functools import cached_property

import keras
import numpy as np
import tensorflow as tf
from typing_extensions import override

from densedepth_tf.checkpoints import MODEL_FILE, POSE_FILE
from densedepth_tf.data.batches.sequence_augmentation import SequenceAugmentation
from densedepth_tf.data.batches.sequence_loader import SequenceLoader
from densedepth_tf.data.batches.sequence_pipeline import (
    sequence_training_batches,
    sequence_validation_batches,
)
from densedepth_tf.data.sequence_datasets import open_sequences
from densedepth_tf.data.sequences.sequence_source import STEREO, SequenceSource
from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.keras_model.precision import in_float32
from densedepth_tf.models.monodepth2.depth_network import Monodepth2
from densedepth_tf.models.monodepth2.loss import Monodepth2Loss
from densedepth_tf.models.monodepth2.pose_network import PoseNetwork
from densedepth_tf.process.wording import tell
from densedepth_tf.training.monodepth2.options import Monodepth2Options
from densedepth_tf.training.monodepth2.sequence_panel import draw_explanation
from densedepth_tf.training.monodepth2.training_model import Monodepth2Training
from densedepth_tf.training.system import Stage, TrainingSystem

# Units of depth between the cameras of a stereo pair, as published: KITTI's 0.54 m become 0.1.
BASELINE = 0.1
NUM_SHOWN = 4
SQUARE = 0.02  # Most by which the focal lengths of square pixels differ.


class SelfSupervisedTraining(TrainingSystem):
    """Monodepth2 on frames and their neighbours; see `TrainingSystem`.

    With stereo pairs the known distance of the cameras makes 0.1 units of depth, so that the
    network's range suits it; what is saved is in metres.
    """

    config: Monodepth2Options
    training: SequenceLoader
    validation: SequenceLoader

    def __init__(self, config: Monodepth2Options):
        super().__init__(config)
        self.augmentation = SequenceAugmentation(
            config.flip,
            config.color_jitter,
            config.channel_swap,
            config.scale_crop,
            config.color,
            config.rotation,
        )
        source = self._open("train", config.static_shift or None, config.num_images)
        tell(source.describe())
        self.unit = _unit(source)
        if config.rotation:
            _check_square_pixels(source)
        self.training = self._loader(source, config.cache)
        # Standing frames cost nothing here, and removing them would have to look at all of them.
        self._held_out = self._open(config.validation_split, None, config.num_validation_images)
        self.validation = self._loader(self._held_out, config.cache)

    @override
    def compiled_model(self, stage: Stage, resume: bool) -> Monodepth2Training:
        config = self.config
        encoder_weights = None if resume else config.encoder_weights
        size = config.image_height_width
        depth_network = Monodepth2(
            *(config.encoder, encoder_weights, config.min_depth, config.max_depth, size),
            metric=False,
        )
        if config.initial_depth is not None:
            depth_network.start_at(config.initial_depth)
        pose_network = None
        if config.supervision != "stereo":
            separate = config.pose_encoder == "separate"
            pose_network = PoseNetwork(
                config.encoder,
                encoder_weights if separate else None,
                separate_encoder=separate,
                image_size=size,
            )
        loss = Monodepth2Loss(
            config.min_depth,
            config.max_depth,
            ssim_weight=config.ssim_weight,
            smoothness_weight=config.smoothness_weight,
            reprojection=config.reprojection,
            mask=config.mask,
            full_resolution=config.full_resolution,
            seed=config.seed,
        )
        model = Monodepth2Training(depth_network, pose_network, loss, config.frame_offsets)
        model.compile(optimizer=self.optimizer(stage))
        return model

    @property
    @override
    def frozen_epochs(self) -> int:
        return self.config.freeze_encoder

    @override
    def training_batches(self, model: Monodepth2Training, start: int) -> tf.data.Dataset:
        return sequence_training_batches(
            self.training,
            self.config.batch_size,
            self.augmentation,
            self.config.seed,
            start,
            self.replicas.share,
        )

    @override
    def validation_batches(self, model: Monodepth2Training) -> tf.data.Dataset:
        return sequence_validation_batches(
            self.validation, self.config.batch_size, self.replicas.share
        )

    @override
    def images_to_watch(self) -> list[np.ndarray]:
        return [self._held_out[place]["image"] for place in self._places_shown()]

    @override
    def depth_network(self, model: Monodepth2Training) -> Monodepth2:
        return model.depth_network

    def draw(self, model: Monodepth2Training) -> list[np.ndarray]:
        """Frame, disparity, the frame rebuilt from each neighbour, and the auto-mask."""
        return [draw_explanation(model, batch) for batch in self._shown]

    @override
    def files(self, model: Monodepth2Training) -> dict[str, keras.Model]:
        files: dict[str, keras.Model] = {MODEL_FILE: model.depth_network}
        if model.pose_network is not None:
            files[POSE_FILE] = model.pose_network
        files = {name: in_float32(part) for name, part in files.items()}
        if STEREO not in self.config.frame_offsets:
            return files
        return {name: part.rescaled(self.unit) for name, part in files.items()}

    def _open(self, split: str, static_shift: float | None, number: int | None) -> SequenceSource:
        config = self.config
        source = open_sequences(
            config.dataset,
            config.data_dir,
            split,
            frame_offsets=config.frame_offsets,
            static_shift=static_shift,
            holdout_every=config.holdout_every,
            holdout_block=config.holdout_block,
            options=config.sequence_options(split),
        )
        return source.subset(source.targets[:number]) if number else source

    def _loader(self, source: SequenceSource, cache: bool) -> SequenceLoader:
        size, strict = self.config.image_height_width, self.config.strict
        return SequenceLoader(source, size, self.unit, strict, cache)

    def _places_shown(self) -> list[int]:
        number = min(NUM_SHOWN, len(self._held_out))
        return np.linspace(0, len(self._held_out) - 1, num=number).astype(int).tolist()

    @cached_property
    def _shown(self) -> list[dict[str, Tensor]]:
        """Batches of one sample each, from all over the validation frames."""
        source = self._held_out
        shown = source.subset([source.targets[place] for place in self._places_shown()])
        return list(sequence_validation_batches(self._loader(shown, cache=False), 1))


def _check_square_pixels(source: SequenceSource) -> None:
    """A rolled camera with other pixels than square ones is no camera."""
    matrix = source[0]["intrinsics"]
    if abs(matrix[0, 0] / matrix[1, 1] - 1) > SQUARE:
        raise ValueError(
            f"`rotation` needs frames with square pixels; those of {source.title} have the focal "
            f"lengths {matrix[0, 0]:g} and {matrix[1, 1]:g}: leave it at 0."
        )


def _unit(source: SequenceSource) -> float:
    """Metres in a unit of depth: the stereo baseline is 0.1; 1 where there is none."""
    if STEREO not in source.frame_offsets:
        return 1.0
    transform = source.targets[0].sequence.stereo_transform
    return 1.0 if transform is None else float(np.linalg.norm(transform[:3, 3])) / BASELINE
