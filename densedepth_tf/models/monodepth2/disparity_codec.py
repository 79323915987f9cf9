"""The target space of Monodepth2: a sigmoid between the inverse depths of the range's ends."""

import keras
from keras import ops
from typing_extensions import override

from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.target_codec import TargetCodec


@keras.saving.register_keras_serializable(package="densedepth_tf")
class DisparityCodec(TargetCodec):
    """Disparity s in [0, 1] with 1 / depth = 1 / max + (1 / min - 1 / max) s.

    Godard et al. 2019, section 5 (implementation details), with 0.1 and 100. A network trained
    on one moving camera knows depth up to a factor only; multiplying both ends of the range by
    a factor multiplies every depth by it.
    """

    scales_with_range = True

    @property
    @override
    def target_range(self) -> tuple[float, float]:
        return 0.0, 1.0

    def to_target(self, depth: Tensor) -> Tensor:
        """Depth to disparity; depth outside the range is clipped to it, 0 and NaN are missing.

        Args:
            depth: Tensor of any shape, metres, 0 = missing.

        Returns:
            Tensor of the same shape in 0..1, 0 where depth is missing. Depths of `max_depth` or
            more have disparity 0, too: mask with the depth, not with the disparity.
        """
        valid = ops.logical_and(depth > 0, ops.isfinite(depth))
        safe = ops.clip(ops.where(valid, depth, self.max_depth), self.min_depth, self.max_depth)
        nearest, farthest = 1 / self.min_depth, 1 / self.max_depth
        return ops.clip((1 / safe - farthest) / (nearest - farthest), 0.0, 1.0)

    def to_depth(self, output: Tensor) -> Tensor:
        """Disparity to float32 depth within the range.

        Args:
            output: Tensor of any shape, disparity in [0, 1].

        Returns:
            float32 tensor of the same shape, `min_depth..max_depth`.
        """
        nearest, farthest = 1 / self.min_depth, 1 / self.max_depth
        depth = 1 / (farthest + (nearest - farthest) * ops.cast(output, "float32"))
        return ops.clip(depth, self.min_depth, self.max_depth)
