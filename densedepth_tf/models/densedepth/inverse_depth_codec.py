"""The target space of DenseDepth: the maximum depth over the depth."""

import keras
from keras import ops
from typing_extensions import override

from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.target_codec import TargetCodec


@keras.saving.register_keras_serializable(package="densedepth_tf")
class InverseDepthCodec(TargetCodec):
    """Target y = max_depth / depth (Alhashim & Wonka 2018, section 3.2).

    For NYU Depth v2 (0.1 to 10 m) targets lie in 1..100, for KITTI (1 to 80 m) in 1..80.
    """

    scales_with_range = True

    @property
    @override
    def target_range(self) -> tuple[float, float]:
        return 1.0, self.max_depth / self.min_depth

    def to_target(self, depth: Tensor) -> Tensor:
        """Metres to target; depth outside the range is clipped to it, 0 and NaN stay missing.

        Args:
            depth: Tensor of any shape, metres, 0 = missing.

        Returns:
            Tensor of the same shape in 1..max_depth/min_depth, 0 where depth is missing.
        """
        valid = ops.logical_and(depth > 0, ops.isfinite(depth))
        safe = ops.where(valid, depth, self.max_depth)
        target = self.max_depth / ops.clip(safe, self.min_depth, self.max_depth)
        return ops.where(valid, target, 0.0)

    def to_depth(self, output: Tensor) -> Tensor:
        """Raw output to metres: clip(max_depth / output, min_depth, max_depth).

        As in the official code, an output of 0 means the maximum and a negative output, which
        a trained network hardly ever gives, the minimum depth.

        Args:
            output: Tensor of any shape, raw network output.

        Returns:
            float32 tensor of the same shape, metres in min_depth..max_depth.
        """
        output = ops.cast(output, "float32")
        safe = ops.where(output == 0, 1.0, output)
        depth = ops.clip(self.max_depth / safe, self.min_depth, self.max_depth)
        return ops.where(output == 0, self.max_depth, depth)
