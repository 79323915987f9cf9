"""How fast pictures become batches, beside the official code's loader and beside pure decoding.

    python benchmarks/input_pipeline.py [--data-dir NYU_LABELED_TRAIN] [--images 1024] [--runs 5]

From 640x480 JPEG and 8-bit PNG to shuffled, flipped and channel-swapped batches of images and
320x240 targets. The baseline is what DenseDepth's loader does, written anew: one process,
Pillow, float64, and scikit-image's anti-aliased resize of every target. "decoding alone" hands the
same files to the fastest decoder at hand, one thread a core, and throws the pixels away: the floor.
The cases take turns; figures are medians of `--runs` turns after one that warms up, of wall-clock
and of the processor time of all threads, which other processes disturb least. Without a data set
rendered rooms are compressed and read.
"""

import argparse
import io
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.transform import resize

BATCH_SIZE = 4
SIZE, TARGET_SIZE = (480, 640), (240, 320)
MAX_CENTIMETRES, MIN_CENTIMETRES = 1000.0, 10.0
GOALS = "goals: 3x the baseline, .75 of decoding, TFRecord no slower, targets within 1e-4"
NUM_ROOMS = 16
CV2_UNCHANGED = -1


def load_slowly(
    files: list[tuple[bytes, bytes]], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The baseline's batch: float32 images in [0, 1] and targets."""
    images = np.zeros((len(files), *SIZE, 3), np.float32)
    targets = np.zeros((len(files), *TARGET_SIZE, 1), np.float32)
    for place, (jpeg, png) in enumerate(files):
        image = np.clip(np.asarray(Image.open(io.BytesIO(jpeg))) / 255, 0, 1)
        stored = np.asarray(Image.open(io.BytesIO(png))).reshape(*SIZE, 1)
        depth = np.clip(stored / 255 * MAX_CENTIMETRES, MIN_CENTIMETRES, MAX_CENTIMETRES)
        depth = resize(
            depth, TARGET_SIZE, order=1, mode="reflect", anti_aliasing=True, preserve_range=True
        )
        target = MAX_CENTIMETRES / depth
        if rng.random() < 0.5:
            image, target = image[:, ::-1], target[:, ::-1]
        if rng.random() < 0.25:
            image = image[..., rng.permutation(3)]
        images[place], targets[place] = image, target
    return images, targets


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", help="folder with nyu2_train.csv; rendered rooms without")
    parser.add_argument("--images", type=int, default=1024, help="images of a turn")
    parser.add_argument("--runs", type=int, default=5, help="turns, beside the warm-up")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with tempfile.TemporaryDirectory() as folder:
        _run(options, Path(folder))


def _run(options: argparse.Namespace, folder: Path) -> None:
    import cv2

    from densedepth_tf.data.batches.loader import Loader, StreamLoader
    from densedepth_tf.data.pairs.nyu import TRAIN_LIST, NYUSource
    from densedepth_tf.data.pairs.pair_list import parse_pairs
    from densedepth_tf.data.tfrecord.tfrecord_source import TFRecordSource
    from densedepth_tf.data.tfrecord.tfrecord_writer import write_shards
    from densedepth_tf.files.images.image_file import read_image
    from densedepth_tf.process.available_cores import available_cores

    data = options.data_dir or _write_rooms(folder / "rooms")
    source = NYUSource(data, "train")
    if read_image(source.image_content(0)).shape[:2] != SIZE:
        raise SystemExit(f"{data}: pictures of 640x480 are needed.")
    shards = folder / "shards"
    write_shards(source, shards, "train", 2)
    files = [
        (Path(data, pair.image).read_bytes(), Path(data, pair.depth).read_bytes())
        for pair in parse_pairs(Path(data, TRAIN_LIST).read_bytes(), TRAIN_LIST)[: options.images]
    ]
    difference = _target_difference(files[:8], Loader(source))
    print(f"targets differ from scikit-image's by at most {difference:.1e}, relative")
    files = [files[index % len(files)] for index in range(options.images)]
    cores = available_cores()
    rng = np.random.default_rng(0)
    cv2.setNumThreads(1)

    def decode(pair: tuple[bytes, bytes]) -> None:
        cv2.imdecode(np.frombuffer(pair[0], np.uint8), cv2.IMREAD_COLOR_RGB)
        cv2.imdecode(np.frombuffer(pair[1], np.uint8), CV2_UNCHANGED)

    def decode_jpeg(pair: tuple[bytes, bytes]) -> None:
        cv2.imdecode(np.frombuffer(pair[0], np.uint8), cv2.IMREAD_COLOR_RGB)

    def in_threads(function: Callable) -> Callable[[], None]:
        def work() -> None:
            with ThreadPoolExecutor(cores) as pool:
                list(pool.map(function, files))

        return work

    def baseline() -> None:
        for start in range(0, len(files), BATCH_SIZE):
            load_slowly(files[start : start + BATCH_SIZE], rng)

    cases = {
        "baseline, one process": (baseline, None),
        "decoding alone": (in_threads(decode), None),
        "decoding alone, JPEG only": (in_threads(decode_jpeg), None),
        "pipeline, files": _pipeline(Loader(source), options.images),
        "pipeline, TFRecord": _pipeline(
            StreamLoader(TFRecordSource(shards, "train")), options.images
        ),
    }
    times = {name: [] for name in cases}
    for _ in range(options.runs + 1):
        for name, (work, prepare) in cases.items():
            prepared = () if prepare is None else (prepare(),)
            start = time.perf_counter(), time.process_time()
            work(*prepared)
            elapsed = time.perf_counter() - start[0], time.process_time() - start[1]
            times[name].append(elapsed)
            del prepared
    print(f"{GOALS}; {cores} cores; {options.images} images, medians of {options.runs}")
    print(f"{'':26}{'images/s':>9} {'ratio':>6} {'of floor':>9}   per core: ratio, of floor")
    speeds = {
        name: [options.images / statistics.median(column) for column in zip(*rows[1:], strict=True)]
        for name, rows in times.items()
    }
    slow, floor = speeds["baseline, one process"], speeds["decoding alone"]
    for name, (wall, core) in speeds.items():
        print(
            f"{name:26}{wall:9.1f} {wall / slow[0]:5.1f}x {wall / floor[0]:9.2f} "
            f"{core:11.1f} {core / slow[1]:5.1f}x {core / floor[1]:9.2f}"
        )


def _pipeline(loader, num_images: int) -> tuple[Callable, Callable]:
    """Work on batches, and what begins before the clock does: the pipeline's own start."""
    from densedepth_tf.data.batches.augmentation import Augmentation
    from densedepth_tf.data.batches.pipeline import BatchFormat, training_batches
    from densedepth_tf.models.densedepth.inverse_depth_codec import InverseDepthCodec

    format = BatchFormat(SIZE, TARGET_SIZE, InverseDepthCodec(0.1, 10.0).to_target, BATCH_SIZE)

    def begin():
        iterator = iter(training_batches(loader, format, Augmentation(), seed=0))
        for _ in range(8):
            next(iterator)
        return iterator

    def work(iterator) -> None:
        for _ in range(num_images // BATCH_SIZE):
            next(iterator)

    return work, begin


def _target_difference(files: list[tuple[bytes, bytes]], loader) -> float:
    """Largest relative difference of our validation targets from scikit-image's."""
    from densedepth_tf.data.batches.pipeline import BatchFormat, validation_batches
    from densedepth_tf.models.densedepth.inverse_depth_codec import InverseDepthCodec

    format = BatchFormat(SIZE, TARGET_SIZE, InverseDepthCodec(0.1, 10.0).to_target, len(files))
    ours = next(iter(validation_batches(loader, format)))[1].numpy()
    depth = [np.asarray(Image.open(io.BytesIO(png))) * (10.0 / 255.0) for _, png in files]
    small = [resize(one, TARGET_SIZE, order=1, mode="reflect", anti_aliasing=True) for one in depth]
    expected = 10.0 / np.clip(small, 0.1, 10.0)[..., np.newaxis]
    return float(np.abs(ours / expected - 1).max())


def _write_rooms(folder: Path) -> str:
    """Rendered rooms as the official data are stored."""
    import cv2

    from densedepth_tf.data.rooms.rooms import RoomsSource

    folder.mkdir()
    rooms, rows = RoomsSource("train", NUM_ROOMS, SIZE, supersampling=1), []
    for index in range(NUM_ROOMS):
        sample = rooms[index]
        names = f"{index}.jpg", f"{index}.png"
        picture = cv2.cvtColor(sample["image"], cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(folder / names[0]), picture)
        stored = np.clip(np.rint(sample["depth"][..., 0] * 25.5), 1, 255)
        cv2.imwrite(str(folder / names[1]), stored.astype(np.uint8))
        rows.append(",".join(names))
    (folder / "nyu2_train.csv").write_text("\n".join(rows) + "\n")
    return str(folder)


if __name__ == "__main__":
    main()
