"""RebuiltModel: a functional model that its constructor rebuilds, with what users set on layers."""

import os
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

import keras
from typing_extensions import override

from densedepth_tf.models.keras_model.cloned_model import ClonedModel
from densedepth_tf.models.keras_model.first_mistakes import check_channels_last

FROZEN, DTYPE, LAYER_DTYPES = "frozen", "dtype", "layer_dtypes"
STATE = (FROZEN, DTYPE, LAYER_DTYPES)
USUAL_DTYPE = "float32"
# The last words of Keras' error where nobody has imported the package before loading a file.
HINT = {"needs": "import densedepth_tf"}


class RebuiltModel(ClonedModel):
    """What of a model is in its configuration: the constructor's arguments, and layers' state.

    A plain functional model saves all layers one by one. These save how they were made, and what
    was changed afterwards: which layers are frozen (`trainable`) and what they compute in
    (`dtype_policy`). So a file goes on training as the model would have, and a model nested in
    another one, too. Nothing is added where nothing was changed in a float32 model.

    Subclasses give their constructor's arguments.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Makes the instance, if Keras' global data format is one that the networks know."""
        check_channels_last()  # Before the first layer is made.
        return super().__new__(cls, *args, **kwargs)

    def constructor_arguments(self) -> dict[str, Any]:
        """What the class is called with to build the same network; plain values."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it was made.")

    @override
    def get_config(self) -> dict[str, Any]:
        return {**self.constructor_arguments(), **layer_state(self)}

    @override
    def save(self, filepath: str | os.PathLike, *args: Any, **kwargs: Any) -> None:
        """Keras' own. An `.h5` file gets no optimizer and no loss: Keras would lose their state."""
        is_h5 = os.fspath(filepath).endswith((".h5", ".hdf5"))
        if is_h5 and self.compiled and "include_optimizer" not in kwargs:
            warnings.warn(
                "An .h5 file keeps weights and frozen layers, but no optimizer and no loss: save "
                f"as .keras to go on training. Received: '{filepath}'",
                stacklevel=2,
            )
            kwargs["include_optimizer"] = False
        super().save(filepath, *args, **kwargs)

    @override
    def get_build_config(self) -> dict[str, Any]:
        """Says in every file what to import; the constructor has built all there is to build."""
        return dict(HINT)

    @classmethod
    @override
    def from_config(
        cls, config: dict[str, Any], custom_objects: Mapping[str, object] | None = None
    ) -> Self:
        state = {name: config[name] for name in STATE if name in config}
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(state.get(DTYPE, USUAL_DTYPE))
        try:
            model = cls(**{name: value for name, value in config.items() if name not in STATE})
        finally:
            keras.config.set_dtype_policy(before)
        _set_dtypes(model, state)
        freeze(model, state.get(FROZEN, ()))
        return model


def layer_state(model: keras.Model) -> dict[str, Any]:
    """What `RebuiltModel.from_config` restores beside the constructor's arguments."""
    state: dict[str, Any] = {}
    if frozen := [name for name, layer in _parts(model) if not layer.trainable]:
        state[FROZEN] = frozen
    if model.dtype_policy.name != USUAL_DTYPE:
        state[DTYPE] = model.dtype_policy.name
    usual = model.dtype_policy.name
    others = {
        name: layer.dtype_policy.name
        for name, layer in _parts(model)
        if layer.dtype_policy.name != usual and not isinstance(layer, keras.layers.InputLayer)
    }
    if others:
        state[LAYER_DTYPES] = others
    return state


def freeze(model: keras.Model, names: Iterable[str]) -> None:
    """Freezes the layers of these names (`layer_state`'s), and makes all others trainable."""
    frozen = set(names)
    if not frozen and all(layer.trainable for _, layer in _parts(model)):
        return
    for name, layer in _parts(model):  # What holds others comes first: it sets them, too.
        layer.trainable = name not in frozen


def _set_dtypes(model: keras.Model, state: dict[str, Any]) -> None:
    usual, others = state.get(DTYPE, USUAL_DTYPE), state.get(LAYER_DTYPES, {})
    for name, layer in _parts(model):
        wanted = others.get(name, usual)
        is_input = isinstance(layer, keras.layers.InputLayer)
        if not is_input and layer.dtype_policy.name != wanted:
            layer.dtype_policy = wanted


def _parts(model: keras.Model) -> Iterator[tuple[str, keras.layers.Layer]]:
    """The model and all layers in it, each once, what holds others before them; "" is itself.

    Names are told apart by numbers: a model inside may have layers of the same name.
    """
    seen = set()
    namesakes: Counter[str] = Counter()
    for layer in model._flatten_layers(include_self=True):
        if id(layer) not in seen:
            seen.add(id(layer))
            name = "" if layer is model else layer.name
            namesakes[name] += 1
            yield (f"{name}#{namesakes[name]}" if namesakes[name] > 1 else name), layer
