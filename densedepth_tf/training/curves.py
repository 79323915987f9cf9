"""The curves of a run as one picture."""

import csv
from pathlib import Path

from densedepth_tf.atomic import atomic_path

CURVES = (("loss", "loss"), ("delta1", "δ < 1.25"), ("abs_rel", "abs rel"), ("rmse", "rmse [m]"))


def write_curves(log: Path, picture: Path) -> None:
    """Draws training and validation curves of a run's CSV log.

    Args:
        log: The CSV file the run wrote, one row an epoch.
        picture: The PNG file to write.
    """
    from matplotlib.figure import Figure

    with open(log, newline="") as file:
        rows = list(csv.DictReader(file))
    epochs = [int(row["epoch"]) + 1 for row in rows]
    figure = Figure(figsize=(13, 3.2), layout="constrained")
    for axes, (name, title) in zip(figure.subplots(1, len(CURVES)), CURVES, strict=True):
        for key, label in ((name, "training"), (f"val_{name}", "validation")):
            if rows and key in rows[0]:
                axes.plot(epochs, [float(row[key]) for row in rows], label=label, marker=".")
        axes.set(title=title, xlabel="epoch")
        axes.grid(alpha=0.3)
        axes.legend()
    with atomic_path(picture) as temporary:
        figure.savefig(temporary, dpi=110)
