"""Figures of a study: how the systems learned, and what their accuracy costs."""

from collections.abc import Sequence
from pathlib import Path

from densedepth_tf.files.atomic import atomic_path
from densedepth_tf.study.system_result import SystemResult
from densedepth_tf.training.run.curves import TITLES

LEARNED = ("val_delta1", "val_abs_rel", "val_rmse")
COSTS = (("parameters", "million parameters"), ("milliseconds", "milliseconds per image"))


def draw_curves(systems: Sequence[SystemResult], path: Path) -> None:
    """Validation figures over the epochs, as a PNG file.

    They are taken at the networks' own size and without a protocol's crop; a system that learns
    without depth has none.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.5, 3.4), layout="constrained")
    for axes, name in zip(figure.subplots(1, len(LEARNED)), LEARNED, strict=True):
        for color, system in enumerate(systems):
            epochs, values = system.curve(name)
            if epochs:
                axes.plot(epochs, values, color=f"C{color}", label=system.name, marker=".")
        axes.set(title=f"validation {TITLES[name.removeprefix('val_')]}", xlabel="epoch")
        axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110)


def draw_cost(systems: Sequence[SystemResult], path: Path) -> None:
    """Accuracy against parameters and against time, as a PNG file."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    for axes, (cost, label) in zip(figure.subplots(1, 2, sharey=True), COSTS, strict=True):
        for color, system in enumerate(systems):
            place = (getattr(system, cost), system.metrics.metrics["per_image"]["delta1"])
            axes.scatter(*place, color=f"C{color}", label=system.name, zorder=2)
        axes.set(xlabel=label, xscale="log")
        for axis in (axes.xaxis.set_major_formatter, axes.xaxis.set_minor_formatter):
            axis("{x:g}")
        axes.grid(alpha=0.3, which="both")
    figure.axes[0].set_ylabel(TITLES["delta1"])
    figure.axes[1].legend(fontsize="small")
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110)
