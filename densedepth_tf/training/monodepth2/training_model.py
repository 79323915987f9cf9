"""Depth and pose network as one model that Keras trains on frames and their neighbours."""

from collections.abc import Sequence

import keras
import tensorflow as tf
from keras import ops

from densedepth_tf.geometry.rigid_motion import inverse_motion, rigid_motion
from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.monodepth2.depth_decoder import build_depth_decoder
from densedepth_tf.models.monodepth2.depth_network import Monodepth2
from densedepth_tf.models.monodepth2.loss import Monodepth2Loss, Monodepth2Terms
from densedepth_tf.models.monodepth2.pose_network import PoseNetwork

STEREO = "s"


class Monodepth2Training(keras.Model):
    """What `fit` trains: each frame is to be explained by its neighbours (Godard et al. 2019).

    Works on batches of `data.sequence_pipeline`. The networks see the jittered images, the loss
    compares the original ones, and everything between a network and the loss is float32.

    Args:
        depth_network: The depth network.
        pose_network: The pose network; None where the stereo partner is the only neighbour.
        loss: The loss; with `mask="predictive"` a second decoder is added that predicts masks.
        frame_offsets: The neighbours in a batch's order: offsets in time, "s" for stereo.

    Raises:
        ValueError: If there are neighbours in time but no pose network, or the reverse.
    """

    def __init__(
        self,
        depth_network: Monodepth2,
        pose_network: PoseNetwork | None,
        loss: Monodepth2Loss,
        frame_offsets: Sequence[int | str] = (-1, 1),
        name: str = "monodepth2_training",
    ):
        super().__init__(name=name)
        in_time = [offset for offset in frame_offsets if offset != STEREO]
        if bool(in_time) != (pose_network is not None):
            raise ValueError(
                "Neighbours in time need a pose network, and nothing else does. "
                f"Received: frame_offsets={tuple(frame_offsets)}, pose_network={pose_network}"
            )
        self.depth_network = depth_network
        self.pose_network = pose_network
        self.frame_offsets: tuple[int | str, ...] = tuple(frame_offsets)
        self._loss = loss
        self._tie_seed = loss.seed_generator  # Known to Keras, it is part of a backup.
        features = depth_network.backbone.outputs
        maps = list(depth_network.multi_scale.outputs)
        self._num_scales = len(maps)
        if loss.mask == "predictive":
            maps += build_depth_decoder(features, len(self.frame_offsets), prefix="mask")
        self._maps = keras.Model(depth_network.input, maps, name="maps")
        self._pose_features = None
        if pose_network is not None and not pose_network.separate_encoder:
            self._pose_features = keras.Model(depth_network.input, features[-1], name="features")
        names = ("photometric", "explained")
        self._means = {name: keras.metrics.Mean(name) for name in names}
        self.built = True

    def compile(
        self, optimizer: str | keras.optimizers.Optimizer = "auto", **kwargs: object
    ) -> None:
        """Keras' own; "auto" is the published optimizer of `Monodepth2`."""
        if optimizer == "auto":
            optimizer = self.depth_network.published_optimizer()
        super().compile(optimizer=optimizer, **kwargs)

    def call(self, batch: dict[str, Tensor], training: bool = False) -> Monodepth2Terms:
        """The loss of a batch and what it is made of, see `Monodepth2Loss.terms`."""
        maps = self._maps(batch["seen_image"], training=training)
        disparities, masks = maps[: self._num_scales], maps[self._num_scales :]
        return self._loss.terms(
            batch["image"],
            batch["frames"],
            disparities,
            self.motions(batch, training),
            batch["intrinsics"],
            masks or None,
        )

    def motions(self, batch: dict[str, Tensor], training: bool = False) -> Tensor:
        """The motions that take points of the frame's camera to its neighbours'.

        The pose network sees two frames in the order they were taken; for a neighbour before the
        frame its motion is turned round.

        Returns:
            float32 `(N, F, 4, 4)`.
        """
        image = batch["seen_image"]
        motions = []
        for index, offset in enumerate(self.frame_offsets):
            if self.pose_network is None or isinstance(offset, str):  # STEREO
                motions.append(ops.cast(batch["stereo_transform"], "float32"))
                continue
            neighbour = batch["seen_frames"][:, index]
            pair = [neighbour, image] if offset < 0 else [image, neighbour]
            if self._pose_features is not None:
                pair = [self._pose_features(frame, training=training) for frame in pair]
            motion = rigid_motion(*self.pose_network(pair, training=training))
            motions.append(inverse_motion(motion) if offset < 0 else motion)
        return ops.stack(motions, axis=1)

    def train_step(self, data: object) -> dict[str, Tensor]:
        """One step of the optimiser; half precision's loss scale is the optimiser's affair."""
        batch, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        with tf.GradientTape() as tape:
            terms = self(batch, training=True)
            # Gradients of all replicas are added up.
            loss = self.optimizer.scale_loss(terms.total / replicas)
        variables = self.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return self._update_metrics(batch, terms)

    def test_step(self, data: object) -> dict[str, Tensor]:
        """The same figures without learning."""
        batch, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        return self._update_metrics(batch, self(batch, training=False))

    def _update_metrics(
        self, batch: dict[str, Tensor], terms: Monodepth2Terms
    ) -> dict[str, Tensor]:
        number = ops.shape(batch["image"])[0]
        self._loss_tracker.update_state(terms.total, sample_weight=number)
        self._means["photometric"].update_state(terms.photometric[0], sample_weight=number)
        self._means["explained"].update_state(ops.mean(terms.explained), sample_weight=number)
        return self.get_metrics_result()
