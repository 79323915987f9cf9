"""Exact resume: everything a run needs to go on after it was killed, in one atomic folder.

`keras.callbacks.BackupAndRestore` keeps weights and optimiser but not the state of the other
callbacks (the plateau's patience, the best value so far), without which a resumed run differs.
"""

import json
import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
from keras import ops
from typing_extensions import override

from densedepth_tf.files.atomic import atomic_path
from densedepth_tf.process.first_line import first_line

WEIGHTS = "state.weights.h5"
STATE = "state.json"
_REMEMBERED = ("best", "wait", "cooldown_counter")


class Backup(keras.callbacks.Callback):
    """Saves weights, optimiser and the other callbacks' counters after every epoch.

    Must be the last callback, so that it sees what the others did at the epoch's end. The state of
    the epoch before goes only when this one is on the disk itself.

    Args:
        folder: The run's `backup/` folder.
        callbacks: Callbacks whose counters belong to the state.
        writes: Save it; of several hosts that train together only the chief does.

    Attributes:
        stopped: Whether the run ended by itself before its last epoch.
    """

    def __init__(
        self, folder: Path, callbacks: list[keras.callbacks.Callback], writes: bool = True
    ):
        super().__init__()
        self._writes = writes
        self.folder = Path(folder)
        self.callbacks = callbacks
        self.stopped = False
        self._state: dict[str, Any] = {}

    def restore(self, model: keras.Model) -> int:
        """Puts the newest complete state into a model and the callbacks.

        Of a finished run that kept no weights, into the callbacks alone.

        Args:
            model: Compiled, its optimiser built.

        Returns:
            The number of finished epochs.

        Raises:
            ValueError: If there is a state but it cannot be read or is another model's.
        """
        newest = newest_state(self.folder)
        if newest is None:
            return 0
        try:
            epoch = self.follow(json.loads((newest / STATE).read_text()))
            if (newest / WEIGHTS).exists():
                with warnings.catch_warnings():  # Keras would go on without an optimizer's state.
                    warnings.filterwarnings("error", "Skipping variable loading")
                    model.load_weights(newest / WEIGHTS)
            for variable, value in zip(_seeds(model), self._state.get("seeds", ()), strict=False):
                variable.assign(value)
        except Exception as error:  # HDF5, Keras, JSON and the file system each have their own.
            raise ValueError(
                f"Cannot resume from the backup ({first_line(error)}); train "
                "into another `workdir`, or start again with `overwrite=True`. "
                f"Received: '{newest}'"
            ) from error
        return epoch

    def follow(self, state: dict[str, Any]) -> int:
        """Takes over a state without its weights: of the folder, or as another host restored it.

        Args:
            state: As `state` is after `restore`; an empty one is a beginning.

        Returns:
            The number of finished epochs.
        """
        self._state = state
        self.stopped = bool(state.get("stopped"))
        self._restore_callbacks()
        return int(state.get("epoch", 0))

    @property
    def state(self) -> dict[str, Any]:
        """What was restored beside the weights, as JSON holds it; empty before."""
        return self._state

    @override
    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        # Again: Keras' callbacks forget everything when `fit` begins.
        self._restore_callbacks()

    def _restore_callbacks(self) -> None:
        saved = self._state.get("callbacks", {})
        for callback in self.callbacks:
            for name, value in saved.get(type(callback).__name__, {}).items():
                setattr(callback, name, value)

    @override
    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        self.stopped = bool(self.model.stop_training)
        if not self._writes:
            return
        state = {
            "epoch": epoch + 1,
            "stopped": self.stopped,
            "seeds": [ops.convert_to_numpy(seed).tolist() for seed in _seeds(self.model)],
            "callbacks": {
                type(callback).__name__: {
                    name: getattr(callback, name)
                    for name in _REMEMBERED
                    if isinstance(getattr(callback, name, None), (int, float))
                }
                for callback in self.callbacks
            },
        }
        before = list(self.folder.glob("epoch-*"))
        with atomic_path(self.folder / f"epoch-{epoch + 1:05d}") as temporary:
            temporary.mkdir()
            self.model.save_weights(temporary / WEIGHTS)
            (temporary / STATE).write_text(json.dumps(state, indent=2))
        for older in before:
            shutil.rmtree(older, ignore_errors=True)


def newest_state(folder: Path) -> Path | None:
    """The newest complete state in a run's `backup/` folder, if there is one."""
    epochs = sorted(folder.glob("epoch-*"))
    return epochs[-1] if epochs else None


def can_go_on(state: Path) -> bool:
    """Whether a state has its weights, which finished runs do not keep."""
    return (state / WEIGHTS).exists()


def stopped_early(state: Path) -> bool:
    """Whether the run had ended by itself; not where the state is damaged."""
    try:
        return bool(json.loads((state / STATE).read_text())["stopped"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def drop_weights(folder: Path) -> None:
    """Removes what only a training that goes on needs; how the run ended is still known."""
    for weights in folder.glob(f"epoch-*/{WEIGHTS}"):
        weights.unlink(missing_ok=True)


def _seeds(model: keras.Model) -> list[keras.Variable]:
    """Where the random layers stand (EfficientNet's dropout); weight files leave them out."""
    return [variable for variable in model.variables if "seed_generator_state" in variable.path]
