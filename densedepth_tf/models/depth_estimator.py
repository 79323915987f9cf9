"""DepthEstimator: what every depth model of the package promises."""

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops
from typing_extensions import override

from densedepth_tf.geometry.cameras.lens import check_focal_length
from densedepth_tf.geometry.depth_model import class_and_range, weights_digest
from densedepth_tf.geometry.depth_of_images import DepthOfImages
from densedepth_tf.geometry.finite import check_finite_depth
from densedepth_tf.geometry.region import WHOLE_IMAGE, Region
from densedepth_tf.geometry.resizing.resize import resize_bilinear, resize_maps, working_size
from densedepth_tf.geometry.resizing.resize_by_matmul import resize_by_matmul
from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.depth_metric import depth_metrics
from densedepth_tf.models.image_range import bytes_as_float, cast_bytes_as_float
from densedepth_tf.models.keras_model.preset_model import PresetModel
from densedepth_tf.models.target_codec import TargetCodec


class DepthEstimator(DepthOfImages, PresetModel):
    """A functional Keras model whose raw output is the training target, plus a codec to metres.

    `fit`, `predict` and `train_on_batch` work in target space, `predict_depth` takes images of any
    size and returns metres. All take RGB as uint8 in 0..255 or as floats in [0, 1]; a model made of
    its layers, as `keras.Model(model.input, ...)`, takes floats.

    Args:
        inputs: Keras input `(None, H, W, 3)`, float32 RGB in [0, 1].
        outputs: Keras tensor `(None, h, w, 1)`, the training target.
        codec: Translates between metres and the target.
        image_size: `(height, width)` of the training images, or None if any size suits.
        name: Name of the model.
        focal_length: Of the camera of the training images, in widths of these images; None if not
            known.

    Attributes:
        smallest_side: Least height and width, a multiple of 32, at which the network works.
        side_multiple: What heights and widths must be multiples of.
        fixed_size: `(height, width)` of the only images that the network sees; None for any.
        resampling: The filter that brings images to the network's size, "bilinear" (which widens
            when it shrinks) or "lanczos".
        view: The part of an image that is predicted, not repeated: all of it.
    """

    smallest_side = 32
    side_multiple = 1
    fixed_size: tuple[int, int] | None = None
    resampling = "bilinear"
    view = WHOLE_IMAGE
    focal_length: float | None = None

    def __init__(
        self,
        inputs: Tensor,
        outputs: Tensor,
        codec: TargetCodec,
        image_size: tuple[int, int] | None = None,
        name: str | None = None,
        focal_length: float | None = None,
    ):
        focal_length = check_focal_length(focal_length)
        super().__init__(inputs=inputs, outputs=outputs, name=name)
        self.codec = codec
        self.focal_length = focal_length
        self.image_size: tuple[int, int] | None = None
        if image_size is not None:
            height, width = image_size
            self.image_size = int(height), int(width)
        self._compiled_depth_function: Callable[[np.ndarray], Tensor] | None = None

    def call(
        self, inputs: Tensor, training: bool | None = None, mask: Tensor = None, **kwargs: Any
    ) -> Tensor:
        """The functional model's own, after bytes have become floats in [0, 1]."""
        # Keras passes `training` on only to a `call` that names it.
        # In another model, Keras casts them to that one's floats before they come here.
        understood = bytes_as_float if not self._inbound_nodes else cast_bytes_as_float
        inputs = keras.tree.map_structure(understood, inputs)
        return super().call(inputs, training=training, mask=mask, **kwargs)

    def check_input_size(self, height: int, width: int) -> None:
        """Raises ValueError for images of a size that the network cannot take."""
        step = self.side_multiple
        if height % step or width % step or min(height, width) < self.smallest_side * (step > 1):
            raise ValueError(
                f"The network takes images whose sides are multiples of {step}, at least "
                f"{self.smallest_side}; predict_depth takes any size. "
                f"Received: {height}x{width} (height x width)"
            )

    @functools.cached_property
    def backbone(self) -> keras.Model:
        """The encoder as a Keras model: image `(N, H, W, 3)` to its feature maps, fine to coarse.

        Its layers and weights are this model's own: `model.backbone.trainable = False` freezes
        them here, too (compile again after it, as ever in Keras). It takes floats in [0, 1].
        """
        # Cached beside Keras' attributes, or it would be tracked and saved a second time.
        model = keras.Model(self.input, self.feature_maps(), name=f"{self.name}_backbone")
        model._trainable = any(layer.trainable for layer in model.layers if layer.weights)
        return model

    def feature_maps(self) -> list[keras.KerasTensor]:
        """The encoder's maps that the decoder is built on, fine to coarse."""
        raise AttributeError(f"A {type(self).__name__} does not say where its encoder ends.")

    def with_max_depth(self, max_depth: float) -> "DepthEstimator":
        """A copy that predicts the same metres in a longer or shorter range.

        Raises:
            ValueError: If this family's output cannot be kept for another range.
        """
        raise ValueError(
            f"A {type(self).__name__} keeps the range that it was trained with. "
            f"Received: max_depth={max_depth}"
        )

    def published_optimizer(self) -> keras.optimizers.Optimizer:
        """The optimizer that `compile()` takes: as published, without a schedule."""
        raise ValueError(f"A {type(self).__name__} has no published optimizer: pass `optimizer`.")

    def published_loss(self) -> keras.losses.Loss:
        """The loss that `compile()` takes, for this model's range of depth."""
        raise ValueError(f"A {type(self).__name__} has no published loss on depth: pass `loss`.")

    def default_metrics(self) -> list[keras.metrics.Metric]:
        """The metrics that `compile()` takes: delta1, abs_rel and rmse, in metres."""
        return depth_metrics(self.codec)

    @property
    def min_depth(self) -> float:
        """Smallest depth in metres."""
        return self.codec.min_depth

    @property
    def max_depth(self) -> float:
        """Largest depth in metres."""
        return self.codec.max_depth

    @property
    def num_parameters(self) -> int:
        """How many weights the network has."""
        return int(self.count_params())

    def check_size(self, size: tuple[int, int]) -> None:
        """Checks that `predict_depth` takes images of `(height, width)`: it takes any."""

    def identity(self) -> str:
        """Tells models apart that predict differently, by class, range and weights."""
        known = class_and_range(self, self.min_depth, self.max_depth)
        return f"{known} {weights_digest(self.weights)}"

    @property
    def depth_unit(self) -> str | None:
        """`"m"`, or None where depth is known up to a factor only."""
        return "m"

    def target_size(self, image_size: tuple[int, int]) -> tuple[int, int]:
        """Size of the network's output, and so of its target, for an image size."""
        shape = self.compute_output_shape((None, *image_size, 3))
        return int(shape[1]), int(shape[2])

    @property
    def target_region(self) -> Region:
        """The part of the image that output and target cover."""
        return WHOLE_IMAGE

    def network_size(self, height: int | Tensor, width: int | Tensor) -> list[int] | Tensor:
        """`[height, width]` at which the network sees an image, see `working_size`."""
        return working_size(height, width, self.image_size, self.smallest_side)

    def to_image_size(self, depth: Tensor, size: tuple[int, int] | Tensor) -> Tensor:
        """Depth `(N, h, w, 1)` of the output's size to the image's `(height, width)`."""
        if keras.backend.backend() == "tensorflow":
            return resize_bilinear(depth, size)
        return ops.image.resize(depth, size, data_format="channels_last")

    def to_target(self, depth: Tensor) -> Tensor:
        """Depth `(..., 1)` in metres, 0 = missing, to the training target, 0 = missing."""
        return self.codec.to_target(depth)

    def to_depth(self, output: Tensor) -> Tensor:
        """Raw network output to float32 metres within `min_depth..max_depth`."""
        return self.codec.to_depth(output)

    def rescaled(self, factor: float) -> "DepthEstimator":
        """A copy whose every depth, and so its range, is `factor` times this one's.

        Raises:
            ValueError: If the factor is not above 0, or the codec's depth does not grow with its
                range.
        """
        if not 0 < factor < float("inf"):
            raise ValueError(f"A depth factor is above 0. Received: {factor}")
        if not self.codec.scales_with_range:
            raise ValueError(
                f"The depth of a {type(self).__name__} does not grow with its range: there is no "
                "rescaled copy of it."
            )
        config = self.get_config()
        for limit in ("min_depth", "max_depth"):
            config[limit] *= factor
        copy = type(self).from_config(config)
        copy.set_weights(self.get_weights())
        return copy

    def depth_function(self, images: Tensor, portable: bool = False) -> Tensor:
        """The whole way from images to metres as TensorFlow operations, for `tf.function`.

        Args:
            images: Tensor `(N, H, W, 3)`, RGB, uint8 or float in [0, 1]; all sizes may be
                unknown when the graph is built.
            portable: Use only operations that every exported format has.

        Returns:
            float32 tensor `(N, H, W, 1)`, metres at the images' own size. The network sees the
            images at `network_size`.
        """
        import tensorflow as tf

        depth = self._depth_of(images, portable)
        return tf.ensure_shape(depth, (*images.shape[:3], 1))

    def _depth_of(self, images: Tensor, portable: bool) -> Tensor:
        """`depth_function`, whatever the shape's unknown sides."""
        return self.to_image_size(self._output_depth(images, portable), image_sides(images))

    def _output_depth(self, images: Tensor, portable: bool = False) -> Tensor:
        """`depth_function` up to metres at the size of the network's output."""
        import tensorflow as tf

        scale = 1 / 255 if images.dtype == tf.uint8 else 1.0
        size = image_sides(images)
        network_size = self.network_size(size[0], size[1])
        if portable:
            resized = resize_by_matmul(images, network_size) * scale
            return self.to_depth(self(resized, training=False))
        resized = resize_bilinear(images, network_size, antialias=True) * scale
        return self._depth_or_nan(self(resized, training=False))

    def _depth_or_nan(self, output: Tensor) -> Tensor:
        """`to_depth`, whose clipping would take an output that is no number into the range."""
        return ops.where(ops.isfinite(output), self.to_depth(output), np.float32(np.nan))

    @override
    def _predict_array(self, images: np.ndarray, batch_size: int) -> np.ndarray:
        predict = self._predict_on_tensorflow
        if keras.backend.backend() != "tensorflow":
            predict = self._predict_on_other_backends
        parts = [
            predict(images[start : start + batch_size])
            for start in range(0, len(images), batch_size)
        ]
        depth = np.concatenate(parts) if parts else np.zeros((*images.shape[:3], 1), np.float32)
        check_finite_depth(depth, self.name)
        return depth

    def _predict_on_tensorflow(self, images: np.ndarray) -> np.ndarray:
        """One `tf.function` per model, traced once per dtype whatever the image sizes."""
        # The last resize is done on arrays, unless a model has a way of its own.
        resizes = type(self).to_image_size is DepthEstimator.to_image_size
        if self._compiled_depth_function is None:
            import tensorflow as tf

            # Without autograph, which rewrites Python's branches on tensors: there are none, and
            # reading the source of all that is called takes a quarter of the first call.
            self._compiled_depth_function = tf.function(
                self._output_depth if resizes else self.depth_function,
                reduce_retracing=True,
                autograph=False,
            )
        depth = self._compiled_depth_function(images).numpy()
        return resize_maps(depth, images.shape[1:3]) if resizes else depth

    def _predict_on_other_backends(self, images: np.ndarray) -> np.ndarray:
        """`depth_function` in `keras.ops`; Keras compiles the network once per size."""
        size = images.shape[1:3]
        scale = 1 / 255 if images.dtype == np.uint8 else 1.0
        resized = ops.image.resize(
            ops.cast(images, "float32"),
            self.network_size(*size),
            antialias=True,
            data_format="channels_last",
        )
        depth = self._depth_or_nan(self.predict_on_batch(resized * scale))
        return ops.convert_to_numpy(self.to_image_size(depth, size))


def image_sides(images: Tensor) -> list[int] | Tensor:
    """`[height, width]` of images: integers where the graph knows them, else a tensor."""
    import tensorflow as tf

    known = images.shape[1:3]
    return tf.shape(images)[1:3] if None in known else list(known)
