"""MotionPredictor: from frames of any size to the motion of the camera between them."""

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike

from densedepth_tf.geometry.images import check_images
from densedepth_tf.geometry.resizing.lanczos import resize_lanczos
from densedepth_tf.geometry.resizing.resize import working_size
from densedepth_tf.geometry.rigid_motion import rigid_motion
from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.models.image_range import as_float
from densedepth_tf.models.monodepth2.depth_network import Monodepth2
from densedepth_tf.models.monodepth2.pose_network import PoseNetwork


class MotionPredictor:
    """How a camera moved from frame to frame, for images as they are.

    Args:
        pose_network: Predicts the motion.
        depth_network: What it was trained with; needed where the pose network has no encoder of
            its own, whose place this one's takes.

    Raises:
        ValueError: If the depth network is needed and missing, or has another encoder.

    Example:
        >>> motion = MotionPredictor(PoseNetwork(encoder_weights=None))
        >>> motion.predict_transforms(frames[:-1], frames[1:]).shape
        (99, 4, 4)
    """

    def __init__(self, pose_network: PoseNetwork, depth_network: DepthEstimator | None = None):
        self.pose_network = pose_network
        self.image_size = pose_network.image_size
        self._encoder = None
        if not pose_network.separate_encoder:
            # A run folder may hold another kind of network beside the pose network.
            encoder = pose_network.encoder
            if not isinstance(depth_network, Monodepth2) or depth_network.encoder != encoder:
                other = "none" if depth_network is None else f"'{depth_network.name}'"
                raise ValueError(
                    "The pose network has no encoder of its own: it needs the depth network it "
                    f"was trained with, whose encoder is a {encoder}. Received: "
                    f"depth network {other}"
                )
            # Not all maps of a large image: the pose network looks at the coarsest.
            maps = depth_network.backbone
            self._encoder = keras.Model(maps.inputs, maps.outputs[-1])
            self.image_size = self.image_size or depth_network.image_size

    def predict_transforms(
        self, first: ArrayLike, second: ArrayLike, batch_size: int = 8
    ) -> np.ndarray:
        """The motion from the cameras of the first frames to those of the second.

        Args:
            first: RGB array `(N, H, W, 3)`; uint8 in 0..255 or float in [0, 1].
            second: The frames right after them, likewise.
            batch_size: Pairs that pass through the network at once.

        Returns:
            float32 `(N, 4, 4)`: takes points of the first camera to the second; translations
            are in the depth network's unit. The network sees the frames at its training size,
            or at their own to multiples of 32 where it does not tell.

        Raises:
            ValueError: If the shapes, dtypes or value ranges are not those above.
        """
        first, second = check_images(first), check_images(second)
        if first.ndim != 4 or first.shape != second.shape:
            raise ValueError(
                "Motion needs as many second as first frames, (N, H, W, 3), all of one size. "
                f"Received: shapes {first.shape} and {second.shape}"
            )
        parts = [
            self._predict_batch(first[start : start + batch_size], second[start:][:batch_size])
            for start in range(0, len(first), batch_size)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, 4, 4), np.float32)

    def _predict_batch(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        frames = [self._resized(first), self._resized(second)]
        if self._encoder is not None:
            frames = [self._encoder.predict_on_batch(frame) for frame in frames]
        return ops.convert_to_numpy(rigid_motion(*self.pose_network.predict_on_batch(frames)))

    def _resized(self, frames: np.ndarray) -> Tensor:
        height, width = self.image_size or working_size(frames.shape[1], frames.shape[2], None)
        return as_float(resize_lanczos(frames, (height, width)))
