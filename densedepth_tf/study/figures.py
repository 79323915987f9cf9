"""Pictures of a study: how the systems learned, and what their accuracy costs."""

from collections.abc import Sequence
from pathlib import Path

from densedepth_tf.evaluation.metric_table import is_better_high
from densedepth_tf.files.atomic import atomic_path
from densedepth_tf.study.system_result import SystemResult
from densedepth_tf.training.run.curves import count_epochs

LEARNED = ("val_delta1", "val_abs_rel", "val_rmse")
COSTS = (("parameters", "weights [million]"), ("milliseconds", "time of an image [ms]"))
# Columns and axes: what a figure is called, with its unit.
TITLES = {
    "delta1": "δ < 1.25",
    "delta2": "δ < 1.25²",
    "delta3": "δ < 1.25³",
    "abs_rel": "abs rel",
    "sq_rel": "sq rel [m]",
    "rmse": "rmse [m]",
    "rmse_log": "rmse log",
    "log10": "log10",
    "si_rmse_log": "si rmse log",
}


def titled(figure: str) -> str:
    """A figure's title, with an arrow to where it is better."""
    return f"{TITLES.get(figure, figure)} {'↑' if is_better_high(figure) else '↓'}"


def draw_curves(systems: Sequence[SystemResult], picture: Path) -> None:
    """Validation figures over the epochs, as a PNG file: means, and the spread as a band.

    They are taken at the networks' own size and without a protocol's crop; a system that learns
    without depth has none.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.5, 3.4), layout="constrained")
    for axes, name in zip(figure.subplots(1, len(LEARNED)), LEARNED, strict=True):
        longest = [1]
        for color, system in enumerate(systems):
            epochs, curve = system.curve(name)
            if not epochs:
                continue
            longest = max(longest, epochs, key=max)
            means = [spread.mean for spread in curve]
            axes.plot(epochs, means, color=f"C{color}", label=system.name, marker=".")
            low = [spread.mean - spread.deviation for spread in curve]
            high = [spread.mean + spread.deviation for spread in curve]
            if low != high:
                axes.fill_between(epochs, low, high, color=f"C{color}", alpha=0.2, linewidth=0)
        axes.set_title(f"validation {titled(name.removeprefix('val_'))}")
        count_epochs(axes, longest)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize="small")
    with atomic_path(picture) as temporary:
        figure.savefig(temporary, dpi=110)


def draw_cost(systems: Sequence[SystemResult], picture: Path) -> None:
    """Accuracy against weights and against time, as a PNG file: means, with the spread as bars."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    for axes, (cost, label) in zip(figure.subplots(1, 2, sharey=True), COSTS, strict=True):
        for color, system in enumerate(systems):
            mean, deviation = system.spread("delta1")
            axes.errorbar(
                getattr(system, cost),
                mean,
                deviation or None,
                color=f"C{color}",
                marker="o",
                linestyle="",
                capsize=3,
                label=system.name,
            )
        axes.set(xlabel=label, xscale="log")
        for axis in (axes.xaxis.set_major_formatter, axes.xaxis.set_minor_formatter):
            axis("{x:g}")
        axes.grid(alpha=0.3, which="both")
    figure.axes[0].set_ylabel(titled("delta1"))
    figure.axes[1].legend(fontsize="small")
    with atomic_path(picture) as temporary:
        figure.savefig(temporary, dpi=110)
