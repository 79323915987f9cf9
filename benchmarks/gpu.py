"""A training step and inference on a GPU: images/s, memory and share of the peak, by precision.

    python benchmarks/gpu.py [--peak-tflops 989] [--output gpu.md]
    KERAS_BACKEND=jax python benchmarks/gpu.py

DenseDepth-169 at the paper's sizes: NYU Depth v2 640x480, batch 8, and KITTI 1280x384, batch 4;
float32, mixed bfloat16 and mixed float16, each with XLA off and on (JAX is always compiled). It
needs Keras 3 with TensorFlow or JAX and a GPU; without one it says so and takes the CPU. Every case
has a process of its own: a warm-up, then the median of `--runs` groups of steps.

The share of the peak counts the network's products and sums: twice the multiplications of every
convolution, three times that for a training step. The peak is the device's of that precision
without sparsity, from a table or `--peak-tflops`, which then holds for every row.
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

PRECISIONS = {"float32": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}
SIZES = {"nyu": ((480, 640), 8), "kitti": ((384, 1280), 4)}
# Dense TFLOP/s by a part of the device's name: float32 without tensor cores, half precision with.
PEAKS = {
    "B200": (75, 2250), "H200": (67, 989), "H100 PCIe": (51, 756), "H100": (67, 989),
    "A100": (19.5, 312), "L40S": (91.6, 362), "L4": (30.3, 121), "A10G": (35, 70),
    "A10": (31.2, 125), "V100": (15.7, 125), "T4": (8.1, 65), "4090": (82.6, 165),
    "3090": (35.6, 71),
}  # fmt: skip
HEAD = (
    "| size | work | precision | XLA | images/s | ms a step | peak MB | TFLOP/s | of peak |",
    "|---|---|---|---|---|---|---|---|---|",
)


def main() -> None:
    options = _parse()
    if options.case:
        print(json.dumps(_measure(options, *options.case.split(","))))
        return
    print("\n".join(HEAD))
    rows = []
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    for name in options.sizes:
        for work in ("training", "inference"):
            for precision in options.precisions:
                for xla in ("on",) if backend == "jax" else ("off", "on"):
                    rows.append(_row(_in_process(",".join((name, work, precision, xla))), options))
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
    parser.add_argument("--runs", type=int, default=5, help="groups of steps, after the warm-up")
    parser.add_argument("--steps", type=int, default=10, help="steps in a group")
    parser.add_argument("--peak-tflops", type=float, help="of the device, for every precision")
    parser.add_argument("--output", help="Markdown file for the table")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    return parser.parse_args()


def _in_process(case: str) -> dict:
    command = [sys.executable, __file__, *sys.argv[1:], "--case", case]
    environment = {"TF_CPP_MIN_LOG_LEVEL": "3", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    done = subprocess.run(
        command, capture_output=True, text=True, env={**environment, **os.environ}
    )
    if done.returncode:
        # A case that does not fit into memory leaves the others their turn.
        return {"case": case, "error": (done.stderr.strip().splitlines() or ["killed"])[-1][:120]}
    return json.loads(done.stdout.splitlines()[-1]) | {"case": case}


def _row(result: dict, options: argparse.Namespace) -> str:
    size, work, precision, xla = result["case"].split(",")
    if "error" in result:
        return f"| {size} | {work} | {precision} | {xla} | {result['error']} | | | | |"
    peak = options.peak_tflops or _known_peak(result["device"], precision)
    share = f"{result['tflops'] / peak:.1%}" if peak else "unknown device"
    return (
        f"| {size} | {work} | {precision} | {xla} | {result['images']:.1f} | "
        f"{result['milliseconds']:.1f} | {result['megabytes']:.0f} | {result['tflops']:.2f} | "
        f"{share} |"
    )


def _known_peak(device: str, precision: str) -> float | None:
    peaks = next((peaks for part, peaks in PEAKS.items() if part in device), None)
    return peaks and peaks[0 if precision == "float32" else 1]


def _measure(
    options: argparse.Namespace, size_name: str, work: str, precision: str, xla: str
) -> dict:
    import keras

    from densedepth_tf.models.densedepth.loss import DenseDepthLoss
    from densedepth_tf.models.densedepth.network import DenseDepth

    is_jax = keras.backend.backend() == "jax"
    if not is_jax:
        import tensorflow as tf

        # The paper's float32, not TF32's 10 bits; the loss needs them.
        tf.config.experimental.enable_tensor_float_32_execution(False)
        for gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, True)
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
