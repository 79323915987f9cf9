"""The curves of a run as one picture."""

import csv
from pathlib import Path

from densedepth_tf.files.atomic import atomic_path

TITLES = {"delta1": "δ < 1.25", "abs_rel": "abs rel", "rmse": "rmse [m]"}
VALIDATION = "val_"


def write_curves(log: Path, picture: Path) -> None:
    """Draws every figure that a run's CSV log has for training and for validation.

    Args:
        log: The CSV file the run wrote, one row an epoch.
        picture: The PNG file to write.
    """
    from matplotlib.figure import Figure

    with open(log, newline="") as file:
        reader = csv.DictReader(file)
        rows, columns = list(reader), reader.fieldnames or []
    names = [name for name in columns if VALIDATION + name in columns]
    epochs = [int(row["epoch"]) + 1 for row in rows]
    figure = Figure(figsize=(3.25 * max(len(names), 1), 3.2), layout="constrained")
    grid = figure.subplots(1, max(len(names), 1), squeeze=False)
    for axes, name in zip(grid[0], sorted(names, key=lambda name: name != "loss"), strict=False):
        for key, label in ((name, "training"), (VALIDATION + name, "validation")):
            axes.plot(epochs, [float(row[key]) for row in rows], label=label, marker=".")
        axes.set(title=TITLES.get(name, name), xlabel="epoch")
        axes.grid(alpha=0.3)
        axes.legend()
    with atomic_path(picture) as temporary:
        figure.savefig(temporary, dpi=110)
