"""What the coarse and the fine network share: one size of input, and a map of a part of it."""

from typing import Any

import keras
from typing_extensions import override

from densedepth_tf.geometry.region import Region, spread_over_image
from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.models.eigen.layerwise_sgd import LayerwiseSGD
from densedepth_tf.models.eigen.log_depth_codec import LogDepthCodec
from densedepth_tf.models.eigen.loss import EigenLoss
from densedepth_tf.models.eigen.map_sizes import covered_region
from densedepth_tf.models.eigen.published import LEARNING_RATE, LEARNING_RATE_FACTORS, MOMENTUM

LAST_CONVOLUTION = "coarse5"


class FixedSizeEstimator(DepthEstimator):
    """A `DepthEstimator` with fully connected layers, which know a single image size.

    An image of any other size is brought to it as a whole, in training and in prediction alike;
    its aspect ratio is not kept, so images of another shape than the trained ones look
    stretched to the network. The map covers `target_region`; `predict_depth` repeats its border
    beyond.
    """

    codec: LogDepthCodec
    fixed_size: tuple[int, int]

    def __init__(
        self,
        inputs: Tensor,
        outputs: Tensor,
        *,
        image_size: tuple[int, int],
        output_rows: tuple[int, int],
        dense_units: int,
        dropout: float,
        min_depth: float,
        max_depth: float,
        name: str,
        focal_length: float | None = None,
    ):
        codec = LogDepthCodec(min_depth, max_depth)
        super().__init__(
            inputs,
            outputs,
            codec,
            image_size=image_size,
            name=name,
            focal_length=focal_length,
        )
        height, width = image_size
        self.fixed_size = int(height), int(width)
        first, end = output_rows
        self.output_rows = int(first), int(end)
        self.dense_units = dense_units
        self.dropout = dropout

    @property
    @override
    def target_region(self) -> Region:
        return covered_region(self.fixed_size, self.output_rows)

    def target_size(self, image_size: tuple[int, int]) -> tuple[int, int]:
        """Size of the network's output, and so of its target.

        Raises:
            ValueError: For any but the network's own image size.
        """
        self.check_input_size(*image_size)
        return int(self.output.shape[1]), int(self.output.shape[2])

    @override
    def check_input_size(self, height: int, width: int) -> None:
        if (height, width) != self.image_size:
            raise ValueError(
                f"This network takes images of {self.image_size} (height, width) and no other "
                f"size (`image_size`). Received: {(height, width)}"
            )

    @override
    def network_size(self, height: int | Tensor, width: int | Tensor) -> list[int] | Tensor:
        return list(self.fixed_size)

    @override
    def to_image_size(self, depth: Tensor, size: tuple[int, int] | Tensor) -> Tensor:
        return spread_over_image(depth, size, self.target_region)

    @override
    def feature_maps(self) -> list[keras.KerasTensor]:
        """The coarse network's last map before its fully connected layers."""
        return [self.get_layer(LAST_CONVOLUTION).output]

    @override
    def published_optimizer(self) -> LayerwiseSGD:
        """SGD with momentum and a rate per layer (Eigen et al. 2014, section 3.5)."""
        return LayerwiseSGD(LEARNING_RATE_FACTORS, learning_rate=LEARNING_RATE, momentum=MOMENTUM)

    @override
    def published_loss(self) -> EigenLoss:
        """The scale-invariant error of log depth with lambda 0.5 (section 3.3)."""
        return EigenLoss()

    @override
    def constructor_arguments(self) -> dict[str, Any]:
        return {
            "image_size": self.image_size,
            "output_rows": self.output_rows,
            "dense_units": self.dense_units,
            "dropout": self.dropout,
            "min_depth": self.min_depth,
            "max_depth": self.max_depth,
            "name": self.name,
            "focal_length": self.focal_length,
        }
