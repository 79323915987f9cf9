"""The coarse network: convolutions, then fully connected layers that see the whole image."""

import keras
from keras import layers

from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.eigen.fixed_size_estimator import FixedSizeEstimator
from densedepth_tf.models.eigen.log_depth_codec import LogDepthCodec
from densedepth_tf.models.eigen.map_sizes import check_sizes, steps
from densedepth_tf.models.layers import FreezableDropout

# Layer, filters, kernel, stride, padding (see `map_sizes`), pooling behind it.
CONVOLUTIONS = (
    ("coarse1", 96, 11, 4, "valid", True),
    ("coarse2", 256, 5, 1, "same", True),
    ("coarse3", 384, 3, 1, "same", False),
    ("coarse4", 384, 3, 1, "same", False),
    ("coarse5", 256, 3, 2, "valid", False),
)


@keras.saving.register_keras_serializable(package="densedepth_tf")
class EigenCoarse(FixedSizeEstimator):
    """The coarse network of Eigen et al. 2014 (section 3.1): RGB to log depth at a quarter size.

    The first stage of training trains it alone. It is a whole `DepthEstimator`, and a part of
    `Eigen`, with which it shares its layers; arguments and errors are those of `Eigen`.
    """

    def __init__(
        self,
        image_size: tuple[int, int] = (228, 304),
        output_rows: tuple[int, int] | None = None,
        dense_units: int = 4096,
        dropout: float = 0.5,
        min_depth: float = 0.1,
        max_depth: float = 10.0,
        name: str | None = None,
        focal_length: float | None = None,
    ):
        first, end = check_sizes(image_size, output_rows)
        codec = LogDepthCodec(min_depth, max_depth)
        if dense_units < 1:
            raise ValueError(f"`dense_units` is at least 1. Received: {dense_units}")
        if not 0 <= dropout < 1:
            raise ValueError(f"`dropout` is a share in [0, 1). Received: {dropout}")

        # === Functional model ===
        image = keras.Input((*image_size, 3), name="image")
        # Zero padding is then the grey between black and white.
        x = layers.Rescaling(2.0, offset=-1.0, name="input_scaling")(image)
        for layer, filters, kernel, stride, padding, pooled in CONVOLUTIONS:
            x = layers.Conv2D(
                filters, kernel, stride, padding, activation="relu",
                kernel_initializer="he_normal", name=layer,
            )(x)  # fmt: skip
            if pooled:
                x = layers.MaxPooling2D(2, name=f"{layer}_pool")(x)
        x = layers.Flatten(name="coarse_flatten")(x)
        x = layers.Dense(
            dense_units, activation="relu", kernel_initializer="he_normal", name="coarse6"
        )(x)
        x = FreezableDropout(dropout, name="coarse6_dropout")(x)
        size = (end - first, steps(image_size[1]))
        x = layers.Dense(size[0] * size[1], dtype="float32", name="coarse7")(x)
        x = layers.Reshape((*size, 1), dtype="float32", name="coarse_map")(x)
        super().__init__(
            image,
            add_middle(x, codec, name="coarse_log_depth"),
            image_size=image_size,
            output_rows=(first, end),
            dense_units=dense_units,
            dropout=dropout,
            min_depth=min_depth,
            max_depth=max_depth,
            name=name or "eigen_coarse",
            focal_length=focal_length,
        )


def add_middle(x: Tensor, codec: LogDepthCodec, name: str) -> Tensor:
    """A network's last map, around 0, to the target space, so that training starts mid-range."""
    return layers.Rescaling(1.0, offset=codec.middle, dtype="float32", name=name)(x)
