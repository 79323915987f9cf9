"""How long a user waits for `--help` and for the first depth map of a fresh process.

    python benchmarks/cold_start.py [--encoder densenet169] [--runs 5]
    python benchmarks/cold_start.py --checkpoint nyu_small --skip-help

Commands are started as users start them, in turns; figures are medians of `--runs` starts after one
that warms the disk cache, by wall-clock and by the processor time of the process. The naive start
imports everything at the top, as scripts do: TensorFlow, Keras, matplotlib's pyplot, scikit-image,
SciPy and every module of the package; then it loads the model, calls `model.predict`, brings the
output to the picture's size and saves it; of a preset it loads a `.keras` copy. Without a
checkpoint the weights are random.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from densedepth_tf.__main__ import COMMANDS
from densedepth_tf.checkpoints import is_preset, load
from densedepth_tf.commands.shell.command_line import image_size

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ("train.py", "evaluate.py", "predict.py", "export.py")
HELP_GOAL, FIRST_OUTPUT_GOAL = 0.5, 0.5

NAIVE = """
import importlib, pkgutil, sys
import cv2, h5py, keras, matplotlib.pyplot as plt, numpy as np, scipy.ndimage, scipy.sparse
import skimage.io, skimage.transform, tensorflow as tf
import densedepth_tf
for module in pkgutil.walk_packages(densedepth_tf.__path__, "densedepth_tf."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
checkpoint, picture, output = sys.argv[1:]
model = keras.models.load_model(checkpoint, compile=False)
image = skimage.io.imread(picture)
batch = skimage.transform.resize(image, model.image_size)[np.newaxis].astype("float32")
depth = model.to_depth(model.predict(batch, verbose=0)).numpy()[0, ..., 0]
depth = skimage.transform.resize(depth, image.shape[:2], order=1)
cv2.imwrite(output + ".depth.png", np.rint(depth * 1000).astype(np.uint16))
plt.imsave(output + ".color.png", depth, cmap="turbo_r")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--checkpoint", help=".keras file, preset or its .npz; random weights without"
    )
    parser.add_argument("--encoder", default="densenet169", help="of the model without checkpoint")
    parser.add_argument(
        "--artefacts", nargs="*", default=[], type=Path, help="exported models to start, too"
    )
    parser.add_argument("--size", type=image_size, default=(480, 640), metavar="HxW")
    parser.add_argument("--runs", type=int, default=5, help="starts, beside the warm-up")
    parser.add_argument("--skip-help", action="store_true", help="only the first output")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if not options.skip_help:
            _print_help_times(options.runs)
        _print_first_output(options, Path(folder))


def _print_help_times(runs: int) -> None:
    commands = {name: [str(ROOT / name), "--help"] for name in SCRIPTS}
    commands["python -m densedepth_tf"] = ["-m", "densedepth_tf", "--help"]
    commands |= {f"  {name}": ["-m", "densedepth_tf", name, "--help"] for name in COMMANDS}
    print(f"--help: goal under {HELP_GOAL} s; seconds wall-clock (processor)")
    for name, (wall, processor) in _medians(commands, runs).items():
        print(f"{name:26}{wall:6.2f} ({processor:.2f})")


def _print_first_output(options: argparse.Namespace, folder: Path) -> None:
    import cv2

    checkpoint = options.checkpoint or _random_checkpoint(options, folder)
    keras_file = checkpoint
    if is_preset(checkpoint) or Path(checkpoint).suffix == ".npz":
        keras_file = folder / "preset.keras"
        load(checkpoint).save(keras_file)
    picture = folder / "photo.jpg"
    noise = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    height, width = options.size
    cv2.imwrite(str(picture), cv2.resize(noise, (width, height)))
    commands = {
        "naive": ["-c", NAIVE, str(keras_file), str(picture), str(folder / "naive")],
        "predict.py": [
            *(str(ROOT / "predict.py"), "--checkpoint", str(checkpoint)),
            *("--input", str(picture), "--output", str(folder / "outputs")),
        ],
    }
    for artefact in options.artefacts:
        commands[f"predict.py, {artefact.suffix[1:]}"] = [
            *(str(ROOT / "predict.py"), "--checkpoint", str(artefact)),
            *("--input", str(picture), "--output", str(folder / artefact.suffix[1:])),
        ]
    times = _medians(commands, options.runs)
    print(f"first output of one {height}x{width} photograph: goal {FIRST_OUTPUT_GOAL} of the naive")
    for name, (wall, processor) in times.items():
        ratios = wall / times["naive"][0], processor / times["naive"][1]
        print(f"{name:26}{wall:6.2f} ({processor:.2f}) {ratios[0]:6.2f} ({ratios[1]:.2f}) of naive")


def _medians(commands: dict[str, list[str]], runs: int) -> dict[str, tuple[float, float]]:
    """Wall-clock and processor seconds of every command, which take turns."""
    seconds = {name: [] for name in commands}
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    for _ in range(runs + 1):
        for name, command in commands.items():
            start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(
                [sys.executable, *command], check=True, env=environment, capture_output=True
            )
            wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
            used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            seconds[name].append((wall, used))
    return {
        name: tuple(statistics.median(column) for column in zip(*rows[1:], strict=True))
        for name, rows in seconds.items()
    }


def _random_checkpoint(options: argparse.Namespace, folder: Path) -> Path:
    import keras

    from densedepth_tf import DenseDepth

    keras.utils.set_random_seed(0)
    model = DenseDepth(options.encoder, encoder_weights=None, image_size=options.size)
    model.save(folder / "model.keras")
    return folder / "model.keras"


if __name__ == "__main__":
    main()
