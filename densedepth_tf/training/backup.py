"""Exact resume: everything a run needs to go on after it was killed, in one atomic folder.

`keras.callbacks.BackupAndRestore` keeps weights and optimiser but not the state of the other
callbacks (the plateau's patience, the best value so far), without which a resumed run differs.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import keras

from densedepth_tf.atomic import atomic_path

WEIGHTS = "state.weights.h5"
STATE = "state.json"
_REMEMBERED = ("best", "wait", "cooldown_counter")


class Backup(keras.callbacks.Callback):
    """Saves weights, optimiser and the other callbacks' counters after every epoch.

    Must be the last callback, so that it sees what the others did at the epoch's end.

    Args:
        folder: The run's `backup/` folder.
        callbacks: Callbacks whose counters belong to the state.
    """

    def __init__(self, folder: Path, callbacks: list[keras.callbacks.Callback]):
        super().__init__()
        self.folder = Path(folder)
        self.callbacks = callbacks

    def restore(self, model: keras.Model) -> int:
        """Puts the newest complete state into a compiled model; the number of finished epochs.

        Raises:
            ValueError: If there is a state but it cannot be read or is another model's.
        """
        newest = self._newest()
        if newest is None:
            return 0
        try:
            model.optimizer.build(model.trainable_variables)
            model.load_weights(newest / WEIGHTS)
        except Exception as error:  # HDF5, Keras and the file system each have their own.
            raise ValueError(
                f"Cannot resume from the backup ({str(error).splitlines()[0][:200]}); train "
                f"into another --workdir, or start again with --overwrite. Received: '{newest}'"
            ) from error
        return self._state(newest)["epoch"]

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        newest = self._newest()
        if newest is None:
            return
        saved = self._state(newest)["callbacks"]
        for callback in self.callbacks:
            for name, value in saved.get(type(callback).__name__, {}).items():
                setattr(callback, name, value)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        state = {
            "epoch": epoch + 1,
            "callbacks": {
                type(callback).__name__: {
                    name: getattr(callback, name)
                    for name in _REMEMBERED
                    if isinstance(getattr(callback, name, None), (int, float))
                }
                for callback in self.callbacks
            },
        }
        before = self._newest()
        with atomic_path(self.folder / f"epoch-{epoch + 1:05d}") as temporary:
            temporary.mkdir()
            self.model.save_weights(temporary / WEIGHTS)
            (temporary / STATE).write_text(json.dumps(state, indent=2))
        if before is not None:
            shutil.rmtree(before, ignore_errors=True)

    def _newest(self) -> Path | None:
        epochs = sorted(self.folder.glob("epoch-*"))
        return epochs[-1] if epochs else None

    @staticmethod
    def _state(folder: Path) -> dict[str, Any]:
        return json.loads((folder / STATE).read_text())
