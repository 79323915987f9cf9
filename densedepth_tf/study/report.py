"""A study as Markdown with figures."""

from collections.abc import Sequence
from pathlib import Path

from densedepth_tf.evaluation.metrics import HIGHER_IS_BETTER
from densedepth_tf.evaluation.report import describe, format_metric
from densedepth_tf.files.atomic import write_text
from densedepth_tf.study.config import StudyConfig
from densedepth_tf.study.figures import draw_cost, draw_curves
from densedepth_tf.study.system_result import SystemResult
from densedepth_tf.training.run.notes import read_notes
from densedepth_tf.training.run.run_folder import RunFolder

REPORT_FILE, CURVES_FILE, COST_FILE = "study.md", "curves.png", "cost.png"
FIGURES = ("delta1", "delta2", "delta3", "abs_rel", "sq_rel", "rmse", "rmse_log", "log10")
SCALED = ("delta1", "abs_rel", "rmse", "si_rmse_log")
BUDGET = ("image_size", "batch_size", "optimizer", "learning_rate")


def write_study(study: StudyConfig, systems: Sequence[SystemResult], folder: Path) -> None:
    """Writes `study.md`, `curves.png` and `cost.png` beside the comparison's folder.

    Raises:
        OSError: If the folder cannot be written.
    """
    draw_curves(systems, folder / CURVES_FILE)
    draw_cost(systems, folder / COST_FILE)
    write_text(folder / REPORT_FILE, study_markdown(study, systems))


def study_markdown(study: StudyConfig, systems: Sequence[SystemResult]) -> str:
    """The whole report; figures are linked relative to the study's folder."""
    figures = [
        [system.metrics.metrics["per_image"][name] for name in FIGURES] for system in systems
    ]
    scaled = [[system.scaled.metrics["per_image"][name] for name in SCALED] for system in systems]
    names = [system.name for system in systems]
    costs = [[f"{system.parameters:.1f}", f"{system.milliseconds:.0f}"] for system in systems]
    first = systems[0].metrics
    protocol = describe(first).partition(": ")[2]
    return "\n".join(
        [
            f"# {study.title}",
            "",
            f"Trained on the same data for the same number of passes, {systems[0].config.epochs}; "
            f"measured on {first.dataset}: {protocol}. Means over images; millions of weights; "
            "milliseconds of one prediction at the images' size.",
            "",
            *_table(names, ("parameters", "ms", *FIGURES), costs, figures),
            "",
            "With each image's median scaled to the true one, which forgives a wrong scale:",
            "",
            *_table(names, SCALED, [[]] * len(names), scaled),
            "",
            "How they were trained:",
            "",
            *_table(names, ("start", *BUDGET), [_training(system) for system in systems], []),
            "",
            *_remarks(systems),
            "![How they learned](curves.png)",
            "",
            "![Accuracy against cost](cost.png)",
            "",
            "![Photo, truth and predictions, a row in one scale of metres]"
            "(comparison/comparison.png)",
            "",
        ]
    )


def _remarks(systems: Sequence[SystemResult]) -> list[str]:
    """What the trainings noticed about themselves."""
    lines = [
        f"- {system.name}, {topic}: {text}"
        for system in systems
        for topic, text in read_notes(RunFolder(system.config.run_folder).notes).items()
    ]
    return ["What the trainings noticed:", "", *lines, ""] if lines else []


def _training(system: SystemResult) -> list[str]:
    config = system.config
    start = Path(config.first_weights or "none").name
    budget = [str(getattr(config, name)) for name in BUDGET]
    return ["scratch" if start == "none" else start, *budget]


def _table(
    names: Sequence[str],
    columns: Sequence[str],
    texts: Sequence[Sequence[str]],
    figures: Sequence[Sequence[float]],
) -> list[str]:
    """Rows of texts, then figures, the best of a column in bold."""
    measured = columns[len(columns) - len(figures[0]) :] if figures else ()
    rows = [[name, *row] for name, row in zip(names, texts, strict=True)]
    for place, column in enumerate(measured):
        values = [row[place] for row in figures]
        best = format_metric(column, (max if column in HIGHER_IS_BETTER else min)(values))
        for row, value in zip(rows, values, strict=True):
            text = format_metric(column, value)
            row.append(f"**{text}**" if text == best else text)
    head = ["system", *columns]
    lines = [head, ["---", *["---:"] * len(columns)], *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]
