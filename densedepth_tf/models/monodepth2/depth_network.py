"""The depth network of Monodepth2: a ResNet encoder and a decoder with four scales."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops
from typing_extensions import override

from densedepth_tf.geometry.resizing.lanczos import resize_lanczos
from densedepth_tf.geometry.resizing.lanczos_by_matmul import resize_lanczos_by_matmul
from densedepth_tf.geometry.resizing.resize import resize_maps
from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.depth_estimator import DepthEstimator, image_sides
from densedepth_tf.models.image_range import as_float
from densedepth_tf.models.keras_model.precision import in_dtype
from densedepth_tf.models.monodepth2.depth_decoder import HEADS, build_depth_decoder
from densedepth_tf.models.monodepth2.disparity_codec import DisparityCodec
from densedepth_tf.models.monodepth2.pytorch_files.encoder_weights import load_encoder_weights
from densedepth_tf.models.monodepth2.resnet import build_resnet, feature_layers
from densedepth_tf.models.monodepth2.training_size import SMALLEST_SIDE, check_training_size
from densedepth_tf.models.torch_adam import TorchAdam

LEARNING_RATE = 1e-4

# Of disparities, in the unit of the training.
RELATIVE_RANGE = (0.1, 100.0)


@keras.saving.register_keras_serializable(package="densedepth_tf")
class Monodepth2(DepthEstimator):
    """Monodepth2's depth network (Godard et al. 2019): RGB to disparity at the full size.

    The raw output is the finest disparity, float32 `(N, H, W, 1)` in (0, 1). Training needs
    all scales: `model.multi_scale` is a functional model with the same layers and weights that
    gives a list of four, finest first.

    Depth is relative: a network trained on one moving camera knows it up to a factor, one
    trained on stereo pairs in units of their baseline's assumed length. `rescaled` brings it
    to metres once the factor is known, e.g. 5.4 for networks trained on KITTI's stereo pairs with
    a baseline taken as 0.1, which is 0.54 m.

    Args:
        encoder: `"resnet18"` or `"resnet50"`.
        encoder_weights: `"imagenet"` (torchvision's, downloaded; needs PyTorch to read), None
            or `"none"` (random), or a file: torchvision's `.pth`, or Keras weights of
            `models.monodepth2.resnet.resnet_model(encoder)`.
        min_depth: Depth of disparity 1.
        max_depth: Depth of disparity 0.
        image_size: `(height, width)` of the training images, multiples of 32 and at least 64,
            or None. `predict_depth` stretches images to this very size, whatever their aspect
            ratio; the network itself takes any such size.
        name: Name of the model; default `monodepth2_<encoder>`.
        metric: Whether depth is in metres; None takes it to be, unless the range is 0.1 to 100, in
            which relative networks are trained. Rescaled copies are.
        dtype: Dtype policy of the layers, e.g. `"mixed_bfloat16"`; default: Keras' global one.

    Raises:
        ImportError: If the weights need PyTorch and it is missing.
        FileNotFoundError: If the file of encoder weights does not exist.
        ValueError: For an unknown encoder, a size or depth range that is not valid, or encoder
            weights that cannot be loaded.

    Example:
        >>> model = Monodepth2(encoder_weights=None)
        >>> model.predict_depth(numpy.zeros((100, 150, 3), "uint8")).shape
        (100, 150, 1)
    """

    smallest_side = SMALLEST_SIDE
    side_multiple = 32
    resampling = "lanczos"

    @in_dtype
    def __init__(
        self,
        encoder: str = "resnet18",
        encoder_weights: str | None = "imagenet",
        min_depth: float = 0.1,
        max_depth: float = 100.0,
        image_size: tuple[int, int] | None = None,
        name: str | None = None,
        metric: bool | None = None,
        *,
        dtype: str | keras.DTypePolicy | None = None,
    ):
        del dtype  # `in_dtype` has set it.
        check_training_size(image_size)
        codec = DisparityCodec(min_depth, max_depth)

        # === Functional model ===
        image = keras.Input((None, None, 3), name="image")
        features = build_resnet(encoder, image)
        disparities = build_depth_decoder(features)
        super().__init__(
            image,
            disparities[0],
            codec,
            image_size=image_size,
            name=name or f"monodepth2_{encoder}",
        )
        # Holds the heads of the coarser scales, too, so that they are trained and saved.
        self.multi_scale = keras.Model(image, disparities, name="multi_scale")
        load_encoder_weights(self, encoder, encoder_weights)

        # === Config ===
        self.encoder = encoder
        self.metric = (min_depth, max_depth) != RELATIVE_RANGE if metric is None else bool(metric)

    @property
    def depth_unit(self) -> str | None:
        """`"m"`, or None where depth is known up to a factor only."""
        return "m" if self.metric else None

    def rescaled(self, factor: float) -> "Monodepth2":
        """A copy whose depth is `factor` times this one's, in metres."""
        copy = super().rescaled(factor)
        copy.metric = True
        return copy

    @override
    def feature_maps(self) -> list[keras.KerasTensor]:
        """The encoder's five maps, at 1/2 to 1/32 of the image's size."""
        return [self.get_layer(name).output for name in feature_layers(self.encoder)]

    @override
    def published_optimizer(self) -> TorchAdam:
        """Adam as PyTorch has it, rate 1e-4 (Godard et al. 2019, section 5)."""
        return TorchAdam(learning_rate=LEARNING_RATE)

    @override
    def published_loss(self) -> keras.losses.Loss:
        """There is none on depth.

        Raises:
            ValueError: Always.
        """
        raise ValueError(
            "Monodepth2 learns from neighbouring frames, not from depth: train it with train.py, "
            "model monodepth2, or pass a `loss` between disparities."
        )

    def start_at(self, depth: float) -> None:
        """Makes the untrained network see about one depth everywhere.

        As initialised it sees that of disparity 1/2, near the range's near end: 0.2 of 0.1 to 100.
        Where that moves pixels further than their images are smooth, as between stereo images,
        learning from few frames does not find the way from there.

        Args:
            depth: Strictly within the range, in its unit.

        Raises:
            ValueError: If it is not.
        """
        if not self.min_depth < depth < self.max_depth:
            raise ValueError(
                f"A first depth lies within {self.min_depth:g} to {self.max_depth:g} "
                f"(`initial_depth`). Received: {depth}"
            )
        disparity = float(self.to_target(depth))
        for name in HEADS:
            head = self.multi_scale.get_layer(name)
            head.bias.assign(np.full(head.bias.shape, np.log(disparity / (1 - disparity))))

    def network_size(self, height: int | Tensor, width: int | Tensor) -> list[int] | Tensor:
        """The size of the training images; unknown, the image's own to multiples of 32."""
        if self.image_size is not None:
            return list(self.image_size)
        return super().network_size(height, width)

    def _depth_of(self, images: Tensor, portable: bool) -> Tensor:
        """Lanczos' filter, the network, disparity at the image's size, and only then depth.

        The order in which the published networks were trained and measured.
        """
        size = image_sides(images)
        seen = resize_lanczos_by_matmul(images, self.network_size(size[0], size[1])) / 255.0
        return self.to_depth(self.to_image_size(self(seen, training=False), size))

    def _predict_on_tensorflow(self, images: np.ndarray) -> np.ndarray:
        """The same, with arrays resized as arrays are resized fastest."""
        if self._compiled_depth_function is None:
            import tensorflow as tf

            self._compiled_depth_function = tf.function(
                lambda seen: self(seen, training=False), reduce_retracing=True, autograph=False
            )
        return self._predict_with(self._compiled_depth_function, images)

    def _predict_on_other_backends(self, images: np.ndarray) -> np.ndarray:
        return self._predict_with(lambda seen: self.predict_on_batch(as_float(seen)), images)

    def _predict_with(
        self, network: Callable[[np.ndarray], Tensor], images: np.ndarray
    ) -> np.ndarray:
        size = images.shape[1:3]
        height, width = self.network_size(*size)
        seen = resize_lanczos(images, (height, width))
        disparity = ops.convert_to_numpy(network(seen)).astype(np.float32, copy=False)
        return ops.convert_to_numpy(self.to_depth(resize_maps(disparity, size)))

    @override
    def constructor_arguments(self) -> dict[str, Any]:
        return {
            "encoder": self.encoder,
            # A saved model brings its weights: rebuilding it must not download any.
            "encoder_weights": None,
            "min_depth": self.min_depth,
            "max_depth": self.max_depth,
            "image_size": self.image_size,
            "name": self.name,
            "metric": self.metric,
        }
