"""Makes `import densedepth_tf` enough for `keras.models.load_model`, without importing Keras.

Keras finds saved classes only once their modules have been imported. Importing them here would
put seconds in front of the help of every command. Instead, Keras is given a stand-in for each as
soon as it is imported; a stand-in imports its class when a file holds one.

Which classes are saved, each room of `ROOMS` says of its own, by class and module:
`SAVED_MODELS`, which `.h5` files name without the package, and `SAVED_PARTS`.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import pkgutil
import sys
from types import ModuleType
from typing import Any

ROOMS = ("densedepth_tf.models", "densedepth_tf.training")
_PACKAGE = "densedepth_tf"


def register_with_keras() -> None:
    """Gives Keras the stand-ins now if it is loaded, else when it will be."""
    if "keras" in sys.modules:
        _register()
    elif not any(isinstance(finder, _KerasFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _KerasFinder())


def saved_classes(kind: str) -> dict[str, str]:
    """Classes and the modules that define them.

    Args:
        kind: "SAVED_MODELS" or "SAVED_PARTS".
    """
    found: dict[str, str] = {}
    for name in ROOMS:
        floor = importlib.import_module(name)
        inner = [each.name for each in pkgutil.iter_modules(floor.__path__) if each.ispkg]
        for room in (floor, *(importlib.import_module(f"{name}.{each}") for each in inner)):
            modules = vars(room).get(kind, {})
            found |= {saved: f"{room.__name__}.{module}" for saved, module in modules.items()}
    return found


class _StandIn:
    """A class that is imported when Keras makes something of it, as a file says."""

    def __init__(self, module: str, name: str):
        self._module, self._name = module, name

    def from_config(self, config: dict[str, Any]) -> object:
        return vars(importlib.import_module(self._module))[self._name].from_config(config)


def _register() -> None:
    import keras

    known = keras.saving.get_custom_objects()
    models = saved_classes("SAVED_MODELS")
    for name, module in (models | saved_classes("SAVED_PARTS")).items():
        stand_in = _StandIn(module, name)
        known.setdefault(f"{_PACKAGE}>{name}", stand_in)  # The class itself may be there.
        if name in models:
            known.setdefault(name, stand_in)


class _KerasFinder(importlib.abc.MetaPathFinder):
    """Hands the first import of Keras to its own loader, and gives it the stand-ins after it."""

    def __init__(self) -> None:
        self._looking = False

    def find_spec(
        self, fullname: str, path: object, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != "keras" or self._looking:
            return None
        self._looking = True
        try:
            spec = importlib.util.find_spec("keras")
        finally:
            self._looking = False
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_register(module: ModuleType) -> None:
                execute(module)
                # Not before: TensorFlow looks for Keras without importing it.
                if self in sys.meta_path:
                    sys.meta_path.remove(self)
                _register()

            # Of this one loader, not of its class.
            spec.loader.exec_module = execute_and_register  # type: ignore[method-assign]
        return spec
