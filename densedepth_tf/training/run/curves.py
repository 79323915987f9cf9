"""The curves of a run as one figure."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import keras
from typing_extensions import override

from densedepth_tf.files.atomic import atomic_path
from densedepth_tf.training.run.epoch_log import EPOCH, read_log

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLES = {"delta1": "δ < 1.25", "abs_rel": "abs rel", "rmse": "rmse [m]"}
VALIDATION = "val_"
# The largest share of a training's time that drawing may take, and the seconds before the first
# picture: a training that ends sooner has its curves at the end.
SHARE = 0.05
FIRST_AFTER = 5.0


class Curves(keras.callbacks.Callback):
    """Draws the curves after every epoch, so that a run that is killed has them, too.

    Short epochs are drawn less often, those of the first seconds not at all; `train` draws all at
    the end.

    Args:
        log: The run's CSV file; must be written before.
        path: The PNG file.
    """

    def __init__(self, log: Path, path: Path):
        super().__init__()
        self.log, self.path = log, path
        self._next = time.monotonic() + FIRST_AFTER

    @override
    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        started = time.monotonic()
        if started < self._next:
            return
        write_curves(self.log, self.path)
        ended = time.monotonic()
        self._next = ended + (ended - started) / SHARE


def write_curves(log: Path, path: Path) -> None:
    """Draws every figure that a run's CSV log has for training and for validation.

    Args:
        log: The CSV file the run wrote, one row an epoch.
        path: The PNG file to write; none where the log has no row.
    """
    from matplotlib.figure import Figure

    rows = read_log(log)
    if not rows:
        return
    names = [name for name in rows[0] if VALIDATION + name in rows[0]]
    epochs = [int(row[EPOCH]) for row in rows]
    figure = Figure(figsize=(3.25 * max(len(names), 1), 3.2), layout="constrained")
    grid = figure.subplots(1, max(len(names), 1), squeeze=False)
    for axes, name in zip(grid[0], sorted(names, key=lambda name: name != "loss"), strict=False):
        for key, label in ((name, "training"), (VALIDATION + name, "validation")):
            axes.plot(epochs, [float(row[key] or "nan") for row in rows], label=label, marker=".")
        axes.set_title(TITLES.get(name, name))
        count_epochs(axes, epochs)
        axes.legend()
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110)


def count_epochs(axes: "Axes", epochs: list[int]) -> None:
    """Labels the horizontal axis with whole epochs, those of the curves at both of its ends."""
    from matplotlib.ticker import MaxNLocator

    axes.set(xlabel="epoch", xlim=(min(epochs) - 0.5, max(epochs) + 0.5))
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.grid(alpha=0.3)
