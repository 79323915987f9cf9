"""A model card: what a trained model is, what it was trained on, how good it is, where it ends.

Written from the files of a run folder alone, so that training and every evaluation can renew it.
After Mitchell et al. 2019, "Model Cards for Model Reporting".
"""

import io
import zipfile
from pathlib import Path
from typing import Any

from densedepth_tf.checkpoints import MODEL_FILE
from densedepth_tf.evaluation.edges import EDGE_LIMITS
from densedepth_tf.evaluation.notes import notes
from densedepth_tf.evaluation.result import EvaluationResult
from densedepth_tf.files.atomic import write_text
from densedepth_tf.files.yaml_file import read_yaml
from densedepth_tf.process.wording import worded
from densedepth_tf.training.extra_data import ExtraData
from densedepth_tf.training.families import FAMILIES, read_options
from densedepth_tf.training.option import declared
from densedepth_tf.training.options import TrainingOptions
from densedepth_tf.training.run.applied_options import applied_options
from densedepth_tf.training.run.epoch_log import EPOCH, read_log
from densedepth_tf.training.run.evaluations import read_evaluations, record_evaluation
from densedepth_tf.training.run.notes import NOTES_FILE, read_notes
from densedepth_tf.training.supervised_options import SupervisedOptions

CARD_FILE = "README.md"
TITLE = "# Model card"
TERMS = {
    "rooms": "rooms rendered by this package; no terms of others",
    "nyu": "NYU Depth v2 (Silberman et al. 2012), indoors; for research",
    "kitti": "KITTI (Geiger et al. 2013), roads in daylight; CC BY-NC-SA 3.0, not for commerce",
    "kitti-odometry": "KITTI odometry (Geiger et al. 2012); CC BY-NC-SA 3.0, not for commerce",
}
_LENS = " (`predict.py` makes up for a lens that is known)"
OWN_DATA = "data of one's own, whose terms hold for the model as well"
SHOWN = (
    *("delta1", "delta2", "delta3", "abs_rel", "sq_rel", "rmse", "rmse_log", "log10", "silog"),
    *(f"edge_f1_{limit:g}" for limit in EDGE_LIMITS),
)


def write_model_card(folder: Path) -> None:
    """Writes `README.md` into a run folder.

    Args:
        folder: Holds `config.yaml` and `model.keras`; figures are taken from `logs/epochs.csv`
            and, where it was evaluated, `evaluations.json`.

    Raises:
        OSError: If a file is missing or the card cannot be written.
        ValueError: If one is damaged.
    """
    try:
        options = read_yaml(folder / "config.yaml")
    except ValueError as error:
        raise ValueError(f"'{folder / 'config.yaml'}' is no YAML file: {error}") from error
    if not isinstance(options, dict) or not {"model", "dataset", "image_size"} <= options.keys():
        raise ValueError(f"This is no configuration of a run. Received: '{folder / 'config.yaml'}'")
    if options["model"] not in FAMILIES:
        return  # Of a family that is registered elsewhere.
    card = folder / CARD_FILE
    if card.is_file() and not card.read_text(encoding="utf-8").startswith(TITLE):
        return  # Somebody's own.
    weights = _count_weights(folder / MODEL_FILE)
    try:
        remarks = read_notes(folder / "logs" / NOTES_FILE)
        rows = read_log(folder / "logs" / "epochs.csv")
        text = model_card(options, weights, rows, read_evaluations(folder), remarks)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"The run's config.yaml, epochs.csv or evaluations.json is damaged ({error}). "
            f"Received: '{folder}'"
        ) from error
    write_text(card, text)


def add_evaluation(folder: Path, result: EvaluationResult) -> None:
    """Records what was measured of a run's model, and writes its card anew.

    Raises:
        OSError: If the folder cannot be written.
        ValueError: If one of its files is damaged.
    """
    record_evaluation(folder, result.to_json(), [worded(note) for note in notes(result)])
    write_model_card(folder)


def model_card(
    options: dict[str, Any],
    num_weights: int,
    log: list[dict[str, str]],
    evaluations: list[dict[str, Any]],
    remarks: dict[str, str] | None = None,
) -> str:
    """The card as Markdown.

    Args:
        options: The run's options.
        num_weights: Of the network.
        log: Rows of the training's log, see `read_log`.
        evaluations: What was measured since, see `read_evaluations`.
        remarks: What the training noticed about itself.
    """
    config = read_options(options)
    data = config.dataset
    return "\n".join(
        [
            f"{TITLE}: {config.model}, trained on {data}",
            "",
            "Predicts the depth of every pixel of one photograph. The network is "
            f"{FAMILIES[config.model].title}, {num_weights / 1e6:.1f} million weights; it sees "
            f"images at {config.image_size} (height x width).",
            "",
            "## Data",
            "",
            f"{_capital(TERMS.get(data, OWN_DATA))}.{_further_data(config)}{_teachers(config)}"
            f"{_origin(config)}",
            "",
            "## Training",
            "",
            *(
                f"- {name}: {value}"
                for name, value in applied_options(options, declared(type(config))).items()
            ),
            f"- finished epochs: {log[-1][EPOCH] if log else 0}",
            *(f"- {topic}: {text}" for topic, text in (remarks or {}).items()),
            "",
            "## Figures",
            "",
            *_figures(_last_stage(log, config), evaluations, config.keep),
            "",
            "## Range and unit",
            "",
            config.depth_in_words(),
            "",
            "## Meant for, and not",
            "",
            "Photographs and cameras like those of the training data: its scenes, its field of "
            "view, its light. Elsewhere depth looks plausible and is wrong: measure it on your own "
            "data first (`evaluate.py --dataset folder`).",
            "",
            "One image does not tell its scale: another lens or a cropped image changes all "
            f"depths by a factor{_LENS if 'camera' in (remarks or {}) else ''}. Glass, mirrors, "
            "sky, and thin or textureless things fail first; "
            "edges are soft. Not for anything that may hurt people when it is wrong.",
            "",
        ]
    )


def _further_data(config: TrainingOptions) -> str:
    """The terms of every source of `extra_data`, in sentences."""
    if not isinstance(config, SupervisedOptions):
        return ""
    return "".join(
        f" Beside them {_source_in_words(extra)}: {TERMS.get(extra.dataset or '', OWN_DATA)}."
        for extra in config.extra_sources
    )


def _source_in_words(extra: ExtraData) -> str:
    """What a source is called, without the folders above it."""
    kind = extra.dataset or "a folder"
    return kind if extra.path is None else f"{kind} '{Path(extra.path).name}'"


def _teachers(config: TrainingOptions) -> str:
    """Whose predictions were learnt: their data and terms hold as those of a start do."""
    names = config.teacher_names
    if not names:
        return ""
    who = " and ".join(Path(name).name for name in names)
    return f" It learnt from what {who} predicted, whose data and terms hold as well."


def _origin(config: TrainingOptions) -> str:
    if not config.starting_model:
        return ""
    name = Path(config.starting_model).name
    return f" Its weights began as those of {name}, whose data and terms hold as well."


def _last_stage(log: list[dict[str, str]], config: TrainingOptions) -> list[dict[str, str]]:
    """Rows of the epochs that trained this very model."""
    return [row for row in log if int(row[EPOCH]) > config.epochs_before_model]


def _figures(log: list[dict[str, str]], evaluations: list[dict[str, Any]], kept: str) -> list[str]:
    if evaluations:
        return [line for entry in evaluations for line in _evaluation(entry)][:-1]
    best = min(log, key=lambda row: float(row["val_loss"]), default={})
    row = best if kept == "best" else (log or [{}])[-1]
    values = [f"{key} {float(value):.4f}" for key, value in row.items() if "val_" in key and value]
    epoch = f"{kept} epoch{f', the {row[EPOCH]}.' if row else ''}"
    return [
        "Not evaluated under a protocol yet (`evaluate.py --checkpoint` this folder). "
        f"Validation while training, {epoch}: {', '.join(sorted(values)) or 'none'}.",
    ]


def _evaluation(measured: dict[str, Any]) -> list[str]:
    protocol = {name: value for name, value in measured["protocol"].items() if value is not None}
    names = [name for name in SHOWN if name in measured["metrics"]["per_image"]]
    date = f", {measured['date']}" if "date" in measured else ""
    scaled = ", median-scaled" if protocol.get("alignment") == "median" else ""
    return [
        f"{measured['num_images']} images of {measured['dataset']}, protocol "
        f"{protocol.pop('name')}{scaled}{date}.",
        "",
        "| pooling | " + " | ".join(names) + " |",
        "| --- |" + " ---: |" * len(names),
        *(
            f"| {pooling.replace('_', ' ')} | "
            + " | ".join(f"{metrics[name]:.4f}" for name in names)
            + " |"
            for pooling, metrics in measured["metrics"].items()
        ),
        "",
        "The protocol: " + ", ".join(f"{name} {value}" for name, value in protocol.items()) + ".",
        "",
        *(line for note in measured["notes"] for line in (f"- {note}", "")),
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _count_weights(path: Path) -> int:
    import h5py

    sizes: list[int] = []

    def visit(_: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            sizes.append(int(item.size))

    with zipfile.ZipFile(path) as archive:
        content = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(content) as file:
        file.visititems(visit)
    return sum(sizes)
