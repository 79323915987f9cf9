"""The DenseDepth network: a pre-trained encoder and a bilinear up-sampling decoder."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import keras
from keras import layers
from typing_extensions import override

from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.densedepth.inverse_depth_codec import InverseDepthCodec
from densedepth_tf.models.densedepth.loss import DenseDepthLoss
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.models.encoders import build_encoder, load_encoder_weights
from densedepth_tf.models.keras_model.precision import in_dtype
from densedepth_tf.models.layers import BilinearUpSampling2D
from densedepth_tf.models.own_encoder import ENCODER_LAYER, own_encoder_config, own_encoder_maps

VARIANTS = ("repo", "official")
LEAKY_SLOPE = 0.2
LEARNING_RATE = 1e-4
OUTPUT_LAYER = "conv3"


@keras.saving.register_keras_serializable(package="densedepth_tf")
class DenseDepth(DepthEstimator):
    """DenseDepth (Alhashim & Wonka 2018, section 3.1): RGB to inverse depth at half the size.

    Two variants exist in the official publication. `"repo"` is what its training code builds:
    half the encoder's channels at the decoder's start, an activation after both convolutions of
    an up-block, half-pixel up-sampling. `"official"` is the paper's 42.6 M parameter model and
    the published weights: all of the encoder's channels, an activation after the second
    convolution only, corner-aligned up-sampling.

    Args:
        encoder: `"densenet121"`, `"densenet169"`, `"densenet201"`, `"mobilenetv2"`,
            `"resnet50"` or `"efficientnetv2b0"`; or a functional `keras.Model` of RGB images
            `(N, H, W, 3)` in [0, 1] of any size, whose layers and weights become this model's.
        variant: `"repo"` or `"official"`.
        encoder_weights: `"imagenet"` (downloaded by Keras), None or `"none"` (random), or a
            weights file of the `keras.applications` model without top. A `keras.Model` brings its
            own.
        decoder_filters: None for the variant's widths; an integer F for F, F/2, F/4, F/8, F/16;
            or all five widths.
        min_depth: Smallest depth in metres.
        max_depth: Largest depth in metres.
        image_size: `(height, width)` of the training images, multiples of 32, or None.
            `predict_depth` brings images to this area; the network itself takes any multiple
            of 32.
        batch_norm_momentum: How slowly the encoder's moving statistics follow; None for the
            encoder's own, which suits long trainings.
        name: Name of the model; default `densedepth_<encoder>`.
        taps: For a `keras.Model` the names of its layers at 1/2, 1/4, 1/8 and 1/16 of the image's
            size, in any order, and at 1/32 unless that is its output.
        dtype: Dtype policy of the layers, e.g. `"mixed_bfloat16"`; default: Keras' global one. A
            `keras.Model` keeps its own.
        focal_length: Of the camera that it learns from, in image widths (NYU's 0.8107); None if
            not known. `predict_depth` brings metres to other cameras by it.

    Attributes:
        encoder: Its name; None for a `keras.Model`, which is the layer "encoder".
        decoder_widths: The five widths that `decoder_filters` stands for.

    Raises:
        ValueError: For an unknown encoder, tap or variant, sizes that are not multiples of 32, a
            depth range without a depth in it, no focal length, or encoder weights that cannot be
            loaded.

    Example:
        >>> model = DenseDepth("mobilenetv2", encoder_weights=None)
        >>> model.predict_depth(numpy.zeros((100, 150, 3), "uint8")).shape
        (100, 150, 1)
    """

    side_multiple = 32

    @in_dtype
    def __init__(
        self,
        encoder: str | keras.Model = "densenet169",
        variant: str = "repo",
        encoder_weights: str | None = "imagenet",
        decoder_filters: int | Sequence[int] | None = None,
        min_depth: float = 0.1,
        max_depth: float = 10.0,
        image_size: tuple[int, int] | None = None,
        batch_norm_momentum: float | None = None,
        name: str | None = None,
        *,
        taps: Sequence[str] | None = None,
        dtype: str | keras.DTypePolicy | None = None,
        focal_length: float | None = None,
    ):
        del dtype  # `in_dtype` has set it.
        if variant not in VARIANTS:
            raise ValueError(
                f"Unknown variant (`variant`). Known: {', '.join(VARIANTS)}. Received: {variant!r}"
            )
        if image_size is not None and any(side % 32 or side < 32 for side in image_size):
            raise ValueError(
                f"Image sizes are multiples of 32 (`image_size`). Received: {tuple(image_size)}"
            )
        codec = InverseDepthCodec(min_depth, max_depth)

        # === Functional model ===
        image = keras.Input((None, None, 3), name="image")
        features, skips = _encoder_maps(encoder, taps, image)
        title = encoder if isinstance(encoder, str) else encoder.name
        filters = _decoder_filters(decoder_filters, features.shape[-1], variant)
        x = layers.Conv2D(filters[0], 1, padding="same", name="conv2")(features)
        for level, (tap, width) in enumerate(zip(skips, filters[1:], strict=True), start=1):
            x = _up_block(x, tap, width, variant, name=f"up{level}")
        # Inverse depth spans 1..100: half precision is too coarse for it and for its loss.
        output = layers.Conv2D(1, 3, padding="same", dtype="float32", name=OUTPUT_LAYER)(x)
        super().__init__(
            image,
            output,
            codec,
            image_size=image_size,
            name=name or f"densedepth_{title}",
            focal_length=focal_length,
        )
        if isinstance(encoder, str):
            load_encoder_weights(self, encoder, encoder_weights)

        if batch_norm_momentum is not None:
            for layer in self._flatten_layers():
                if isinstance(layer, layers.BatchNormalization):
                    layer.momentum = batch_norm_momentum

        # === Config ===
        self._feature_maps = (*reversed(skips), features)
        self.batch_norm_momentum = batch_norm_momentum
        self.encoder = encoder if isinstance(encoder, str) else None
        self.variant = variant
        self.decoder_widths = tuple(filters)
        self.decoder_filters = (
            list(decoder_filters) if isinstance(decoder_filters, Sequence) else decoder_filters
        )

    @override
    def feature_maps(self) -> list[keras.KerasTensor]:
        """The encoder's maps at 1/2, 1/4, 1/8, 1/16 and 1/32 of the image's size."""
        return list(self._feature_maps)

    @override
    def published_optimizer(self) -> keras.optimizers.Optimizer:
        """Adam with amsgrad, rate 1e-4, as in the official training code."""
        return keras.optimizers.Adam(LEARNING_RATE, amsgrad=True)

    @override
    def published_loss(self) -> DenseDepthLoss:
        """0.1 * L1 + gradients + SSIM (Alhashim & Wonka 2018, section 3.2)."""
        return DenseDepthLoss(self.min_depth, self.max_depth)

    @override
    def constructor_arguments(self) -> dict[str, Any]:
        encoder: object = self.encoder
        if encoder is None:  # A model of five outputs, whatever the taps were.
            encoder = own_encoder_config(self.get_layer(ENCODER_LAYER))
        return {
            "encoder": encoder,
            "variant": self.variant,
            # A saved model brings its weights: rebuilding it must not download any.
            "encoder_weights": None,
            "decoder_filters": self.decoder_filters,
            "min_depth": self.min_depth,
            "max_depth": self.max_depth,
            "image_size": self.image_size,
            "batch_norm_momentum": self.batch_norm_momentum,
            "name": self.name,
            "focal_length": self.focal_length,
        }

    @classmethod
    @override
    def from_config(
        cls, config: dict[str, Any], custom_objects: Mapping[str, object] | None = None
    ) -> Self:
        if isinstance(config.get("encoder"), dict):
            encoder = keras.saving.deserialize_keras_object(config["encoder"], custom_objects)
            config = {**config, "encoder": encoder}
        return super().from_config(config, custom_objects)

    @override
    def with_max_depth(self, max_depth: float) -> "DenseDepth":
        """A copy that predicts the same metres in a longer or shorter range.

        The network's output is the largest depth over the depth: its last layer grows with it.
        """
        config = {**self.constructor_arguments(), "max_depth": max_depth}
        copy = type(self).from_config(config)
        copy.set_weights(self.get_weights())
        head = copy.get_layer(OUTPUT_LAYER)
        head.set_weights([weight * (max_depth / self.max_depth) for weight in head.get_weights()])
        return copy


def _encoder_maps(
    encoder: str | keras.Model, taps: Sequence[str] | None, image: Tensor
) -> tuple[Tensor, list[Tensor]]:
    """The map at 1/32 of the image's size and the four others, coarse to fine."""
    if not isinstance(encoder, str):
        return own_encoder_maps(encoder, taps, image)
    if taps is not None:
        raise ValueError(
            "`taps` belong to an encoder that is a keras.Model; those of encoders by name are "
            f"known. Received: encoder={encoder!r}"
        )
    return build_encoder(encoder, image)


def _decoder_filters(
    requested: int | Sequence[int] | None, encoder_channels: int, variant: str
) -> list[int]:
    """Widths of `conv2` and of the four up-blocks."""
    if requested is None:
        requested = encoder_channels if variant == "official" else encoder_channels // 2
    if isinstance(requested, int):
        requested = [requested // 2**level for level in range(5)]
    filters = [int(width) for width in requested]
    if len(filters) != 5 or min(filters) < 1:
        raise ValueError(
            "`decoder_filters` is one width of at least 16 or five widths of at least 1. "
            f"Received: {filters}"
        )
    return filters


def _up_block(x: Tensor, tap: Tensor, filters: int, variant: str, name: str) -> Tensor:
    """Up-samples, joins the encoder's tap and convolves twice."""
    align_corners = variant == "official"
    x = BilinearUpSampling2D(align_corners=align_corners, name=f"{name}_upsampling2d")(x)
    x = layers.Concatenate(name=f"{name}_concat")([x, tap])
    x = layers.Conv2D(filters, 3, padding="same", name=f"{name}_convA")(x)
    if variant == "repo":
        x = layers.LeakyReLU(negative_slope=LEAKY_SLOPE, name=f"{name}_reluA")(x)
    x = layers.Conv2D(filters, 3, padding="same", name=f"{name}_convB")(x)
    return layers.LeakyReLU(negative_slope=LEAKY_SLOPE, name=f"{name}_reluB")(x)
