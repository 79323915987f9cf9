"""An evaluation on the screen and in files."""

import csv
import io
import math
import os
import re
from pathlib import Path

import cv2
import numpy as np

from densedepth_tf.data.any_source import SampleSource
from densedepth_tf.evaluation.edges import EDGE_LIMITS, EDGE_METRIC_NAMES
from densedepth_tf.evaluation.metric_table import KITTI_METRIC_NAMES
from densedepth_tf.evaluation.notes import notes, seen_in_training
from densedepth_tf.evaluation.predictions.prediction import predict_again
from densedepth_tf.evaluation.predictions.sample_predictor import SamplePredictor
from densedepth_tf.evaluation.protocol import Protocol
from densedepth_tf.evaluation.report_place import report_place
from densedepth_tf.evaluation.result import EvaluationResult, ImageScore
from densedepth_tf.files.atomic import write_bytes, write_json, write_text
from densedepth_tf.process.wording import counted
from densedepth_tf.visualization.colorize import depth_range
from densedepth_tf.visualization.panel import sample_panel

PANELS_OF_A_KIND = 2
PANEL_KINDS = ("best", "median", "worst")
RANKED_BY = "abs_rel"


def write_report(
    result: EvaluationResult,
    folder: str | os.PathLike,
    predictor: SamplePredictor,
    source: SampleSource,
) -> None:
    """Writes `metrics.json`, `per_image.csv` and `panels/{best,median,worst}_*.png`.

    Every file is written in one step. Panels of an earlier evaluation are removed, the folder's
    other files are left alone.

    Args:
        result: What `evaluate` found.
        folder: Where to write, a path or an address in a bucket.
        predictor: Predicts the images of the panels once more.
        source: Reads them once more.

    Raises:
        OSError: If the folder cannot be written.
    """
    with report_place(folder) as place:
        write_text(place / "per_image.csv", per_image_csv(result))
        write_panels(result, place / "panels", predictor, source)
        write_json(place / "metrics.json", result.to_json())


def metrics_table(result: EvaluationResult) -> str:
    """Both ways of averaging as a table for the screen, and what has to be known besides."""
    names = [name for name in result.protocol.metric_names if name not in EDGE_METRIC_NAMES]
    rows = [["", *names]]
    for pooling, metrics in result.metrics.items():
        values = [format_metric(name, metrics[name]) for name in names]
        rows.append([pooling.replace("_", " "), *values])
    lines = _aligned(rows)
    if result.protocol.edges:
        lines += ["", *_aligned(_edge_rows(result))]
    remarks = [f"note: {note}" for note in notes(result)]
    return "\n".join([describe(result), "", *lines, *([""] if remarks else []), *remarks])


def _edge_rows(result: EvaluationResult) -> list[list[str]]:
    """A table of edges: how they are averaged, above which threshold, three measures."""
    rows = [["edges", "above", "precision", "recall", "f1"]]
    for pooling, metrics in result.metrics.items():
        for limit in EDGE_LIMITS:
            values = [
                format_metric(name, metrics.get(name))
                for name in EDGE_METRIC_NAMES
                if name.endswith(f"_{limit:g}")
            ]
            rows.append([pooling.replace("_", " "), f"{limit:g} {result.unit}".rstrip(), *values])
    return rows


def _aligned(rows: list[list[str]]) -> list[str]:
    """Lines of a table whose columns are as wide as the widest cell and a gap."""
    widths = [max(8, *map(len, column)) + 2 for column in zip(*rows, strict=True)]
    return [
        f"{label:<{widths[0]}}"
        + "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths[1:], strict=True))
        for label, *cells in rows
    ]


def describe(result: EvaluationResult) -> str:
    """One line: what was measured, on what, and how."""
    protocol = result.protocol
    top = "" if protocol.max_depth is None else f"..{protocol.max_depth:g}"
    blend = " with ramps" if protocol.mirrored_blend == "ramps" else ""
    mirrored = f"on{blend}" if protocol.mirrored_averaging else "off"
    parts = [
        f"prediction clipped to {protocol.min_depth:g}{top} {result.unit}".rstrip(),
        "cropped" if protocol.crop else "not cropped",
        _truth_limits(protocol, result.unit),
        f"mirrored averaging {mirrored}",
        f"median scaling {'on' if protocol.alignment == 'median' else 'off'}",
    ]
    if protocol.scale != 1:
        parts.append(f"scaled by {protocol.scale:g}")
    if protocol.lens != "ignore":
        parts.append(f"lens {protocol.lens}")
    seen = seen_in_training(result)
    return (
        f"{result.model} on {result.dataset}: {counted(result.num_images, 'image')}, "
        f"{seen}{', ' if seen else ''}protocol {protocol.name} ({', '.join(parts)})"
    )


def _truth_limits(protocol: Protocol, unit: str) -> str:
    limit = protocol.truth_below
    if protocol.truth_beyond == "dropped" and protocol.max_depth is not None:
        limit = min(limit, protocol.max_depth)
    return "all truth" if math.isinf(limit) else f"truth up to {limit:g} {unit}".rstrip()


def format_metric(name: str, value: float | None) -> str:
    """A figure with the digits that mean something; "-" for one that could not be measured."""
    if value is None:
        return "-"
    return f"{value:.2f}" if name in ("silog", *KITTI_METRIC_NAMES) else f"{value:.4f}"


def per_image_csv(result: EvaluationResult) -> str:
    """One row per measured image."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = result.protocol.metric_names
    writer.writerow(["index", "name", "valid_pixels", *names])
    for image in result.images:
        values = [f"{image.metrics[name]:.6g}" if name in image.metrics else "" for name in names]
        writer.writerow([image.index, image.name, image.valid_pixels, *values])
    return text.getvalue()


def representative_images(
    images: list[ImageScore], count: int = PANELS_OF_A_KIND
) -> dict[int, tuple[str, ImageScore]]:
    """The best, median and worst images by abs_rel.

    Args:
        images: Every image's score.
        count: Images of each kind; fewer where the data set is small, as none comes twice.

    Returns:
        Index in the source -> (`best_1`, `median_1`, `worst_1`, ..., score).
    """
    ranked = sorted(images, key=lambda image: image.metrics[RANKED_BY])
    middle = max(0, (len(ranked) - count) // 2)
    kinds = zip(
        PANEL_KINDS,
        (ranked[:count], ranked[middle : middle + count], ranked[::-1][:count]),
        strict=True,
    )
    chosen: dict[int, tuple[str, ImageScore]] = {}
    for kind, scores in kinds:
        for rank, score in enumerate(scores, start=1):
            chosen.setdefault(score.index, (f"{kind}_{rank}", score))
    return chosen


def write_panels(
    result: EvaluationResult, folder: Path, predictor: SamplePredictor, source: SampleSource
) -> list[Path]:
    """Writes photo, truth, prediction and error of the best, median and worst images.

    Returns:
        The files written.
    """
    chosen = representative_images(result.images)
    written = []
    pairs = predict_again(predictor, source, result.protocol, chosen)
    for reading, prediction in pairs:
        label, score = chosen[reading.index]
        sample = reading.sample
        near, far = depth_range(sample["depth"])
        title = (
            f"{label.replace('_', ' ')}: {score.name}   abs rel {score.metrics['abs_rel']:.3f}"
            f"   rmse {score.metrics['rmse']:.3f} {result.unit}"
            f"   delta1 {score.metrics['delta1']:.3f}"
        )
        figure = sample_panel(
            *(sample["image"], sample["depth"], prediction, near, far, title),
            unit=result.unit or None,
        )
        path = folder / f"{label}_{_file_stem(score.name)}.png"
        write_bytes(path, encode_png(figure))
        written.append(path)
    for kind in PANEL_KINDS:
        for old in folder.glob(f"{kind}_[0-9]*_*.png"):
            if old not in written:
                old.unlink()
    return written


def encode_png(image: np.ndarray) -> bytes:
    """A uint8 RGB image as PNG."""
    _, content = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    return content.tobytes()


def _file_stem(name: str) -> str:
    stem = Path(name.replace("\\", "/")).stem
    return re.sub(r"[^\w.-]+", "_", stem)[-60:] or "image"
