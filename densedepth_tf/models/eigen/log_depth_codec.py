"""The target space of Eigen et al.: logarithmic depth."""

import math

import keras
from keras import ops
from typing_extensions import override

from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.target_codec import TargetCodec


@keras.saving.register_keras_serializable(package="densedepth_tf")
class LogDepthCodec(TargetCodec):
    """Target y = 1 + ln(depth / min_depth) (Eigen et al. 2014).

    The logarithm of metres is 0 at 1 m and negative below, so that no such number is left to say
    "missing". Counted from the range's lower end and plus 1 it is 1 or more, and 0 is missing as
    in every other target. The constant makes no difference to the loss, which knows differences
    of logarithms only. NYU's 0.1 to 10 m are targets of 1..5.6, KITTI's 1 to 80 m 1..5.4.
    """

    scales_with_range = True

    @property
    @override
    def target_range(self) -> tuple[float, float]:
        return 1.0, 1 + math.log(self.max_depth / self.min_depth)

    @property
    def middle(self) -> float:
        """Target of the range's geometric middle, sqrt(min_depth * max_depth)."""
        return 1 + math.log(self.max_depth / self.min_depth) / 2

    def to_target(self, depth: Tensor) -> Tensor:
        """Metres to target; depth outside the range is clipped to it, 0 and NaN stay missing.

        Args:
            depth: Tensor of any shape, metres, 0 = missing.

        Returns:
            Tensor of the same shape in 1..1 + ln(max_depth / min_depth), 0 where depth is missing.
        """
        valid = ops.logical_and(depth > 0, ops.isfinite(depth))
        safe = ops.clip(ops.where(valid, depth, self.max_depth), self.min_depth, self.max_depth)
        target = ops.maximum(1 + ops.log(safe / self.min_depth), 1.0)
        return ops.where(valid, target, 0.0)

    def to_depth(self, output: Tensor) -> Tensor:
        """Raw output to metres: min_depth * exp(output - 1), clipped to the range.

        Args:
            output: Tensor of any shape, raw network output.

        Returns:
            float32 tensor of the same shape, metres in min_depth..max_depth.
        """
        # Clipped before, too: the exponential of a wild output is infinite.
        highest = 1 + math.log(self.max_depth / self.min_depth)
        output = ops.clip(ops.cast(output, "float32"), 1.0, highest)
        return ops.clip(self.min_depth * ops.exp(output - 1), self.min_depth, self.max_depth)
