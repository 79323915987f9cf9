"""The figures of a run for TensorBoard."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from typing_extensions import override

VALIDATION = "val_"


class Scalars(keras.callbacks.Callback):
    """Figures and the learning rate after every epoch; the step is the epoch, counted from 1.

    As the images of `Panels` have it, and all stages of a run. Keras' own callback counts epochs
    from 0, and evaluations by the optimiser's steps, which every stage begins anew.

    Args:
        folder: TensorBoard's, with `train/` and `validation/` in it.
    """

    def __init__(self, folder: Path):
        super().__init__()
        self.folder = Path(folder)
        self._writers: dict[str, Any] = {}

    @override
    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        rate = {"learning_rate": self.model.optimizer.learning_rate}
        for name, value in {**rate, **(logs or {})}.items():
            part = "validation" if name.startswith(VALIDATION) else "train"
            self._write(part, name.removeprefix(VALIDATION), value, epoch + 1)
        for writer in self._writers.values():
            writer.flush()

    @override
    def on_train_end(self, logs: Mapping[str, float] | None = None) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def _write(self, part: str, name: str, value: float, step: int) -> None:
        if part not in self._writers:
            self._writers[part] = tf.summary.create_file_writer(str(self.folder / part))
        with self._writers[part].as_default():
            number = float(keras.ops.convert_to_numpy(value))
            tf.summary.scalar(f"epoch_{name}", number, step=step)
