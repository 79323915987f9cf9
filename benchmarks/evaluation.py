"""How long an evaluation takes outside the network, and its memory, beside the official code's.

    python benchmarks/evaluation.py [--runs 5] [--images 654]

The NYU protocol: both halves of mirrored averaging from stored 240x320 network outputs to six
figures. The baseline is what DenseDepth's evaluation does, written anew: batches of six are
clipped, enlarged by scikit-image in float64 and kept until the end, where all pixels are compared
at once. Ours is `evaluate` on a model that does what every model does behind its network:
`to_depth` by TensorFlow and the resize to the image's size. Every case has a process of its own
and they take turns; figures are medians of `--runs` turns after one that warms up.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

GOAL = 10
SIZE, OUTPUT_SIZE = (480, 640), (240, 320)
MIN_DEPTH, MAX_DEPTH = 0.1, 10.0
ROWS, COLUMNS = slice(20, 460), slice(24, 616)
NUM_SCENES, BATCH_SIZE = 16, 6
MEMORY_COUNTS = (50, 200, 654)
SIX = ("delta1", "delta2", "delta3", "abs_rel", "rmse", "log10")


class Scenes:
    """Made-up truth, and the raw outputs that a network would give for image and mirrored image."""

    title = "made up"

    def __init__(self, num_images: int):
        rng = np.random.default_rng(0)
        rows, columns = np.mgrid[: SIZE[0], : SIZE[1]] / 100.0
        self.num_images = num_images
        self.depth, self.outputs, self.mirrored_outputs = [], [], []
        for _ in range(NUM_SCENES):
            a, b, c, d = rng.uniform(0.3, 1.0, 4)
            depth = 4 + 2 * np.sin(a * rows + b) * np.cos(c * columns + d)
            small = depth.reshape(240, 2, 320, 2).mean(axis=(1, 3))
            errors = rng.lognormal(0, 0.15, (2, *OUTPUT_SIZE))
            outputs = (MAX_DEPTH / small * errors).astype(np.float32)[..., np.newaxis]
            self.depth.append(depth.astype(np.float32)[..., np.newaxis])
            self.outputs.append(outputs[0])
            self.mirrored_outputs.append(np.ascontiguousarray(outputs[1, :, ::-1]))
        self.image = rng.integers(0, 256, (*SIZE, 3), dtype=np.uint8)

    def __len__(self) -> int:
        return self.num_images

    def sample_name(self, index: int) -> str:
        return str(index)

    def __getitem__(self, index: int) -> dict:
        if index >= self.num_images:
            raise IndexError
        depth = self.depth[index % NUM_SCENES]
        return {"image": self.image.copy(), "depth": depth.copy(), "name": str(index)}

    def network(self) -> Callable[[int], np.ndarray]:
        """A function that takes batch sizes and gives outputs, mirrored ones every other time."""
        start = calls = 0

        def call(count: int) -> np.ndarray:
            nonlocal start, calls
            mirrored = calls % 2
            outputs = self.mirrored_outputs if mirrored else self.outputs
            places = range(start, start + count)
            start, calls = start + mirrored * count, calls + 1
            return np.stack([outputs[place % NUM_SCENES] for place in places])

        return call


def evaluate_slowly(scenes: Scenes) -> list[float]:
    """The baseline: the six pooled figures."""
    from skimage.transform import resize

    network = scenes.network()
    predictions, truths = [], []
    for start in range(0, len(scenes), BATCH_SIZE):
        batch = [scenes[place] for place in range(start, min(start + BATCH_SIZE, len(scenes)))]
        images = np.stack([sample["image"] for sample in batch]) / 255.0
        halves = []
        for pictures in (images, images[:, :, ::-1]):
            depth = np.clip(MAX_DEPTH / network(len(pictures)), MIN_DEPTH, MAX_DEPTH)
            halves.append(
                [resize(one[..., 0], SIZE, order=1, preserve_range=True) for one in depth]
            )
        for sample, one, mirrored in zip(batch, *halves, strict=True):
            predictions.append((0.5 * one + 0.5 * mirrored[:, ::-1])[ROWS, COLUMNS])
            truths.append(sample["depth"][ROWS, COLUMNS, 0])
    prediction, truth = np.stack(predictions), np.stack(truths)
    ratio = np.maximum(truth / prediction, prediction / truth)
    return [
        *((ratio < 1.25**power).mean() for power in (1, 2, 3)),
        np.mean(np.abs(truth - prediction) / truth),
        np.sqrt(np.mean((truth - prediction) ** 2)),
        np.mean(np.abs(np.log10(truth) - np.log10(prediction))),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=654)
    parser.add_argument("--runs", type=int, default=5, help="turns, beside the warm-up")
    parser.add_argument("--skip-memory", action="store_true", help="only the times")
    parser.add_argument("--case", choices=("baseline", "ours"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        print(json.dumps(_measure(options.case, options.images)))
        return
    rows = {"baseline": [], "ours": []}
    for _ in range(options.runs + 1):
        for case, results in rows.items():
            results.append(_in_process(case, options.images))
    print(f"goal {GOAL}x; {options.images} images, medians of {options.runs}, ms an image")
    middle = {
        case: [statistics.median(row[key] for row in results[1:]) for key in ("wall", "processor")]
        for case, results in rows.items()
    }
    for case, (wall, processor) in middle.items():
        ratios = middle["baseline"][0] / wall, middle["baseline"][1] / processor
        print(
            f"{case:10} {1e3 * wall:7.2f} wall-clock {ratios[0]:5.1f}x "
            f"{1e3 * processor:8.2f} processor {ratios[1]:5.1f}x"
        )
    expected, got = (np.array(rows[case][0]["figures"]) for case in ("baseline", "ours"))
    for name, a, b in zip(SIX, expected, got, strict=True):
        print(f"  {name:8} {a:.9f} {b:.9f}  relative difference {abs(b / a - 1):.1e}")
    if not options.skip_memory:
        print("peak MB by number of images, beside what the process holds before it begins")
        for case in rows:
            peaks = [_in_process(case, count)["megabytes"] for count in MEMORY_COUNTS]
            shown = "  ".join(
                f"{count}: {peak:5.0f}" for count, peak in zip(MEMORY_COUNTS, peaks, strict=True)
            )
            print(f"{case:10} {shown}")


def _in_process(case: str, num_images: int) -> dict:
    command = [sys.executable, __file__, "--case", case, "--images", str(num_images)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def _measure(case: str, num_images: int) -> dict:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Starts of libraries, thread pools and functions are not what is measured.
    run = evaluate_slowly if case == "baseline" else _evaluator()
    run(Scenes(2 * BATCH_SIZE))
    scenes, held = Scenes(num_images), _peak_megabytes()
    start = time.perf_counter(), time.process_time()
    figures = run(scenes)
    seconds = time.perf_counter() - start[0], time.process_time() - start[1]
    return {
        "wall": seconds[0] / num_images,
        "processor": seconds[1] / num_images,
        "megabytes": _peak_megabytes() - held,
        "figures": [float(figure) for figure in figures],
    }


def _evaluator() -> Callable[[Scenes], list[float]]:
    import tensorflow as tf

    from densedepth_tf.evaluation.evaluator import evaluate
    from densedepth_tf.geometry.resizing.resize import resize_maps
    from densedepth_tf.models.densedepth.inverse_depth_codec import InverseDepthCodec

    codec = InverseDepthCodec(MIN_DEPTH, MAX_DEPTH)
    to_depth = tf.function(codec.to_depth, reduce_retracing=True, autograph=False)

    class Model:
        max_depth = MAX_DEPTH

        def __init__(self, network: Callable[[int], np.ndarray]):
            self.network = network

        def predict_depth(self, images: np.ndarray) -> np.ndarray:
            depth = to_depth(tf.constant(self.network(len(images)))).numpy()
            return resize_maps(depth, images.shape[1:3])

    def run(scenes: Scenes) -> list[float]:
        model = Model(scenes.network())
        result = evaluate(model, scenes, "nyu", batch_size=BATCH_SIZE, progress=False)
        return [result.metrics["pooled"][name] for name in SIX]

    return run


def _peak_megabytes() -> float:
    """Most memory this process has held; `getrusage` would count its parent's, too."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()
