"""How long a training step takes and what it holds, beside the official code's loss and optimiser.

    python benchmarks/training_step.py [--size 480x640] [--batch-size 4] [--runs 5]

DenseDepth-169 on random batches. "ours" is what train.py compiles, in float32 and bfloat16; the
baseline is the official graph's loss, written anew (L1 and gradients by `tf.image.image_gradients`,
`tf.image.ssim`), with Adam and amsgrad, on Keras 3 and, where tf-keras is installed, on Keras 2.
Every case has a process of its own in every turn; a turn is the median of `--steps` steps after two
that warm up, and figures are medians of `--runs` turns. "loss" is the loss and its gradient alone,
"augmentation" the flips, swaps and halving of a batch that is already decoded. The floor is the
time that the step's products and sums (of the convolutions, thrice those of a forward pass) take at
the rate of a large matrix product, measured in the same turns.
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

from densedepth_tf.commands.shell.command_line import image_size

CASES = ("baseline, Keras 2", "baseline, Keras 3", "ours, float32", "ours, bfloat16")
PARTS = ("loss", "augmentation")
FLOORS = ("floor, float32", "floor, bfloat16")
MATRIX_SIDE = 2048
NOT_INSTALLED = 77
GOALS = "goals: no slower than Keras 2; bfloat16 1.5x where the processor has it; parts < 5 %"
BFLOAT16_FLAGS = ("amx_bf16", "avx512_bf16")
TAPS = ("pool3_pool", "pool2_pool", "pool1", ("conv1/relu", "conv1_relu"))
MAX_VALUE = 100.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", default="densenet169", choices=("densenet121", "densenet169"))
    parser.add_argument("--size", type=image_size, default=(480, 640), metavar="HxW")
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--steps", type=int, default=1, help="steps of a turn, beside the warm-up")
    parser.add_argument("--runs", type=int, default=5, help="turns")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--case", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if any(side % 32 for side in options.size):
        parser.error(f"--size is in multiples of 32. Received: {options.size}")
    if options.case:
        print(json.dumps(_measure(options)))
        return
    print(f"{GOALS}; this processor has {_bfloat16_support()}")
    rows = {case: [] for case in (*options.cases, *PARTS, *FLOORS)}
    for _ in range(options.runs):
        for case, results in rows.items():
            results.append(_in_process(case))
    rows = {case: [row for row in results if row] for case, results in rows.items()}
    middle = {
        case: {key: statistics.median(row[key] for row in results) for key in results[0]}
        for case, results in rows.items()
        if results
    }
    first = next(iter(middle.values()))
    print(f"{'':20}{'s a step':>9} {'ratio':>6} {'processor s':>12} {'ratio':>6} {'peak MB':>8}")
    for case in options.cases:
        if case not in middle:
            print(f"{case:20} is not installed")
            continue
        row = middle[case]
        print(
            f"{case:20}{row['wall']:9.2f} {first['wall'] / row['wall']:5.2f}x "
            f"{row['processor']:12.2f} {first['processor'] / row['processor']:5.2f}x "
            f"{row['megabytes']:8.0f}"
        )
    for case in (floor for floor in FLOORS if floor in middle):
        print(f"{case:20}{middle[case]['wall']:9.2f}")
    if "ours, float32" in middle:
        for part in PARTS:
            share = middle[part]["processor"] / middle["ours, float32"]["processor"]
            print(
                f"{part:20}{middle[part]['wall']:9.3f} {share:27.2%} of our step's processor time"
            )


def _in_process(case: str) -> dict | None:
    command = [sys.executable, __file__, *sys.argv[1:], "--case", case]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    if case == CASES[0]:
        environment["TF_USE_LEGACY_KERAS"] = "1"
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment)
    if done.returncode == NOT_INSTALLED:
        return None
    done.check_returncode()
    return json.loads(done.stdout.splitlines()[-1])


def _measure(options: argparse.Namespace) -> dict[str, float]:
    if options.case == CASES[0]:
        try:
            import tf_keras as keras
        except ImportError:
            sys.exit(NOT_INSTALLED)
    else:
        import keras
    keras.utils.set_random_seed(0)
    size = options.size
    target_size = (size[0] // 2, size[1] // 2)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (options.batch_size, *size, 3), dtype=np.uint8)
    if options.case in CASES[:2]:
        images = images / np.float32(255)
    targets = rng.uniform(1, MAX_VALUE, (options.batch_size, *target_size, 1)).astype(np.float32)
    if options.case in FLOORS:
        return _floor(options, keras)
    if options.case == "loss":
        step = _loss_step(targets)
    elif options.case == "augmentation":
        step = _augmentation_step(options, size, target_size)
    else:
        model = _compiled_model(options, keras)
        step = lambda: model.train_on_batch(images, targets)  # noqa: E731
    for _ in range(2):
        step()
    wall, processor = [], []
    for _ in range(options.steps):
        start = time.perf_counter(), time.process_time()
        step()
        wall.append(time.perf_counter() - start[0])
        processor.append(time.process_time() - start[1])
    return {
        "wall": statistics.median(wall),
        "processor": statistics.median(processor),
        "megabytes": _peak_megabytes(),
    }


def _compiled_model(options: argparse.Namespace, keras):
    if options.case.startswith("baseline"):
        model = _official_graph(keras, options.encoder)
        model.compile(keras.optimizers.Adam(1e-4, amsgrad=True), _official_loss)
        return model
    from densedepth_tf.models.densedepth.loss import DenseDepthLoss
    from densedepth_tf.models.densedepth.network import DenseDepth

    if options.case == "ours, bfloat16":
        keras.config.set_dtype_policy("mixed_bfloat16")
    model = DenseDepth(options.encoder, encoder_weights=None, image_size=options.size)
    optimizer = keras.optimizers.Adam(1e-4, amsgrad=True, epsilon=1e-7)
    model.compile(optimizer, DenseDepthLoss())
    return model


def _official_graph(keras, encoder: str):
    """Encoder, `conv2`, four up-blocks and `conv3`, in either Keras."""
    layers = keras.layers
    builder = getattr(keras.applications, f"DenseNet{encoder[-3:]}")
    base = builder(include_top=False, weights=None, input_shape=(None, None, 3))
    names = {layer.name for layer in base.layers}
    filters = base.layers[-1].output.shape[-1] // 2
    x = layers.Conv2D(filters, 1, padding="same", name="conv2")(base.output)
    for level, tap in enumerate(TAPS, start=1):
        name = tap if isinstance(tap, str) else next(name for name in tap if name in names)
        width = filters // 2**level
        x = layers.UpSampling2D(2, interpolation="bilinear", name=f"up{level}")(x)
        x = layers.Concatenate(name=f"up{level}_concat")([x, base.get_layer(name).output])
        for part in "AB":
            x = layers.Conv2D(width, 3, padding="same", name=f"up{level}_conv{part}")(x)
            x = layers.LeakyReLU(0.2, name=f"up{level}_relu{part}")(x)
    return keras.Model(base.input, layers.Conv2D(1, 3, padding="same", name="conv3")(x))


def _official_loss(y_true, y_pred):
    import tensorflow as tf

    l1 = tf.reduce_mean(tf.abs(y_pred - y_true), axis=-1)
    down_true, across_true = tf.image.image_gradients(y_true)
    down, across = tf.image.image_gradients(y_pred)
    edges = tf.reduce_mean(tf.abs(down - down_true) + tf.abs(across - across_true), axis=-1)
    similarity = tf.clip_by_value((1 - tf.image.ssim(y_true, y_pred, MAX_VALUE)) / 2, 0, 1)
    return tf.reduce_mean(similarity) + tf.reduce_mean(edges) + 0.1 * tf.reduce_mean(l1)


def _loss_step(targets: np.ndarray) -> Callable[[], None]:
    import tensorflow as tf

    from densedepth_tf.models.densedepth.loss import DenseDepthLoss

    loss, predictions = DenseDepthLoss(), tf.constant(targets[:, ::-1])
    targets = tf.constant(targets)

    @tf.function
    def gradient():
        with tf.GradientTape() as tape:
            tape.watch(predictions)
            value = loss(targets, predictions)
        return tape.gradient(value, predictions)

    return gradient


def _augmentation_step(
    options: argparse.Namespace, size: tuple[int, int], target_size: tuple[int, int]
) -> Callable[[], None]:
    import tensorflow as tf

    from densedepth_tf.data.batches.augmentation import Augmentation, flip_and_reorder
    from densedepth_tf.data.batches.resize_depth import halve_depth

    augmentation = Augmentation()
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    depth = np.full((*size, 1), 3.0, np.float32)
    draw = tf.function(augmentation.draw_flip_and_order)

    def step() -> None:
        for number in range(options.batch_size):
            flip, order = draw(tf.constant([0, number], tf.int64))
            flip_and_reorder(image, halve_depth(depth), bool(flip), order.numpy())

    return step


def _floor(options: argparse.Namespace, keras) -> dict[str, float]:
    """Seconds that a step's arithmetic takes at the rate of a matrix product."""
    from gpu import operations

    from densedepth_tf.models.densedepth.network import DenseDepth

    model = DenseDepth(options.encoder, encoder_weights=None)
    count = 3 * options.batch_size * operations(model, options.size)
    dtype = options.case.split()[-1]
    matrix = keras.ops.cast(keras.random.uniform((MATRIX_SIDE, MATRIX_SIDE)), dtype)
    seconds = []
    for _ in range(12):
        start = time.perf_counter()
        product = keras.ops.matmul(matrix, matrix)
        keras.ops.convert_to_numpy(keras.ops.cast(product[0, 0], "float32"))
        seconds.append(time.perf_counter() - start)
    wall = count * statistics.median(seconds[2:]) / (2 * MATRIX_SIDE**3)
    return {"wall": wall, "processor": wall, "megabytes": 0.0}


def _bfloat16_support() -> str:
    try:
        flags = Path("/proc/cpuinfo").read_text().split()
    except OSError:
        return "unknown support of bfloat16"
    return ", ".join(flag for flag in BFLOAT16_FLAGS if flag in flags) or "no bfloat16"


def _peak_megabytes() -> float:
    """Most memory this process has held; `getrusage` would count its parent's, too."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()
