"""Several models on one data set: a table and a figure."""

import contextlib
import csv
import io
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from densedepth_tf.data.any_source import SampleSource, as_source
from densedepth_tf.evaluation.evaluator import evaluate
from densedepth_tf.evaluation.group_scorer import Scores
from densedepth_tf.evaluation.metric_table import is_better_high
from densedepth_tf.evaluation.notes import notes, seen_in_training
from densedepth_tf.evaluation.predictions.prediction import predict_again, resolve_protocol
from densedepth_tf.evaluation.predictions.sample_predictor import (
    SamplePredictor,
    as_sample_predictor,
)
from densedepth_tf.evaluation.protocol import Protocol
from densedepth_tf.evaluation.report import encode_png, format_metric
from densedepth_tf.evaluation.report_place import report_place
from densedepth_tf.evaluation.result import EvaluationResult
from densedepth_tf.files.atomic import write_bytes, write_text
from densedepth_tf.geometry.depth_predictor import DepthPredictor
from densedepth_tf.process.wording import worded
from densedepth_tf.visualization.colorize import as_map, colorize, depth_range
from densedepth_tf.visualization.dots import depth_dots
from densedepth_tf.visualization.panel import cell_height, panel, to_height
from densedepth_tf.visualization.scale_bar import add_scale_bar

EXAMPLES = 4
_COLUMNS = ("model", "parameters", "ms/image", "images", "pooling")
_TEXT_COLUMNS = ("model", "pooling")


class Candidate(NamedTuple):
    """One of the models to compare.

    Attributes:
        label: What the table and the figure call it.
        load: Gives the model; called to see that it loads before any is measured, and again when
            its turn comes, so that only one is in memory at a time.
        checkpoint: Where it comes from, for its report.
        scores: Measures the samples somewhere else, see `evaluate`.
    """

    label: str
    load: Callable[[], DepthPredictor | SamplePredictor]
    checkpoint: str | None = None
    scores: Scores | None = None


def labels_of(checkpoints: Sequence[str | os.PathLike]) -> list[str]:
    """Short names that tell paths apart: as few of their parts as that takes.

    The suffix is left out where the rest suffices: `runs/a` and `b.keras` are "a" and "b", the
    exported `a.onnx` and `a.xml` keep theirs. A path that is given twice is numbered.
    """
    paths = [Path(checkpoint).resolve() for checkpoint in checkpoints]
    for count in range(1, max((len(path.parts) for path in paths), default=1)):
        for ends in ([path.stem for path in paths], [path.name for path in paths]):
            labels = [
                "_".join([*path.parts[-count:-1], end])
                for path, end in zip(paths, ends, strict=True)
            ]
            if len(set(labels)) == len(labels):
                return labels
    return [f"{path.stem}_{number}" for number, path in enumerate(paths, start=1)]


class _Example(NamedTuple):
    image: np.ndarray
    truth: np.ndarray
    predictions: list[np.ndarray]


def compare(
    candidates: Sequence[Candidate],
    source: SampleSource,
    protocol: Protocol | str,
    output: str | os.PathLike | None = None,
    **options: Any,
) -> list[EvaluationResult]:
    """Evaluates models one after the other on the same samples.

    Args:
        candidates: The models.
        source: A `DepthSource`, or an iterable that can be read several times.
        protocol: The protocol of all of them.
        output: Folder for `comparison.md`, `comparison.csv`, `comparison.png` and one folder
            per model with its own report, or its address in a bucket; `None` writes nothing.
        **options: Passed on to `evaluate`.

    Returns:
        The figures, in the order of `candidates`.

    Raises:
        ValueError: As `evaluate`, and if two candidates share a label. What `load` raises, it
            raises before any model is measured.
        OSError: If `output` cannot be written; this is found out before the work begins.
    """
    labels = [candidate.label for candidate in candidates]
    if len(set(labels)) < len(labels):
        raise ValueError(f"Models to compare need different names. Received: {labels}")
    with contextlib.nullcontext() if output is None else report_place(output) as folder:
        return _compare(candidates, source, protocol, folder, options)


def _compare(
    candidates: Sequence[Candidate],
    source: SampleSource,
    protocol: Protocol | str,
    folder: Path | None,
    options: Mapping[str, Any],
) -> list[EvaluationResult]:
    for candidate in candidates[1:]:
        as_sample_predictor(candidate.load())
    results: list[EvaluationResult] = []
    examples: dict[int, _Example] = {}
    for candidate in candidates:
        predictor = as_sample_predictor(candidate.load())
        predictor.name = candidate.label
        result = evaluate(
            predictor,
            source,
            protocol,
            checkpoint=candidate.checkpoint,
            output=None if folder is None else folder / candidate.label,
            scores=candidate.scores,
            **options,
        )
        results.append(result)
        if folder is not None:
            resolved = resolve_protocol(protocol, predictor, source)
            _add_examples(examples, predictor, source, resolved)
    if folder is not None:
        write_text(folder / "comparison.md", worded(comparison_markdown(results)))
        write_text(folder / "comparison.csv", comparison_csv(results))
        complete = [row for row in examples.values() if len(row.predictions) == len(results)]
        if complete:
            write_bytes(folder / "comparison.png", encode_png(_figure(complete, results)))
    return results


def comparison_markdown(results: Sequence[EvaluationResult]) -> str:
    """The table as Markdown, one row per model and pooling, the best figures in bold.

    Below it is what has to be known of each model's figures.
    """
    names = results[0].protocol.metric_names
    columns = (*_COLUMNS, *names)
    rows = [_row(result, pooling) for pooling in results[0].metrics for result in results]
    best = {
        (pooling, name): format_metric(name, _best(results, pooling, name))
        for pooling in results[0].metrics
        for name in names
    }
    seen = {result.model: seen_in_training(result) for result in results}
    marks = {model: f" ({text})" if text else "" for model, text in seen.items()}
    lines = [
        f"{results[0].dataset}, protocol {results[0].protocol.name}",
        "",
        "| " + " | ".join(columns) + " |",
        "| " + " | ".join("---" if name in _TEXT_COLUMNS else "---:" for name in columns) + " |",
    ]
    for row in rows:
        cells = [
            f"{row['model']}{marks[row['model']]}".replace("|", "\\|"),
            _millions(row["parameters"]),
            f"{row['ms/image']:.3g}",
            str(row["images"]),
            row["pooling"].replace("_", " "),
        ]
        for name in names:
            text = format_metric(name, row.get(name))
            bold = len(results) > 1 and text == best[row["pooling"], name] != "-"
            cells.append(f"**{text}**" if bold else text)
        lines.append("| " + " | ".join(cells) + " |")
    remarks = [f"- {result.model}: {note}" for result in results for note in notes(result)]
    return "\n".join([*lines, *([""] if remarks else []), *remarks]) + "\n"


def comparison_csv(results: Sequence[EvaluationResult]) -> str:
    """The table as CSV in full precision."""
    text = io.StringIO()
    columns = (*_COLUMNS, *results[0].protocol.metric_names)
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for result in results:
        writer.writerows(_row(result, pooling) for pooling in result.metrics)
    return text.getvalue()


def _row(result: EvaluationResult, pooling: str) -> dict[str, Any]:
    return {
        "model": result.model,
        "parameters": result.num_parameters,
        "ms/image": round(1000 * result.seconds_per_image, 2),
        "images": result.num_images,
        "pooling": pooling,
        **result.metrics[pooling],
    }


def _best(results: Sequence[EvaluationResult], pooling: str, name: str) -> float | None:
    choose = max if is_better_high(name) else min
    figures = [result.metrics[pooling].get(name) for result in results]
    return choose((figure for figure in figures if figure is not None), default=None)


def _millions(count: int | None) -> str:
    return "" if count is None else f"{count / 1e6:.1f} M"


def _add_examples(
    examples: dict[int, _Example],
    predictor: SamplePredictor,
    source: SampleSource,
    protocol: Protocol,
) -> None:
    """Predicts a few samples spread over the data set."""
    count = as_source(source).num_samples() or EXAMPLES
    # The middles of equal parts: the first and last samples are seldom typical.
    indexes = {int((part + 0.5) * count / EXAMPLES) for part in range(EXAMPLES)}
    for reading, prediction in predict_again(predictor, source, protocol, indexes):
        sample = reading.sample
        example = _Example(sample["image"], sample["depth"], [])
        examples.setdefault(reading.index, example).predictions.append(prediction)


def _figure(examples: list[_Example], results: Sequence[EvaluationResult]) -> np.ndarray:
    """Metres share the truth's range, whose bar it has; a relative depth has a range of its own."""
    labels = [f"{each.model} (relative)" if each.relative else each.model for each in results]
    rows = []
    height = min(cell_height(max(example.image.shape[0] for example in examples)), 320)
    for number, example in enumerate(examples):
        near, far = depth_range(example.truth)
        truth = colorize(depth_dots(as_map(example.truth), height), near, far)
        colored = [to_height(truth, height)]
        for depth, result in zip(example.predictions, results, strict=True):
            ends = depth_range(as_map(depth)) if result.relative else (near, far)
            colored.append(to_height(colorize(depth, *ends), height))
        last = max(i for i in range(len(colored)) if i == 0 or not results[i - 1].relative)
        colored[last] = add_scale_bar(colored[last], near, far)
        titles = ["photo", "truth", *labels] if number == 0 else [""] * (len(labels) + 2)
        rows.append(list(zip(titles, [example.image, *colored], strict=True)))
    return panel(rows, height=height)
