"""How the networks of Eigen et al. are trained: the coarse one first, then the fine one."""

import keras

from densedepth_tf.checkpoints import COARSE_FILE, MODEL_FILE, load
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.models.eigen.coarse_network import EigenCoarse
from densedepth_tf.models.eigen.loss import EigenLoss
from densedepth_tf.models.eigen.network import Eigen
from densedepth_tf.models.precision import in_float32
from densedepth_tf.training.depth_metrics import depth_metrics
from densedepth_tf.training.optimizer import build_optimizer
from densedepth_tf.training.supervised import SupervisedTraining
from densedepth_tf.training.system import Stage


class EigenTraining(SupervisedTraining):
    """Two stages in one run (Eigen et al. 2014, section 3.5).

    The fine network learns on top of the coarse one that was kept, whose weights are frozen:
    trained together they generalise badly.
    """

    @property
    def stages(self) -> tuple[Stage, ...]:
        middle, end = self.config.coarse_epochs, self.config.epochs
        return Stage(0, middle, COARSE_FILE), Stage(middle, end)

    def compiled_model(self, stage: Stage, resume: bool) -> DepthEstimator:
        config = self.config
        whole = Eigen(
            config.image_height_width,
            config.output_rows,
            config.dense_units,
            config.dropout,
            config.min_depth,
            config.max_depth,
        )
        model: DepthEstimator = whole.coarse
        if stage.file == MODEL_FILE:
            if not resume:
                whole.coarse.set_weights(load(config.run_folder / COARSE_FILE).get_weights())
            whole.coarse.trainable = False
            model = whole
        model.compile(
            optimizer=build_optimizer(config, self.steps_per_epoch, stage.epochs),
            loss=EigenLoss(config.scale_invariance),
            metrics=depth_metrics(model.to_depth),
        )
        return model

    def files(self, model: DepthEstimator) -> dict[str, keras.Model]:
        name = COARSE_FILE if isinstance(model, EigenCoarse) else MODEL_FILE
        return {name: in_float32(model)}
