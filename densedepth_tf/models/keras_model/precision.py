"""Building models under a dtype policy, whatever the caller's global policy is."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any, ParamSpec

import keras

from densedepth_tf.models.keras_model.rebuilt_model import STATE

Arguments = ParamSpec("Arguments")


@contextlib.contextmanager
def dtype_policy(name: str | keras.DTypePolicy) -> Iterator[None]:
    """Layers built inside compute in `name`, e.g. `"float32"` or `"mixed_float16"`."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def in_dtype(constructor: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Lets a constructor take `dtype`, the policy of all layers that it makes; None: the global."""

    @functools.wraps(constructor)
    def construct(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        wanted: Any = kwargs.get("dtype")
        if wanted is None:
            return constructor(*args, **kwargs)
        with dtype_policy(wanted):
            return constructor(*args, **kwargs)

    return construct


def in_float32(model: keras.Model) -> keras.Model:
    """The same model with every layer in float32 and trainable, without its optimiser.

    Exported files and saved models must not carry half precision: their readers lack it.
    """
    config = {name: value for name, value in model.get_config().items() if name not in STATE}
    with dtype_policy("float32"):
        copy = type(model).from_config(config)
    copy.set_weights(model.get_weights())
    return copy
