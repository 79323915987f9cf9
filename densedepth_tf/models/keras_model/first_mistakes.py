"""First mistakes with `fit`, `evaluate` and `predict`, told in a sentence before TensorFlow does.

Shapes are looked at while a step is traced, values of arrays before it; `watched_data` has those
of data sets.
"""

import os
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from densedepth_tf.geometry.images import channels_first

SAMPLES_LOOKED_AT = 64
TOLERANCE = 1e-3
# Targets in metres are out of the target's range somewhere; what was interpolated may be, too.
MOST_OUTSIDE = 0.001


class FirstMistake(ValueError):
    """A mistake in a sentence, which stays one where Keras adds what layers were called with."""

    _keras_call_info_injected = True  # How Keras knows that it has done so.


def check_input_shape(model: keras.Model, inputs: object) -> None:
    """Checks what a network is called with, as far as its shape and dtype are known.

    Raises:
        FirstMistake: If it is no batch of RGB images, or of a size that the network cannot take.
    """
    if isinstance(inputs, str | os.PathLike):
        raise FirstMistake(
            "The network takes batches of RGB images, (N, H, W, 3); predict_depth takes paths. "
            f"Received: '{inputs}'"
        )
    if isinstance(inputs, list | tuple) and len(inputs) > 1:
        raise FirstMistake(
            "The network takes batches of RGB images, (N, H, W, 3): pass np.stack(images), or call "
            f"predict_depth, which takes lists. Received: a list of {len(inputs)}"
        )
    shape = _shape(inputs)
    if shape is None:
        return
    if len(shape) != 4 or shape[-1] not in (3, None):
        raise FirstMistake(
            "The network takes batches of RGB images, (N, H, W, 3); of one image pass image[None], "
            f"or call predict_depth.{channels_first(shape)} Received: shape {shape}"
        )
    dtype = keras.backend.standardize_dtype(keras.tree.flatten(inputs)[0].dtype)
    if dtype != "uint8" and not keras.backend.is_float_dtype(dtype):
        raise FirstMistake(
            f"Images are uint8 in 0..255 or float in [0, 1]. Received: dtype {dtype}"
        )
    if None not in shape[1:3]:
        try:
            model.check_input_size(*shape[1:3])
        except ValueError as error:
            raise FirstMistake(str(error)) from None


def check_target_shape(targets: object, outputs: object) -> None:
    """Checks targets against the network's outputs, as far as their shapes are known.

    Raises:
        FirstMistake: If they do not belong together.
    """
    shape, wanted = _shape(targets), _shape(outputs)
    if shape is None or wanted is None or len(wanted) != 4:
        return
    height, width = wanted[1:3]
    if len(shape) == 3:
        raise FirstMistake(
            f"Targets have a channel axis, (N, {height}, {width}, 1): pass targets[..., None]. "
            f"Received: shape {shape}"
        )
    if len(shape) != 4 or _differ(shape[1:], wanted[1:]):
        raise FirstMistake(
            f"Targets have the size of the network's output, (N, {height}, {width}, 1), which is "
            "model.target_size(image_size): resize the depth to it, then take model.to_target. "
            f"Received: shape {shape}"
        )


def weighs_pixels(weights: object) -> bool:
    """Whether a `sample_weight` has more than one number for an image."""
    shape = _shape(weights)
    return shape is not None and any(side != 1 for side in shape[1:])


def check_pixel_weights(weights: object, values: object, of_pixels: bool = True) -> None:
    """Checks weights of pixels against what they weigh.

    Args:
        weights: `sample_weight`.
        values: Targets, or what a loss makes of them; `(N, H, W)` or with a channel axis.
        of_pixels: Whether there are values of pixels at all.

    Raises:
        FirstMistake: If there are none, or others.
    """
    shape, wanted = _shape(weights), _shape(values)
    if not of_pixels:
        raise FirstMistake(
            "This loss has one number for an image, so that sample_weight cannot weigh pixels: set "
            "targets to 0 where they do not count, if it leaves those out, or let it return "
            f"(N, H, W). Received: sample_weight of shape {shape}"
        )
    if shape is not None and wanted is not None and _differ(shape[1:3], wanted[1:3]):
        raise FirstMistake(
            "A sample_weight is one number for each image, (N,), or a mask of the targets' pixels, "
            f"{(*wanted[:3],)}. Received: shape {shape}"
        )


def check_values(model: keras.Model, images: object, targets: object = None) -> None:
    """Checks the values of arrays, of some samples where there are many; anything else passes.

    Raises:
        FirstMistake: If float images are not in [0, 1], or targets not in the target space.
    """
    some = _some(images)
    if some is not None and some.dtype.kind == "f" and some.size:
        low, high = float(np.nanmin(some)), float(np.nanmax(some))
        if low < -TOLERANCE or high > 1 + TOLERANCE:
            raise FirstMistake(
                "Float images are in [0, 1]; divide by 255 or pass uint8. "
                f"Received: values from {low:.4g} to {high:.4g}"
            )
    some = _some(targets)
    if some is None or some.dtype.kind not in "fiu":
        return
    # A loss may give negative ones a meaning of their own.
    known = some[np.isfinite(some) & (some > 0)]
    least, most = model.codec.target_range
    outside = (known < least - TOLERANCE) | (known > most * (1 + TOLERANCE))
    if known.size and outside.mean() > MOST_OUTSIDE:
        raise FirstMistake(
            f"Targets lie in {least:g}..{most:g}, 0 = missing; model.to_target makes them of "
            f"metres. Received: values from {known.min():.4g} to {known.max():.4g}"
        )


def check_mask(weights: object) -> None:
    """Checks that arrays of a loss that can only leave pixels out weigh them by nothing else.

    Raises:
        FirstMistake: If weights of pixels are others than 0 and 1.
    """
    some = _some(weights)
    if some is not None and weighs_pixels(some) and not np.isin(some, (0, 1)).all():
        raise FirstMistake(
            "With this loss, a sample_weight for each pixel is a mask of 0 and 1. "
            f"Received: values from {some.min():g} to {some.max():g}"
        )


def _differ(shape: Sequence[int | None], wanted: Sequence[int | None]) -> bool:
    """Whether sides that are known are others."""
    pairs = zip(shape, wanted, strict=False)
    return any(None not in pair and pair[0] != pair[1] for pair in pairs)


def _shape(value: object) -> tuple[int | None, ...] | None:
    """The static shape of one tensor or array; None if it is none, or several."""
    leaves = keras.tree.flatten(value)
    if len(leaves) != 1 or getattr(leaves[0], "shape", None) is None:
        return None
    try:
        return tuple(None if side is None else int(side) for side in leaves[0].shape)
    except (TypeError, ValueError):  # TensorFlow knows not even how many sides there are.
        return None


def _some(value: Any) -> np.ndarray | None:  # noqa: ANN401 - whatever Keras takes
    """Some samples of an array or a tensor that has values already."""
    if isinstance(value, keras.KerasTensor) or not (
        isinstance(value, np.ndarray) or keras.ops.is_tensor(value)
    ):
        return None
    if len(value.shape) == 0:
        return None
    try:
        some = value[:: max(1, len(value) // SAMPLES_LOOKED_AT)]
        return np.asarray(keras.ops.convert_to_numpy(some))
    except (TypeError, ValueError, AttributeError, NotImplementedError):  # Of a graph.
        return None


def check_channels_last() -> None:
    """Checks Keras' global data format, which layers take where they are not told another one.

    Raises:
        ValueError: If it is "channels_first".
    """
    if keras.config.image_data_format() != "channels_last":
        raise ValueError(
            "These networks have their channels last: call "
            'keras.config.set_image_data_format("channels_last") before building or loading one. '
            f"Received: image_data_format='{keras.config.image_data_format()}'"
        )
