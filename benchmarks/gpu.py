"""Training steps and inference on a GPU: images/s, memory, share of the peak, the largest batch.

    python benchmarks/gpu.py [--output gpu.md] [--minutes 10] [--peak-tflops 989]

DenseDepth-169 at the paper's sizes: NYU Depth v2 640x480, batch 8, and KITTI 1280x384, batch 4; in
float32, in float32 with TF32 (the inputs of convolutions rounded to 10 bits), in mixed bfloat16 and
mixed float16, each with XLA off and on; last the largest batch of a training step, by doubling.

It needs Keras 3 with TensorFlow, or with JAX, which is always compiled: without TensorFlow, or with
KERAS_BACKEND=jax, it takes JAX, and then nothing else of what densedepth-tf requires. Without a GPU
it says so and takes the processor. Every case has a process of its own: a warm-up, then the median
of `--runs` groups of steps. The table is written after every case, and with `--minutes` no case is
begun once they are over.

The share of the peak counts the network's products and sums: twice the multiplications of every
convolution, three times that for a training step. The peak is the device's of that precision
without sparsity, from a table or `--peak-tflops`, which then holds for every row.
"""

import argparse
import importlib.util
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # It need not be installed.

from densedepth_tf.commands.shell.command_line import image_size
from densedepth_tf.files.atomic import write_text

PRECISIONS = {
    "float32": "float32",
    "tf32": "float32",
    "bfloat16": "mixed_bfloat16",
    "float16": "mixed_float16",
}
SIZES = {"nyu": ((480, 640), 8), "kitti": ((384, 1280), 4)}
WORKS = ("training", "inference", "largest")
# Dense TFLOP/s by a part of the device's name: float32 without tensor cores, TF32, half precision;
# by the makers' data sheets.
PEAKS = {
    "B200": (75, 1100, 2250), "H200": (67, 494, 989), "H100 PCIe": (51, 378, 756),
    "H100": (67, 494, 989), "A100": (19.5, 156, 312), "L40S": (91.6, 183, 362),
    "L4": (30.3, 60, 121), "A10G": (35, 35, 70), "A10": (31.2, 62.5, 125),
    "V100": (15.7, 15.7, 125), "T4": (8.1, 8.1, 65), "4090": (82.6, 82.6, 165),
    "3090": (35.6, 35.6, 71),
}  # fmt: skip
HEAD = (
    "| size | work | precision | XLA | images/s | ms a step | peak MB | TFLOP/s | of peak |",
    "|---|---|---|---|---|---|---|---|---|",
)
MOST_DOUBLINGS = 10


def main() -> None:
    options = _parse()
    if "KERAS_BACKEND" not in os.environ:
        os.environ["KERAS_BACKEND"] = _installed_backend()
    if options.case:
        print(json.dumps(_measure(options, *options.case.split(","))))
        return
    print("\n".join(HEAD))
    start, rows = time.monotonic(), []
    for case in _cases(options):
        if options.minutes and time.monotonic() - start > 60 * options.minutes:
            rows.append(f"| {' | '.join(case)} | no time | | | | |")
        elif case[1] == "largest":
            rows.append(_largest(case, options))
        else:
            rows.append(_row(_in_process(case), options))
        print(rows[-1], flush=True)
        if options.output:
            write_text(options.output, "\n".join([*HEAD, *rows, ""]))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", default="densenet169")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--size", type=image_size, metavar="HxW", help="instead of the paper's")
    parser.add_argument("--batch-size", type=int, help="instead of the paper's")
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=list(PRECISIONS))
    parser.add_argument("--works", nargs="+", choices=WORKS, default=list(WORKS))
    parser.add_argument("--runs", type=int, default=5, help="groups of steps, after the warm-up")
    parser.add_argument("--steps", type=int, default=10, help="steps in a group")
    parser.add_argument("--minutes", type=float, help="begin no case after them")
    parser.add_argument("--peak-tflops", type=float, help="of the device, for every precision")
    parser.add_argument("--output", help="Markdown file for the table")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    return parser.parse_args()


def _installed_backend() -> str:
    known = ("tensorflow", "jax")
    return next((name for name in known if importlib.util.find_spec(name)), known[0])


def _cases(options: argparse.Namespace) -> Iterator[tuple[str, str, str, str]]:
    """Size, work, precision and XLA; the largest batches, which take longest, at the end."""
    compiled = ("on",) if os.environ["KERAS_BACKEND"] == "jax" else ("off", "on")
    steps = [work for work in WORKS[:2] if work in options.works]
    yield from itertools.product(options.sizes, steps, options.precisions, compiled)
    if "largest" in options.works:
        yield from itertools.product(options.sizes, ["largest"], options.precisions, ["on"])


def _in_process(case: tuple[str, ...], batch_size: int | None = None) -> dict:
    command = [sys.executable, __file__, *sys.argv[1:], "--case", ",".join(case)]
    if batch_size:
        command += ["--batch-size", str(batch_size)]
    environment = {"TF_CPP_MIN_LOG_LEVEL": "3", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    done = subprocess.run(
        command, capture_output=True, text=True, env={**environment, **os.environ}
    )
    if done.returncode:
        # A case that does not fit into memory leaves the others their turn.
        last = (done.stderr.strip().splitlines() or ["killed"])[-1][:120].replace("|", "/")
        return {"case": case, "error": last}
    return json.loads(done.stdout.splitlines()[-1]) | {"case": case}


def _row(result: dict, options: argparse.Namespace) -> str:
    head = f"| {' | '.join(result['case'])} |"
    if "error" in result:
        return f"{head} {result['error']} | | | | |"
    peak = options.peak_tflops or _known_peak(result["device"], result["case"][2])
    share = f"{result['tflops'] / peak:.1%}" if peak else "unknown device"
    return (
        f"{head} {result['images']:.1f} | {result['milliseconds']:.1f} | "
        f"{result['megabytes']:.0f} | {result['tflops']:.2f} | {share} |"
    )


def _largest(case: tuple[str, str, str, str], options: argparse.Namespace) -> str:
    """The largest batch that a training step takes, and its figures."""
    size, _, precision, xla = case
    batch_size, best = options.batch_size or SIZES[size][1], None
    for _ in range(MOST_DOUBLINGS):
        result = _in_process((size, "training", precision, xla), batch_size)
        if "error" in result:
            break
        best, batch_size = (batch_size, result), 2 * batch_size
    if best is None:
        return f"| {' | '.join(case)} | {result['error']} | | | | |"
    work = f"largest batch: {best[0]}"
    return _row(best[1] | {"case": (size, work, precision, xla)}, options)


def _known_peak(device: str, precision: str) -> float | None:
    peaks = next((peaks for part, peaks in PEAKS.items() if part in device), None)
    return peaks and peaks[{"float32": 0, "tf32": 1}.get(precision, 2)]


def _measure(
    options: argparse.Namespace, size_name: str, work: str, precision: str, xla: str
) -> dict:
    import keras

    from densedepth_tf.models.densedepth.loss import DenseDepthLoss
    from densedepth_tf.models.densedepth.network import DenseDepth

    is_jax = keras.backend.backend() == "jax"
    (_round_on_jax if is_jax else _round_on_tensorflow)(precision == "tf32")
    size, batch_size = SIZES[size_name]
    size, batch_size = options.size or size, options.batch_size or batch_size
    keras.config.set_dtype_policy(PRECISIONS[precision])
    keras.utils.set_random_seed(0)
    model = DenseDepth(options.encoder, encoder_weights=None, image_size=size)
    model.compile(
        keras.optimizers.Adam(1e-4, amsgrad=True), DenseDepthLoss(), jit_compile=xla == "on"
    )
    rng = np.random.default_rng(0)
    # One batch that stays on the device, so that no input is waited for.
    images = keras.ops.convert_to_tensor(rng.random((batch_size, *size, 3), dtype=np.float32))
    targets = keras.ops.convert_to_tensor(
        rng.uniform(1, 100, (batch_size, *model.target_size(size), 1)).astype(np.float32)
    )

    def group(steps: int) -> None:
        if work == "training":
            for _ in range(steps):
                loss = model.train_on_batch(images, targets)
            float(loss)
        else:
            for _ in range(steps):
                model.predict_on_batch(images)

    group(3)
    seconds = []
    for _ in range(options.runs):
        start = time.perf_counter()
        group(options.steps)
        seconds.append((time.perf_counter() - start) / options.steps)
    step = statistics.median(seconds)
    count = batch_size * operations(model, size) * (3 if work == "training" else 1)
    device, megabytes = _jax_device() if is_jax else _tensorflow_device()
    return {
        "images": batch_size / step,
        "milliseconds": 1e3 * step,
        "megabytes": megabytes,
        "tflops": count / step / 1e12,
        "device": device,
    }


def _round_on_jax(to_tf32: bool) -> None:
    import jax

    jax.config.update("jax_default_matmul_precision", "tensorfloat32" if to_tf32 else "float32")


def _round_on_tensorflow(to_tf32: bool) -> None:
    import tensorflow as tf

    tf.config.experimental.enable_tensor_float_32_execution(to_tf32)
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)


def operations(model, size: tuple[int, int]) -> float:
    """Products and sums of all convolutions for one image: sizes follow from their outputs."""
    import keras

    shapes = keras.Model(
        model.inputs, [layer.output for layer in model.layers if hasattr(layer, "kernel")]
    ).compute_output_shape((1, *size, 3))
    kernels = [layer.kernel for layer in model.layers if hasattr(layer, "kernel")]
    return float(
        sum(
            2 * np.prod(kernel.shape) * shape[1] * shape[2]
            for kernel, shape in zip(kernels, shapes, strict=True)
        )
    )


def _tensorflow_device() -> tuple[str, float]:
    import tensorflow as tf

    devices = tf.config.list_physical_devices("GPU")
    if not devices:
        return _cpu()
    name = tf.config.experimental.get_device_details(devices[0]).get("device_name", "GPU")
    return name, tf.config.experimental.get_memory_info("GPU:0")["peak"] / 2**20


def _jax_device() -> tuple[str, float]:
    import jax

    device = jax.devices()[0]
    if device.platform == "cpu":
        return _cpu()
    return device.device_kind, device.memory_stats()["peak_bytes_in_use"] / 2**20


def _cpu() -> tuple[str, float]:
    print("There is no GPU: this is the CPU.", file=sys.stderr)
    status = Path("/proc/self/status").read_text()
    return "CPU", int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()
