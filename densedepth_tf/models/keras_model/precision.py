"""Building models under a dtype policy, whatever the caller's global policy is."""

import contextlib
from collections.abc import Iterator

import keras

from densedepth_tf.models.keras_model.rebuilt_model import STATE


@contextlib.contextmanager
def dtype_policy(name: str) -> Iterator[None]:
    """Layers built inside compute in `name`, e.g. `"float32"` or `"mixed_float16"`."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def in_float32(model: keras.Model) -> keras.Model:
    """The same model with every layer in float32 and trainable, without its optimiser.

    Exported files and saved models must not carry half precision: their readers lack it.
    """
    config = {name: value for name, value in model.get_config().items() if name not in STATE}
    with dtype_policy("float32"):
        copy = type(model).from_config(config)
    copy.set_weights(model.get_weights())
    return copy
