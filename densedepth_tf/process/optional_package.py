"""Packages that only some commands need."""

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from types import ModuleType

# The packages of `requirements.txt` that `requirements-predict.txt` leaves out, by their modules.
FULL_INSTALLATION = {
    "av": "av",
    "h5py": "h5py",
    "keras": "keras",
    "scipy": "scipy",
    "skimage": "scikit-image",
    "tensorboard": "tensorboard",
    "tensorflow": "tensorflow",
}
_TENSORFLOW = ("keras", "tensorflow")
# Sends what is imported and converted to a statistics server, unless its file in the user's home
# forbids it. OpenVINO and NNCF do without where it is missing.
_TELEMETRY = "openvino_telemetry"


def is_installed(module: str) -> bool:
    """Whether a module can be found, without importing it."""
    if module in sys.modules:
        return sys.modules[module] is not None
    return importlib.util.find_spec(module) is not None


def how_to_install(module: str) -> str | None:
    """One sentence on a module that is missing from a light installation.

    Args:
        module: As `ModuleNotFoundError.name` has it.

    Returns:
        None for modules that a full installation does not bring either.
    """
    top = module.split(".")[0]
    if top not in FULL_INSTALLATION:
        return None
    everything = "pip install -r requirements.txt in a clone, or pip install densedepth-tf"
    if top in _TENSORFLOW:
        return (
            f"this needs TensorFlow, which is not installed: {everything} (without it, predict.py "
            "and `densedepth_tf.quick_load` predict with presets and .onnx files)"
        )
    package = FULL_INSTALLATION[top]
    return (
        f"this needs the package '{package}', which is not installed: pip install {package}; or "
        f"everything: {everything}"
    )


@contextlib.contextmanager
def telling_what_to_install() -> Iterator[None]:
    """What is missing inside from a light installation is told in a sentence; also a decorator.

    Raises:
        ModuleNotFoundError: In place of Python's, which names a module alone.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        told = how_to_install(error.name or "")
        if told is None:
            raise
        raise ModuleNotFoundError(told, name=error.name) from error


@contextlib.contextmanager
def _hidden(module: str) -> Iterator[None]:
    """Within, a module that has not been imported yet cannot be."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]  # As the import system has it.
    try:
        yield
    finally:
        del sys.modules[module]


def require(module: str, purpose: str, extra: str) -> ModuleType:
    """Imports an optional package; OpenVINO and NNCF without what reports their use.

    Args:
        module: Name to import, e.g. "onnxruntime".
        purpose: What needs it, for the message.
        extra: The extra of this package's `pyproject.toml` that installs it.

    Raises:
        ImportError: If it is missing; the message says how to install it.
    """
    try:
        with _hidden(_TELEMETRY):
            return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{purpose} needs the package '{module.split('.')[0]}': "
            f"pip install 'densedepth-tf[{extra}]', or in a clone pip install -e '.[{extra}]' "
            f"({error})"
        ) from error
