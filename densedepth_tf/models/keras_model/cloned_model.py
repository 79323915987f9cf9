"""What `keras.models.clone_model` needs to give a model of the same class."""

import functools
import inspect
import threading
from collections.abc import Callable
from typing import Any

import keras
from typing_extensions import override

_walked = threading.local()


class ClonedModel(keras.Model):
    """A functional model that `keras.models.clone_model` clones as what it is.

    Keras keeps the class of a clone only where a constructor takes `(*args, **kwargs)`, which it
    then calls with the clone's tensors; of any other class it makes a plain model, which has no
    `predict_depth`. So constructors of subclasses take whatever comes, and a call with tensors
    alone asks for a clone of the model whose graph Keras has just walked through. Its layers'
    weights are new, as in every clone. A clone with other layers (`clone_function`) is not what
    its constructor builds: it stays a plain model.
    """

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        if "__init__" in cls.__dict__:
            of_self = inspect.signature(cls.__init__)
            arguments = list(of_self.parameters.values())[1:]
            cls.__signature__ = of_self.replace(parameters=arguments)  # For `help`.
            # What Keras looks at is the class.
            cls.__init__ = _unless_cloned(cls.__init__)  # type: ignore[method-assign]

    def __new__(cls, *args: Any, **kwargs: Any) -> keras.Model:  # noqa: D102
        if not _asks_for_clone(args, kwargs):
            return super().__new__(cls, *args, **kwargs)
        plain = keras.Model(*args, **kwargs)
        original = _walked.model
        if type(original) is not cls or _layers(plain) != _layers(original):
            return plain
        return cls.from_config(original.get_config())

    @override
    def _run_through_graph(self, *args: Any, **kwargs: Any) -> object:
        result = super()._run_through_graph(*args, **kwargs)
        _walked.model = self  # Now, after the models in this one.
        return result


def _unless_cloned(constructor: Callable[..., None]) -> Callable[..., None]:
    """A constructor that leaves alone what `__new__` has made."""

    @functools.wraps(constructor)
    def construct(self: keras.Model, *args: Any, **kwargs: Any) -> None:
        if not _asks_for_clone(args, kwargs):
            constructor(self, *args, **kwargs)

    del construct.__wrapped__  # Keras compares what it sees of the arguments in two ways.
    return construct


def _asks_for_clone(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    tensors = [isinstance(tensor, keras.KerasTensor) for tensor in keras.tree.flatten(args)]
    return len(args) == 2 and kwargs.keys() == {"name"} and all(tensors)


def _layers(model: keras.Model) -> dict[str, Any]:
    """What is behind the output, by name."""
    return {layer.name: layer.get_config() for layer in model.layers}
