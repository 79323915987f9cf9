"""A study as Markdown with pictures, and as a table for machines."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from densedepth_tf.evaluation.comparison import EXAMPLES
from densedepth_tf.evaluation.metric_table import is_better_high
from densedepth_tf.evaluation.notes import notes
from densedepth_tf.evaluation.report import describe
from densedepth_tf.files.atomic import write_text
from densedepth_tf.process.wording import worded
from densedepth_tf.study.conclusions import conclusions, number
from densedepth_tf.study.config import StudyConfig
from densedepth_tf.study.figures import draw_cost, draw_curves, titled
from densedepth_tf.study.inference_time import RUNS
from densedepth_tf.study.system_result import SystemResult
from densedepth_tf.training.run.machine import machine, versions

REPORT_FILE, CURVES_FILE, COST_FILE = "study.md", "curves.png", "cost.png"
TABLE_FILE, PICTURES_FOLDER = "study.csv", "comparison"
FILES = (CURVES_FILE, COST_FILE, TABLE_FILE, REPORT_FILE)
FIGURES = ("delta1", "delta2", "delta3", "abs_rel", "sq_rel", "rmse", "rmse_log", "log10")
SCALED = ("delta1", "abs_rel", "rmse", "si_rmse_log")
COSTS = ("weights [million]", "time of an image [ms]", "training [min]")
BUDGET = ("image_size", "batch_size", "optimizer", "learning_rate", "schedule")


def write_study(
    study: StudyConfig, systems: Sequence[SystemResult], folder: Path, command: str = ""
) -> None:
    """Writes `study.md`, `study.csv`, `curves.png` and `cost.png` beside the pictures' folder.

    Args:
        study: What was compared.
        systems: What was found out.
        folder: Where to write.
        command: What makes the report; left out if empty.

    Raises:
        OSError: If the folder cannot be written.
    """
    draw_curves(systems, folder / CURVES_FILE)
    draw_cost(systems, folder / COST_FILE)
    write_text(folder / TABLE_FILE, study_csv(systems))
    write_text(folder / REPORT_FILE, study_markdown(study, systems, command))


def study_markdown(study: StudyConfig, systems: Sequence[SystemResult], command: str = "") -> str:
    """The whole report; pictures are linked relative to the study's folder."""
    costs = [
        [f"{system.parameters:.1f}", f"{system.milliseconds:.0f}", _minutes(system)]
        for system in systems
    ]
    names = [system.name for system in systems]
    trained = [_training(system) for system in systems]
    pictures = f"{PICTURES_FOLDER}/comparison.png"
    paragraphs = [
        f"# {study.title}",
        _introduction(study, systems),
        "## Figures",
        _table(systems, COSTS, costs, FIGURES),
        f"{_means(study)} {_times(study)}",
        "With each image's median scaled to the true one, which forgives a wrong scale:",
        _table(systems, (), [[]] * len(systems), SCALED, scaled=True),
        "## How they were trained",
        _rows(
            ("system", "start", *TRAINED, *(name.replace("_", " ") for name in BUDGET)),
            names,
            trained,
        ),
        _protection(study, systems),
        *_remarks(systems),
        "## How they learned",
        f"![Validation figures of {len(systems)} systems over the epochs]({CURVES_FILE})",
        _curves_caption(study, systems),
        "## Accuracy against cost",
        f"![δ < 1.25 of each system against its weights and its time of an image]({COST_FILE})",
        f"δ < 1.25 against the number of weights and the time of an image"
        f"{', with the spread over the seeds' if len(study.seeds) > 1 else ''}. Up and left is "
        "better.",
        "## Examples",
        f"![Image, true depth and the depth of each system, for {EXAMPLES} images]({pictures})",
        f"Image, true depth and what each system predicts (seed {study.seeds[0]}), for images from "
        "all over the data. A row has one range of metres, that of its truth; near is warm, far is "
        "cold, unknown is black.",
        "## Conclusions",
        *conclusions(systems),
        "## To repeat it",
        *([f"```bash\n{command}\n```"] if command else []),
        _machines(systems),
    ]
    return "\n\n".join(paragraphs) + "\n"


TRAINED = ("images", "images that choose the epoch", "steps of an epoch")


def study_csv(systems: Sequence[SystemResult]) -> str:
    """One row for each training, in full precision; `scaled_` figures are after median scaling."""
    text = io.StringIO()
    scaled = [f"scaled_{name}" for name in SCALED]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["system", "seed", "weights", "ms_per_image", *FIGURES, *scaled])
    for system in systems:
        for place, run in enumerate(system.runs):
            values = [system.values(name)[place] for name in FIGURES]
            values += [system.values(name, scaled=True)[place] for name in SCALED]
            weights = system.metrics[place].num_parameters
            time = f"{system.milliseconds:.2f}"
            writer.writerow([system.name, run.seed, weights, time, *values])
    return text.getvalue()


def _introduction(study: StudyConfig, systems: Sequence[SystemResult]) -> str:
    """What was trained on what, how often, and what it was measured on."""
    config, measured = systems[0].config, systems[0].metrics[0]
    times = "once" if len(study.seeds) == 1 else f"{len(study.seeds)} times"
    held_out = ""
    if config.holdout_every:
        block = f", {config.holdout_block} together" if config.holdout_block > 1 else ""
        held_out = f" Every {config.holdout_every}th image of the training list is held out{block}."
    numbers = dict.fromkeys(str(system.num_training) for system in systems)
    return (
        f"{len(systems)} {'system' if len(systems) == 1 else 'systems'} on the same data with the "
        f"same number of passes: {config.epochs} over {' or '.join(numbers)} images, each trained "
        f"{times} ({_seeds(study)})."
        f"{held_out} Measured on {_protocol(systems)}. {_choice(study, measured.dataset)}"
    )


def _choice(study: StudyConfig, dataset: str) -> str:
    config = next(iter(study.systems.values()))
    kept = (
        "The epoch of the smallest validation loss is kept"
        if config.keep == "best"
        else "The last epoch is kept"
    )
    if config.validation_split != study.split:
        return f"{kept}; no training saw the images of {dataset}."
    if config.keep == "best":
        return (
            f"{kept}. The images measured on chose that epoch, so that the figures are a little "
            "better than those on images that chose nothing."
        )
    return f"{kept}."


def _protocol(systems: Sequence[SystemResult]) -> str:
    """Data and protocol; of systems that another range is clipped to, that as well."""
    told = {system.name: describe(system.metrics[0]).partition(" on ")[2] for system in systems}
    first, *others = dict.fromkeys(told.values())
    usual = _choices(first)
    differing = [
        f"; for {' and '.join(name for name, text in told.items() if text == other)} "
        + ", ".join(choice for choice in _choices(other) if choice not in usual)
        for other in others
    ]
    return first + "".join(differing)


def _choices(described: str) -> list[str]:
    """What `describe` has in brackets."""
    return described[described.index("(") + 1 : -1].split(", ")


def _protection(study: StudyConfig, systems: Sequence[SystemResult]) -> str:
    """What the columns of the trainings' table mean."""
    schedules = {
        "cosine": "the learning rate falls along half a cosine",
        "step": "it falls to a tenth after three quarters of the epochs",
        "plateau": "it falls where the validation loss does not",
        "constant": "it stays",
    }
    used = dict.fromkeys(system.config.schedule for system in systems)
    told = "; ".join(f"{name}: {schedules.get(name, '')}" for name in used if name in schedules)
    return (
        f"Sizes are height x width as the network sees them. Schedules: {told}. `scratch` is a "
        "start from random weights. Every option is in `config.yaml` of a run's folder, its card "
        "in `README.md`."
    )


def _means(study: StudyConfig) -> str:
    bold = "The best of a column is bold; arrows point to where a figure is better."
    if len(study.seeds) == 1:
        return f"Means over images, of one training each. {bold}"
    return (
        f"Means over images; mean ± standard deviation over the {len(study.seeds)} trainings of a "
        f"system, {_seeds(study)}. {bold}"
    )


def _times(study: StudyConfig) -> str:
    fastest = "" if len(study.seeds) == 1 else ", of the fastest training"
    return (
        f"The time of an image is that of the fastest of {RUNS} predictions, compiling left out; "
        f"that of training includes its validations{fastest}. Other work on the machine lengthens "
        "both."
    )


def _seeds(study: StudyConfig) -> str:
    word = "seed" if len(study.seeds) == 1 else "seeds"
    return f"{word} {', '.join(map(str, study.seeds))}"


def _curves_caption(study: StudyConfig, systems: Sequence[SystemResult]) -> str:
    several = len(study.seeds) > 1
    lines = "Lines are means over the seeds, bands the standard deviation. " if several else ""
    without = [system.name for system in systems if not system.curve("val_delta1")[0]]
    none = f" {', '.join(without)} learns without depth and has none." if without else ""
    return (
        f"Validation figures after every epoch. {lines}They are taken at the networks' own size "
        f"and without the protocol, so that they differ from those of the table.{none}"
    )


def _remarks(systems: Sequence[SystemResult]) -> list[str]:
    """What trainings noticed about themselves and evaluations about their figures.

    What several systems say is told once; of the seeds that it is of, if not of all.
    """
    trainings: dict[str, list[str]] = {}
    figures: dict[str, list[str]] = {}
    for system in systems:
        for (topic, text), seeds in system.notes.items():
            some = "" if len(seeds) == len(system.runs) else f" (seed {', '.join(map(str, seeds))})"
            trainings.setdefault(f"{topic}: {text}", []).append(system.name + some)
        told = [worded(note) for result in system.metrics for note in notes(result)]
        for note in dict.fromkeys(told):
            figures.setdefault(note, []).append(system.name)
    paragraphs = []
    headings = ("What the trainings noticed:", "What has to be known of the figures:")
    for heading, found in zip(headings, (trainings, figures), strict=True):
        lines = [f"- {', '.join(names)}, {text}" for text, names in found.items()]
        paragraphs += [heading, "\n".join(lines)] if lines else []
    return paragraphs


def _machines(systems: Sequence[SystemResult]) -> str:
    """What was measured on, and what was trained on where that is known and another."""
    here = f"{machine()}; {versions()}"
    records = [record for system in systems for record in system.records if record.machine]
    trained = dict.fromkeys(f"{record.machine}; {record.versions}" for record in records)
    if not trained:
        return f"Measured on {here}."
    if list(trained) == [here]:
        return f"Trained and measured on {here}."
    return f"Trained on {'; and on '.join(trained)}. Measured on {here}."


def _minutes(system: SystemResult) -> str:
    return "unknown" if system.minutes is None else f"{system.minutes:.1f}"


def _training(system: SystemResult) -> list[str]:
    config = system.config
    start = Path(config.first_weights or "none").name
    counts = (system.num_training, system.num_validation, system.steps_per_epoch)
    budget = [str(getattr(config, name)) for name in BUDGET]
    return ["scratch" if start == "none" else start, *map(str, counts), *budget]


def _table(
    systems: Sequence[SystemResult],
    columns: Sequence[str],
    texts: Sequence[Sequence[str]],
    figures: Sequence[str],
    scaled: bool = False,
) -> str:
    """Rows of texts, then figures, the best of a column in bold."""
    rows = [list(row) for row in texts]
    for figure in figures:
        spreads = [system.spread(figure, scaled) for system in systems]
        choose = max if is_better_high(figure) else min
        best = f"{choose(spread.mean for spread in spreads):.3f}"
        for row, spread in zip(rows, spreads, strict=True):
            is_best = len(systems) > 1 and f"{spread.mean:.3f}" == best
            row.append(f"**{number(spread)}**" if is_best else number(spread))
    head = ("system", *columns, *map(titled, figures))
    return _rows(head, [system.name for system in systems], rows)


def _rows(head: Sequence[str], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table."""
    named = [[name.replace("|", "\\|"), *row] for name, row in zip(names, rows, strict=True)]
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *named]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
