"""Milliseconds and memory of every runtime and precision, beside plain `model.predict`.

    python benchmarks/inference.py --checkpoint runs/nyu --size 480x640 --folder artefacts \
        --calibration NYU_LABELED_TRAIN --dataset nyu --holdout-every 8
    python benchmarks/inference.py --encoder densenet169 --size 480x640 --folder artefacts

One uint8 photograph in, metres of its size out; `model.predict`, the baseline, starts from floats
at the network's size and ends in the network's output, which is less work. Every case has a
process of its own: warm-up, then the median of `--runs`; the memory is that process's peak. With
a data set, the artefacts' depth is measured on its validation split, which calibration never saw.
Artefacts are kept in the folder and taken from there the next time. Without a checkpoint the
weights are random: right for times, meaningless for depth.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from densedepth_tf.commands.shell.command_line import image_size
from densedepth_tf.files.atomic import write_text

WARM_UP = 5
BASELINE = "model.predict"


def main() -> None:
    options = _parse()
    if options.case:
        print(json.dumps(_measure(options)))
        return
    from densedepth_tf.export.exporters import FORMATS

    checkpoint = _checkpoint(options)
    wanted = [(BASELINE, checkpoint), ("predict_depth", checkpoint)]
    for name, known in FORMATS.items():
        for precision in known.precisions:
            if precision == "int8" and options.calibration is None and options.checkpoint:
                continue
            wanted.append((f"{name} {precision}", _artefact(options, checkpoint, name, precision)))
    rows = []
    for case, path in wanted:
        command = [*(sys.executable, __file__, *sys.argv[1:]), "--case", case, "--path", str(path)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]) | {"case": case})
        print(_line(rows[-1], rows[0]), flush=True)
    if options.output:
        write_text(options.output, "\n".join([*HEAD, *(_line(r, rows[0]) for r in rows)]))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", help="a trained model; random weights without")
    parser.add_argument("--encoder", default="densenet169", help="of the model without checkpoint")
    parser.add_argument("--size", type=image_size, default=(480, 640), metavar="HxW")
    parser.add_argument("--any-size", action="store_true", help="export without --size")
    parser.add_argument("--folder", type=Path, required=True, help="for the artefacts")
    parser.add_argument("--calibration", metavar="PATH", help="a data set, for int8 and for delta1")
    parser.add_argument("--dataset", default="nyu")
    parser.add_argument("--holdout-every", type=int, default=8)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--output", help="Markdown file for the table")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    parser.add_argument("--path", help=argparse.SUPPRESS)
    return parser.parse_args()


def _checkpoint(options: argparse.Namespace) -> Path:
    if options.checkpoint:
        return Path(options.checkpoint)
    path = options.folder / f"{options.encoder}.keras"
    if not path.is_file():
        import keras

        from densedepth_tf import DenseDepth

        options.folder.mkdir(parents=True, exist_ok=True)
        keras.utils.set_random_seed(0)
        model = DenseDepth(options.encoder, encoder_weights=None, image_size=options.size)
        kernel, bias = model.get_layer("conv3").get_weights()
        model.get_layer("conv3").set_weights([kernel, bias + 4])  # depths inside the range
        model.save(path)
    return path


def _artefact(options: argparse.Namespace, checkpoint: Path, name: str, precision: str) -> Path:
    from densedepth_tf.export.exporters import FORMATS, export_checkpoint
    from densedepth_tf.export.quantization.int8_calibration import Int8Calibration

    path = options.folder / f"{checkpoint.stem}_{name}_{precision}{FORMATS[name].suffix}"
    if path.exists():
        return path
    calibration = None
    if options.calibration:
        from densedepth_tf.data.sources import open_source

        source = open_source(
            options.dataset, options.calibration, "train", holdout_every=options.holdout_every
        )
        calibration = Int8Calibration.from_source(source, 100)
    elif precision == "int8":
        noise = np.random.default_rng(0).integers(0, 256, (4, *options.size, 3), dtype=np.uint8)
        calibration = Int8Calibration(list(noise))
    fixed = not options.any_size or precision in FORMATS[name].need_size
    size = options.size if fixed else None
    report = export_checkpoint(checkpoint, name, path, precision, size, calibration)
    print(f"exported {path}: {report}", file=sys.stderr)
    return path


def _measure(options: argparse.Namespace) -> dict[str, float]:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    image = np.random.default_rng(0).integers(0, 256, (*options.size, 3), dtype=np.uint8)
    from densedepth_tf import load

    model = load(options.path)
    predict = lambda: model.predict_depth(image)  # noqa: E731
    if options.case == BASELINE:
        size = model.image_size or options.size
        batch = np.random.default_rng(0).random((1, *size, 3), dtype=np.float32)
        predict = lambda: model.predict(batch, verbose=0)  # noqa: E731
    for _ in range(WARM_UP):
        predict()
    times = []
    for _ in range(options.runs):
        start = time.perf_counter()
        predict()
        times.append(time.perf_counter() - start)
    measured = {"milliseconds": 1e3 * statistics.median(times), "megabytes": _peak_megabytes()}
    if options.calibration and options.case != BASELINE:
        from densedepth_tf.data.sources import open_source
        from densedepth_tf.evaluation.metrics import MetricsAccumulator, error_sums

        accumulator = MetricsAccumulator()
        source = open_source(
            options.dataset, options.calibration, "validation", holdout_every=options.holdout_every
        )
        for sample in source:
            accumulator.add(error_sums(model.predict_depth(sample["image"]), sample["depth"]))
        metrics = accumulator.result()["per_image"]
        measured |= {key: metrics[key] for key in ("delta1", "abs_rel")}
    return measured


def _peak_megabytes() -> float:
    """Most memory this process has held; `getrusage` would count its parent's, too."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


HEAD = (
    "| case | ms | times faster | peak MB | delta1 | abs_rel |",
    "|---|---|---|---|---|---|",
)


def _line(row: dict, baseline: dict) -> str:
    ratio = baseline["milliseconds"] / row["milliseconds"]
    quality = [f"{row[key]:.4f}" if key in row else "" for key in ("delta1", "abs_rel")]
    return (
        f"| {row['case']} | {row['milliseconds']:.1f} | {ratio:.2f} | {row['megabytes']:.0f} | "
        + " | ".join(quality)
        + " |"
    )


if __name__ == "__main__":
    main()
