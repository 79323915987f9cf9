"""First mistakes with `fit`, `evaluate` and `predict`, told in a sentence before TensorFlow does.

Shapes are looked at while a step is traced, values only of arrays: a data set's are not there yet.
"""

import keras
import numpy as np

from densedepth_tf.geometry.images import channels_first

SAMPLES_LOOKED_AT = 64
TOLERANCE = 1e-3
# Targets in metres are out of the target's range somewhere; what was interpolated may be, too.
MOST_OUTSIDE = 0.001


def check_input_shape(model: keras.Model, inputs: object) -> None:
    """Checks what a network is called with, as far as its shape is known.

    Raises:
        ValueError: If it is no batch of RGB images, or of a size that the network cannot take.
    """
    shape = _shape(inputs)
    if shape is None:
        return
    if len(shape) != 4 or shape[-1] not in (3, None):
        raise ValueError(
            "The network takes batches of RGB images, (N, H, W, 3); of one image pass image[None], "
            f"or call predict_depth.{channels_first(shape)} Received: shape {shape}"
        )
    if None not in shape[1:3]:
        model.check_input_size(*shape[1:3])


def check_target_shape(targets: object, outputs: object, weights: object) -> None:
    """Checks targets against the network's outputs, as far as their shapes are known.

    Raises:
        ValueError: If they do not belong together, or weights are not one for each sample.
    """
    shape, wanted = _shape(targets), _shape(outputs)
    if shape is None or wanted is None:
        return
    height, width = wanted[1:3]
    if len(shape) == 3:
        raise ValueError(
            f"Targets have a channel axis, (N, {height}, {width}, 1): pass targets[..., None]. "
            f"Received: shape {shape}"
        )
    pairs = zip(shape[1:], wanted[1:], strict=False)
    if len(shape) != 4 or any(None not in pair and pair[0] != pair[1] for pair in pairs):
        raise ValueError(
            f"Targets have the size of the network's output, (N, {height}, {width}, 1), which is "
            "model.target_size(image_size): resize the depth to it, then take model.to_target. "
            f"Received: shape {shape}"
        )
    weight_shape = _shape(weights)
    if weight_shape is not None and any(side != 1 for side in weight_shape[1:]):
        raise ValueError(
            "sample_weight is one number for each sample; for a mask of pixels set targets to 0 "
            f"where they do not count. Received: shape {weight_shape}"
        )


def check_values(model: keras.Model, images: object, targets: object = None) -> None:
    """Checks the values of arrays, of some samples where there are many; anything else passes.

    Raises:
        ValueError: If float images are not in [0, 1], or targets not in the target space.
    """
    some = _some(images)
    if some is not None and some.dtype.kind == "f" and some.size:
        low, high = float(np.nanmin(some)), float(np.nanmax(some))
        if low < -TOLERANCE or high > 1 + TOLERANCE:
            raise ValueError(
                "Float images are in [0, 1]; divide by 255 or pass uint8. "
                f"Received: values from {low:.4g} to {high:.4g}"
            )
    some = _some(targets)
    if some is None or some.dtype.kind not in "fiu":
        return
    known = some[np.isfinite(some) & (some != 0)]
    least, most = model.codec.target_range
    outside = (known < least - TOLERANCE) | (known > most * (1 + TOLERANCE))
    if known.size and outside.mean() > MOST_OUTSIDE:
        raise ValueError(
            f"Targets lie in {least:g}..{most:g}, 0 = missing; model.to_target makes them of "
            f"metres. Received: values from {known.min():.4g} to {known.max():.4g}"
        )


def masked(targets: object, weights: object) -> tuple[object, object]:
    """A mask per pixel given as `sample_weight` becomes missing targets, which losses leave out.

    Returns:
        Targets and `sample_weight`, unchanged where the weights are none for each pixel.

    Raises:
        ValueError: If pixels have weights other than 0 and 1, or the shapes differ.
    """
    if not isinstance(targets, np.ndarray) or not isinstance(weights, np.ndarray):
        return targets, weights
    if targets.ndim != 4 or weights.ndim not in (3, 4):
        return targets, weights
    mask = weights[..., None] if weights.ndim == 3 else weights
    if mask.shape != targets.shape or not np.isin(mask, (0, 1)).all():
        raise ValueError(
            f"A sample_weight for each pixel is a mask of 0 and 1 of the targets' shape "
            f"{targets.shape}. Received: shape {weights.shape}, values from {weights.min():g} to "
            f"{weights.max():g}"
        )
    return np.where(mask != 0, targets, 0), None


def _shape(value: object) -> tuple[int | None, ...] | None:
    """The static shape of one tensor or array; None if it is none, or several."""
    leaves = keras.tree.flatten(value)
    if len(leaves) != 1 or getattr(leaves[0], "shape", None) is None:
        return None
    try:
        return tuple(None if side is None else int(side) for side in leaves[0].shape)
    except (TypeError, ValueError):  # TensorFlow knows not even how many sides there are.
        return None


def _some(value: object) -> np.ndarray | None:
    if not isinstance(value, np.ndarray) or value.ndim == 0:
        return None
    return value[:: max(1, len(value) // SAMPLES_LOOKED_AT)]


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
