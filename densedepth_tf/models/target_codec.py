"""What every model promises about its target space."""

import abc
import math

from densedepth_tf.geometry.tensor import Tensor


class TargetCodec(abc.ABC):
    """Translates between depth in metres and what a network is trained to output.

    Losses and trainings know inverse depth, log depth and disparity through it alone. Both
    directions take and return tensors of one shape, use `keras.ops`, and map missing depth (0)
    to a target of 0 that losses mask.

    Args:
        min_depth: Smallest depth in metres, above 0.
        max_depth: Largest depth in metres.

    Raises:
        ValueError: If not 0 < min_depth < max_depth, both finite.

    Attributes:
        scales_with_range: Multiplying both ends of the range by a factor multiplies the depth of
            every output by it.
    """

    scales_with_range = False

    def __init__(self, min_depth: float, max_depth: float):
        if not 0 < min_depth < max_depth < float("inf"):
            raise ValueError(
                "A depth range needs 0 < min_depth < max_depth, in metres. "
                f"Received: min_depth={min_depth}, max_depth={max_depth}"
            )
        self.min_depth = float(min_depth)
        self.max_depth = float(max_depth)

    @property
    def target_range(self) -> tuple[float, float]:
        """Smallest and largest target of depth that is not missing."""
        return 0.0, math.inf

    @abc.abstractmethod
    def to_target(self, depth: Tensor) -> Tensor:
        """Depth in metres, 0 = missing, to the training target, 0 = missing."""

    @abc.abstractmethod
    def to_depth(self, output: Tensor) -> Tensor:
        """The network's raw output to depth in metres within the range."""

    def get_config(self) -> dict[str, float]:
        """The range, for metrics that are saved with a model."""
        return {"min_depth": self.min_depth, "max_depth": self.max_depth}

    @classmethod
    def from_config(cls, config: dict[str, float]) -> "TargetCodec":
        """The codec of `get_config`'s range."""
        return cls(**config)
