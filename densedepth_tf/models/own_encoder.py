"""An encoder of one's own, handed over as a Keras model."""

import json
from collections.abc import Sequence
from typing import Any

import keras

from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.encoders import PROBE, REDUCTIONS

ENCODER_LAYER = "encoder"
_NEEDED = f"1/{', 1/'.join(str(reduction) for reduction in reversed(REDUCTIONS))}"


def own_encoder_maps(
    encoder: keras.Model, taps: Sequence[str] | None, image: Tensor
) -> tuple[Tensor, list[Tensor]]:
    """Runs an encoder of one's own, whose layers and weights are shared, as one layer.

    Args:
        encoder: A functional or Sequential model of RGB images `(N, H, W, 3)` in [0, 1], of any
            size.
        taps: Names of its layers at 1/2, 1/4, 1/8 and 1/16 of the image's size, in any order, and
            at 1/32 unless that is its output; None if it has these five outputs.
        image: Keras tensor `(N, H, W, 3)`.

    Returns:
        The map at 1/32 of the size and the four others, coarse to fine.

    Raises:
        ValueError: If it takes something else, has no such layers, or they are of other sizes.
    """
    try:
        inputs = encoder.inputs
    except (AttributeError, ValueError) as error:  # A subclassed model, or one without a size.
        raise ValueError(
            "`encoder` is a name or a keras.Model whose layers are known, functional or Sequential "
            f"with an Input. Received: {type(encoder).__name__}"
        ) from error
    shapes = [tuple(tensor.shape) for tensor in inputs]
    if shapes != [(None, None, None, 3)]:
        raise ValueError(
            "`encoder` takes RGB images of any size, (None, None, None, 3): build it with "
            f"input_shape=(None, None, 3). Received: {', '.join(map(str, shapes))}"
        )
    outputs = _outputs(encoder, taps)
    part = keras.Model(inputs[0], list(outputs.values()), name=ENCODER_LAYER)
    shapes = part.compute_output_shape((1, PROBE, PROBE, 3))
    by_size: dict[int, int] = {}
    for place, shape in enumerate(shapes):
        if len(shape) == 4 and shape[1] == shape[2] and PROBE % shape[1] == 0:
            by_size[PROBE // shape[1]] = place
    if sorted(by_size, reverse=True) != list(REDUCTIONS) or len(shapes) != len(REDUCTIONS):
        received = ", ".join(
            f"'{name}' {shape[1:]}" for name, shape in zip(outputs, shapes, strict=True)
        )
        raise ValueError(
            f"`taps` name layers at {_NEEDED} of the image's size; the last may be the encoder's "
            f"output. Received, of {PROBE}x{PROBE}: {received}"
        )
    maps = part(image)
    coarsest, *others = (maps[by_size[reduction]] for reduction in REDUCTIONS)
    return coarsest, others


def own_encoder_config(encoder: keras.Model) -> dict[str, Any]:
    """What `keras.saving.deserialize_keras_object` makes the encoder of, as a file holds it."""
    # Keras has tuples where files have lists: a configuration equals the one that is read again.
    config: dict[str, Any] = json.loads(json.dumps(keras.saving.serialize_keras_object(encoder)))
    return config


def _outputs(encoder: keras.Model, taps: Sequence[str] | None) -> dict[str, Tensor]:
    """The tensors that the decoder may be built on, by the names of their layers."""
    if taps is None:
        if len(encoder.outputs) != len(REDUCTIONS):
            raise ValueError(
                f"`taps` name the layers of `encoder` at {_NEEDED} of the image's size. "
                "Received: None"
            )
        return {f"output {place}": tensor for place, tensor in enumerate(encoder.outputs)}
    names = [layer.name for layer in encoder.layers]
    if isinstance(taps, str) or not all(tap in names for tap in taps):
        unknown = taps if isinstance(taps, str) else [tap for tap in taps if tap not in names]
        raise ValueError(
            f"`taps` are names of the encoder's layers: {', '.join(names[:10])}"
            f"{', ...' if len(names) > 10 else ''}. Received: {unknown!r}"
        )
    outputs = {tap: encoder.get_layer(tap).output for tap in taps}
    if len(outputs) == len(REDUCTIONS) - 1:
        outputs[f"{encoder.name}'s output"] = encoder.outputs[0]
    return outputs
