"""Makes `import densedepth_tf` enough for `keras.models.load_model`, without importing Keras.

Keras finds saved classes only once their modules have been imported. Importing them here would
put seconds in front of every `--help`; so they are imported right after Keras itself is.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from types import ModuleType

SERIALISABLE_MODULES = (
    "densedepth_tf.models.densedepth.network",
    "densedepth_tf.models.densedepth.loss",
    "densedepth_tf.models.eigen.network",
    "densedepth_tf.models.eigen.loss",
    "densedepth_tf.models.monodepth2.depth_network",
    "densedepth_tf.models.monodepth2.pose_network",
    "densedepth_tf.models.layers",
    "densedepth_tf.models.batch_normalization",
    "densedepth_tf.training.eigen.layerwise_sgd",
    "densedepth_tf.training.torch_adam",
    "densedepth_tf.models.monodepth2.loss",
)


def register_with_keras() -> None:
    """Imports every serialisable class now if Keras is loaded, else when it will be."""
    if "keras" in sys.modules:
        _import_all()
    elif not any(isinstance(finder, _KerasFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _KerasFinder())


def _is_half_imported() -> bool:
    """Whether a module of this package waits for Keras: the classes may not find all it has.

    `checkpoints.load` registers once more.
    """
    return any(
        getattr(module.__spec__, "_initializing", False)
        for name, module in list(sys.modules.items())
        if name.startswith("densedepth_tf.geometry.")
    )


def _import_all() -> None:
    for module in SERIALISABLE_MODULES:
        importlib.import_module(module)
    import keras

    known = keras.saving.get_custom_objects()
    for name, saved in list(known.items()):
        package, _, short = name.partition(">")
        if package == "densedepth_tf" and issubclass(saved, keras.Model):
            known.setdefault(short, saved)  # `.h5` files name a class without its package.


class _KerasFinder(importlib.abc.MetaPathFinder):
    """Hands the first import of Keras to its own loader, and registers the classes after it."""

    def __init__(self):
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
                if not _is_half_imported():
                    _import_all()

            spec.loader.exec_module = execute_and_register
        return spec
