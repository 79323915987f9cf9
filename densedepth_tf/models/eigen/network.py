"""The network of Eigen et al. 2014: a coarse depth map, refined by a fine network."""

import keras
from keras import layers

from densedepth_tf.models.eigen.coarse_network import EigenCoarse, add_middle
from densedepth_tf.models.eigen.fixed_size_estimator import FixedSizeEstimator
from densedepth_tf.models.eigen.map_sizes import steps
from densedepth_tf.models.keras_model.precision import in_dtype


@keras.saving.register_keras_serializable(package="densedepth_tf")
class Eigen(FixedSizeEstimator):
    """Coarse and fine network (Eigen et al. 2014, section 3.1): RGB to log depth.

    Fully connected layers look at the whole image, so a model takes images of one size;
    `predict_depth` brings any other to it. `published.SETTINGS` has the paper's:

        Eigen(**SETTINGS["nyu"])      # 304x228 (width x height) to 74x55, 70.9 M parameters
        Eigen(**SETTINGS["kitti"])    # 576x172 to 142x27, 90.9 M parameters

    Training has two stages: `model.coarse`, a `DepthEstimator` of its own with the same layers
    and weights; then, after `model.coarse.trainable = False`, the model itself. Frozen so, the
    coarse network also rests its dropout. `published.LEARNING_RATE_FACTORS` has the learning
    rates by layer. All weights start from random ones.

    Args:
        image_size: `(height, width)` of the images, each at least 55.
        output_rows: `(first, end)`, the rows of the map to predict where depth is known in a
            part of the image only, as from a laser scanner; None for all.
        dense_units: Width of the first fully connected layer, where most parameters are.
        dropout: Share of its units that a training step leaves out.
        min_depth: Smallest depth in metres.
        max_depth: Largest depth in metres.
        name: Name of the model.
        dtype: Dtype policy of the layers, e.g. `"mixed_bfloat16"`; default: Keras' global one.
        focal_length: Of the camera that it learns from, in image widths (NYU's 0.8107); None if
            not known.

    Attributes:
        coarse: The coarse network.
        target_region: The part of the image that output and target cover.

    Raises:
        ValueError: If the image is too small, there are no such rows, the depth range is empty,
            or a width, share or focal length is out of its range.

    Example:
        >>> model = Eigen(image_size=(64, 96), dense_units=128)
        >>> model.predict_depth(numpy.zeros((100, 150, 3), "uint8")).shape
        (100, 150, 1)
    """

    @in_dtype
    def __init__(
        self,
        image_size: tuple[int, int] = (228, 304),
        output_rows: tuple[int, int] | None = None,
        dense_units: int = 4096,
        dropout: float = 0.5,
        min_depth: float = 0.1,
        max_depth: float = 10.0,
        name: str | None = None,
        *,
        dtype: str | keras.DTypePolicy | None = None,
        focal_length: float | None = None,
    ):
        del dtype  # `in_dtype` has set it.
        coarse = EigenCoarse(
            image_size,
            output_rows,
            dense_units,
            dropout,
            min_depth,
            max_depth,
            focal_length=focal_length,
        )

        # === Functional model ===
        first, end = coarse.output_rows
        x = coarse.get_layer("input_scaling").output
        x = layers.Conv2D(
            63, 9, 2, activation="relu", kernel_initializer="he_normal", name="fine1"
        )(x)
        x = layers.MaxPooling2D(2, name="fine1_pool")(x)
        below = steps(image_size[0]) - end
        x = layers.Cropping2D(((first, below), (0, 0)), name="fine1_rows")(x)
        x = layers.Concatenate(name="fine_concat")([x, coarse.get_layer("coarse_map").output])
        x = layers.Conv2D(
            64, 5, padding="same", activation="relu", kernel_initializer="he_normal", name="fine2"
        )(x)
        x = layers.Conv2D(1, 5, padding="same", dtype="float32", name="fine3")(x)
        super().__init__(
            coarse.input,
            add_middle(x, coarse.codec, name="log_depth"),
            **{**coarse.constructor_arguments(), "name": name or "eigen"},
        )
        self.coarse = coarse
