"""How the networks of Eigen et al. are trained: the coarse one first, then the fine one."""

from functools import partial

import keras
from typing_extensions import override

from densedepth_tf.checkpoints import COARSE_FILE, MODEL_FILE, load_keras
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.models.eigen.coarse_network import EigenCoarse
from densedepth_tf.models.eigen.layerwise_sgd import LayerwiseSGD
from densedepth_tf.models.eigen.loss import EigenLoss
from densedepth_tf.models.eigen.network import Eigen
from densedepth_tf.models.eigen.published import LEARNING_RATE_FACTORS
from densedepth_tf.models.keras_model.precision import in_float32
from densedepth_tf.training.eigen.options import EigenOptions
from densedepth_tf.training.optimizer import build_optimizer
from densedepth_tf.training.supervised import SupervisedTraining
from densedepth_tf.training.system import Stage


class EigenTraining(SupervisedTraining):
    """Two stages in one run (Eigen et al. 2014, section 3.5).

    The fine network learns on top of the coarse one that was kept, whose weights are frozen:
    trained together they generalise badly.
    """

    config: EigenOptions

    @property
    @override
    def stages(self) -> tuple[Stage, ...]:
        middle, end = self.config.epochs_before_model, self.config.epochs
        return Stage(0, middle, COARSE_FILE), Stage(middle, end)

    @override
    def optimizer(self, stage: Stage) -> keras.optimizers.Optimizer:
        sgd = partial(LayerwiseSGD, LEARNING_RATE_FACTORS)
        return build_optimizer(self.config, self.steps_per_epoch, stage.epochs, sgd)

    @override
    def network(self, stage: Stage, resume: bool) -> DepthEstimator:
        config = self.config
        rows = config.output_rows
        whole = Eigen(
            config.image_height_width,
            None if rows is None else (rows[0], rows[1]),
            config.dense_units,
            config.dropout,
            config.min_depth,
            config.max_depth,
        )
        if stage.file == COARSE_FILE:
            return whole.coarse
        if not resume:
            whole.coarse.set_weights(load_keras(config.run_folder / COARSE_FILE).get_weights())
        whole.coarse.trainable = False
        return whole

    @override
    def loss(self) -> EigenLoss:
        return EigenLoss(self.config.scale_invariance)

    @override
    def files(self, model: DepthEstimator) -> dict[str, keras.Model]:
        name = COARSE_FILE if isinstance(model, EigenCoarse) else MODEL_FILE
        return {name: in_float32(model)}
