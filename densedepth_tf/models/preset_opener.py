"""How a model's `from_preset` comes to the presets, which are made of models and lie above them.

The package as a whole knows both and says so when it is imported.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

_open: "Callable[[str], keras.Model] | None" = None


def set_preset_opener(open_preset: "Callable[[str], keras.Model]") -> None:
    """Says what makes a trained model of a preset's name."""
    global _open
    _open = open_preset


def open_preset(name: str) -> "keras.Model":
    """A trained model by its name.

    Raises:
        RuntimeError: If nobody has said what opens presets; `import densedepth_tf` does.
        As what opens them.
    """
    if _open is None:
        raise RuntimeError(f"Nothing opens presets yet: import densedepth_tf. Received: {name!r}")
    return _open(name)
