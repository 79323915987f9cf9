"""How DenseDepth is trained: its network and its loss."""

from densedepth_tf.models.densedepth.loss import DenseDepthLoss
from densedepth_tf.models.densedepth.network import DenseDepth
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.training.depth_metrics import depth_metrics
from densedepth_tf.training.optimizer import build_optimizer
from densedepth_tf.training.supervised import SupervisedTraining
from densedepth_tf.training.system import Stage


class DenseDepthTraining(SupervisedTraining):
    """DenseDepth on pairs of photograph and depth map (Alhashim & Wonka 2018, section 3)."""

    def compiled_model(self, stage: Stage, encoder_weights: str | None) -> DepthEstimator:
        config = self.config
        model = DenseDepth(
            encoder=config.encoder,
            variant=config.variant,
            encoder_weights=encoder_weights,
            decoder_filters=config.decoder_filters,
            min_depth=config.min_depth,
            max_depth=config.max_depth,
            image_size=config.image_height_width,
            batch_norm_momentum=config.batch_norm_momentum,
        )
        model.compile(
            optimizer=build_optimizer(config, self.steps_per_epoch, stage.epochs),
            loss=DenseDepthLoss(config.min_depth, config.max_depth),
            metrics=depth_metrics(model.to_depth),
        )
        return model
