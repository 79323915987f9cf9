"""PresetModel: trained models by their names, as in KerasHub."""

import os
from typing import Any, Self

import keras

from densedepth_tf.models.keras_model.checked_model import CheckedModel
from densedepth_tf.models.keras_model.preset_shelf import preset_shelf


class Presets:
    """`Model.presets`: a class attribute, read from the table of presets when it is asked for."""

    def __get__(self, instance: object, owner: type) -> dict[str, dict[str, Any]]:
        return preset_shelf().described(owner.__name__)


class PresetModel(CheckedModel):
    """A model that is read by the name or the place of a preset, and written as one.

    Attributes:
        presets: Name to description of the trained models of this class.
    """

    presets = Presets()

    @classmethod
    def from_preset(
        cls,
        preset: str | os.PathLike,
        *,
        dtype: str | keras.DTypePolicy | None = None,
        max_depth: float | None = None,
        image_size: tuple[int, int] | None = None,
    ) -> Self:
        """A trained model by its name or place.

        Args:
            preset: A name in `presets`; a folder of `save_to_preset`; a file of `densedepth
                preset`; or `hf://USER/NAME` on the Hugging Face Hub (needs huggingface_hub).
                Official weights ("nyu", "kitti") are downloaded once, 165 MB each.
            dtype: Dtype policy of the layers, e.g. "mixed_bfloat16"; default: Keras' global one.
            max_depth: Another largest depth in metres; what is nearer keeps its metres. For
                `DenseDepth`.
            image_size: `(height, width)` at which `predict_depth` shows images to the network.

        Raises:
            ValueError: If there is no such preset; the message lists those there are. If it is of
                another family, damaged, or cannot be changed as asked.
            OSError: If it cannot be read or downloaded.

        Example:
            >>> model = DenseDepth.from_preset("nyu_small")
            >>> metres = model.predict_depth(photograph)
        """
        return preset_shelf().model_from_preset(cls, preset, dtype, max_depth, image_size)

    def save_to_preset(self, folder: str | os.PathLike) -> None:
        """Writes `config.json`, `model.weights.h5`, `metadata.json` and a model card.

        What `from_preset` and `densedepth_tf.load` read again, and `densedepth upload` publishes.

        Args:
            folder: Made where it does not exist. A model card that is in it is kept.

        Raises:
            OSError: If it cannot be written.
        """
        preset_shelf().write_preset_folder(self, folder)
