"""How `from_preset` and `save_to_preset` come to the presets, which lie above the models.

The package as a whole knows both and says so when it is imported.
"""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import keras


class PresetShelf(Protocol):
    """What models need of the presets."""

    def model_from_preset(
        self,
        family: type,
        preset: str | os.PathLike,
        dtype: object,
        max_depth: float | None,
        image_size: tuple[int, int] | None,
    ) -> "keras.Model":
        """A trained model, as of `DepthEstimator.from_preset`."""

    def write_preset_folder(self, model: "keras.Model", folder: str | os.PathLike) -> None:
        """Keeps a model, as of `DepthEstimator.save_to_preset`."""

    def described(self, family: str) -> dict[str, dict[str, Any]]:
        """The presets of a class, as of `DepthEstimator.presets`."""


_shelf: Callable[[], PresetShelf] | None = None


def set_preset_shelf(shelf: Callable[[], PresetShelf]) -> None:
    """Says what to call, once it is needed, for the presets."""
    global _shelf
    _shelf = shelf


def preset_shelf() -> PresetShelf:
    """The presets.

    Raises:
        RuntimeError: If nobody has said where they are; `import densedepth_tf` does.
    """
    if _shelf is None:
        raise RuntimeError("Nobody knows the presets yet: import densedepth_tf.")
    return _shelf()
