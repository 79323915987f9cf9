"""How DenseDepth is trained: its network and its loss."""

import keras
import tensorflow as tf
from typing_extensions import override

from densedepth_tf.data.pairs.photographs import PhotographsSource
from densedepth_tf.data.sample import Sample
from densedepth_tf.data.source import Source
from densedepth_tf.models.densedepth.loss import DenseDepthLoss
from densedepth_tf.models.densedepth.network import DenseDepth
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.training.densedepth.batch_norm_momentum import fit_momentum
from densedepth_tf.training.densedepth.distillation import Distillation
from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.densedepth.pseudo_labels import PseudoLabelledSource
from densedepth_tf.training.densedepth.scale_free_loss import ScaleFreeLoss
from densedepth_tf.training.densedepth.starting_weights import load_starting_weights
from densedepth_tf.training.densedepth.teachers import open_teacher, warn_of_borders
from densedepth_tf.training.densedepth.teachers_metres import teachers_metres
from densedepth_tf.training.supervised import SupervisedTraining
from densedepth_tf.training.system import Stage

_BATCHES_TO_JUDGE_BY = 4


class DenseDepthTraining(SupervisedTraining):
    """DenseDepth on pairs of photograph and depth map (Alhashim & Wonka 2018, section 3).

    With `teacher`, on the depth of one or several as well; with `start_from`, from another run's
    weights.
    """

    config: DenseDepthOptions

    def __init__(self, config: DenseDepthOptions):
        super().__init__(config)
        self._teacher = None
        if config.teacher:
            self._teacher = open_teacher(
                config.teachers, config.teacher_frame, student_range=self._range
            )
        self._check_photographs()

    @property
    def _range(self) -> tuple[float, float]:
        return self.config.min_depth, self.config.max_depth

    def _check_photographs(self) -> None:
        """Options about photographs without depth need some; and what of them nobody teaches."""
        config = self.config
        parts = [] if self.mixture is None else self.mixture.parts
        without_depth = any(not part.has_depth for part in parts)
        if config.pseudo_labels and not any(part.is_labelled for part in parts):
            raise ValueError(
                "`pseudo_labels` are for photographs without depth, and `extra_data` has none: "
                f"name a folder of them, `photographs=PATH`. Received: {config.extra_data}"
            )
        if config.teach_metres and not without_depth:
            raise ValueError(
                "`teach_metres` is for photographs without depth that have no `pseudo_labels`, and "
                f"`extra_data` has none. Received: {config.extra_data}"
            )
        if self._teacher is not None and without_depth:
            warn_of_borders(self._teacher)

    @override
    def network(self, stage: Stage, resume: bool) -> DepthEstimator:
        config = self.config
        model = DenseDepth(
            encoder=config.encoder,
            variant=config.variant,
            encoder_weights=None if resume or config.start_from else config.encoder_weights,
            decoder_filters=config.decoder_filters,
            min_depth=config.min_depth,
            max_depth=config.max_depth,
            image_size=config.image_height_width,
            batch_norm_momentum=config.batch_norm_momentum,
        )
        if config.start_from and not resume:
            load_starting_weights(model, config.start_from)
        self._momentum = None
        if config.batch_norm_momentum is None:
            self._momentum = fit_momentum(model, self.steps_per_epoch, stage.epochs)
        return model

    @override
    def loss(self) -> keras.losses.Loss:
        config = self.config
        loss = DenseDepthLoss(
            config.min_depth,
            config.max_depth,
            relative_weight=config.relative_weight,
            loss_terms=config.loss_terms,
        )
        return ScaleFreeLoss(loss) if self.lacks_scale else loss

    @property
    @override
    def learns_without_depth(self) -> bool:
        return self.config.teacher is not None

    @property
    @override
    def teaches_metres(self) -> bool:
        return self.config.teach_metres

    @override
    def labelled(self, source: Source[Sample]) -> Source[Sample] | None:
        config = self.config
        if not (config.pseudo_labels and isinstance(source, PhotographsSource)):
            return None
        teacher = open_teacher(config.labellers, config.teacher_frame, "pseudo_labels", self._range)
        return PseudoLabelledSource(source, teacher, config.image_height_width)

    @override
    def remarks(self, model: DepthEstimator) -> dict[str, str]:
        momentum = {"batch-norm momentum": self._momentum} if self._momentum else {}
        return {**super().remarks(model), **momentum, **self._teachers_metres(model)}

    def _teachers_metres(self, model: DepthEstimator) -> dict[str, str]:
        """How the teachers' metres compare with the data's, on images as the student sees them."""
        if self._teacher is None or self.replicas.share.count > 1:
            return {}
        batches = super().taught_batches(model, 0).take(_BATCHES_TO_JUDGE_BY)
        return teachers_metres(self._teacher, batches.as_numpy_iterator(), model.to_depth)

    @property
    @override
    def frozen_epochs(self) -> int:
        return self.config.freeze_encoder

    @override
    def taught_batches(self, model: DepthEstimator, start: int) -> tf.data.Dataset:
        batches = super().taught_batches(model, start)
        if self._teacher is None:
            return batches
        config = self.config
        distillation = Distillation(
            self._teacher,
            config.teacher_weight,
            config.mixup,
            self.batch_format(model),
            config.seed,
            self.replicas.share,
        )
        before = self.replicas.share.batches(start, config.batch_size)
        return distillation.batches(batches, before)
