"""Packages that only some commands need."""

import importlib
from types import ModuleType


def require(module: str, purpose: str, extra: str) -> ModuleType:
    """Imports an optional package.

    Args:
        module: Name to import, e.g. "onnxruntime".
        purpose: What needs it, for the message.
        extra: The extra of this package's `pyproject.toml` that installs it.

    Raises:
        ImportError: If it is missing; the message says how to install it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{purpose} needs the package '{module.split('.')[0]}': "
            f"pip install 'densedepth-tf[{extra}]', or in a clone pip install -e '.[{extra}]' "
            f"({error})"
        ) from error
