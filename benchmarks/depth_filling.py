"""How fast holes are filled, beside the official code's way to fill them.

    python benchmarks/depth_filling.py [--runs 5] [--skip-baseline] [--growth]

The baseline is what DenseDepth's filling does, written anew: a Python loop over the pixels and
their windows collects the weights, and SciPy's general sparse solver solves the equations. Every
run fills another room with another mask, so no factorisation can be reused; the first run of each
size warms up and is left out. Seconds are medians of one core's processor time, which other
processes disturb least; wall-clock ratios are printed beside them. "in parallel" fills as many
images as there are cores at a time, each in a thread, by wall-clock.
"""

import argparse
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import spsolve

from densedepth_tf.data.rooms.rooms import RoomsSource
from densedepth_tf.depth_filling import fill_depth
from densedepth_tf.process.available_cores import available_cores

CASES = (((480, 640), 0.05), ((480, 640), 0.6), ((375, 1242), 0.04))
GROWTH_SIZES = ((120, 160), (240, 320), (480, 640), (720, 960), (960, 1280))
GROWTH_SHARE = 0.05
GROWTH_SHARES = (0.0001, 0.01, 0.2, 0.9)
GOAL, AIM = 15, 30
BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
GREY = np.array([0.2125, 0.7154, 0.0721])


def fill_slowly(image: np.ndarray, depth: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    """The baseline; arguments and result as of `fill_depth`."""
    height, width = depth.shape
    grey = image / 255.0 @ GREY
    largest = depth.max()
    known = depth > 0
    rows, columns = np.zeros((2, 9 * grey.size), np.int64)
    values, window = np.zeros(9 * grey.size), np.zeros(9)
    size = 0
    for y in range(height):
        for x in range(width):
            count = 0
            for j in range(max(0, y - 1), min(height, y + 2)):
                for i in range(max(0, x - 1), min(width, x + 2)):
                    if j == y and i == x:
                        continue
                    rows[size + count] = y * width + x
                    columns[size + count] = j * width + i
                    window[count] = grey[j, i]
                    count += 1
            window[count] = grey[y, x]
            difference = np.square(window[:count] - grey[y, x])
            spread = max(
                0.6 * np.var(window[: count + 1]), -np.min(difference) / np.log(0.01), 2e-6
            )
            weights = np.exp(-difference / spread)
            values[size : size + count] = -weights / np.sum(weights)
            size += count
            rows[size] = columns[size] = y * width + x
            values[size] = 1.0 + alpha * known[y, x]
            size += 1
    matrix = csc_matrix((values[:size], (rows[:size], columns[:size])))
    solution = spsolve(matrix, (alpha * known * depth / largest).ravel()).reshape(depth.shape)
    return np.where(known, depth, solution * largest).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="images per row, beside the warm-up")
    parser.add_argument("--skip-baseline", action="store_true", help="only our own times")
    parser.add_argument("--growth", action="store_true", help="other sizes and shares instead")
    options = parser.parse_args()
    if any(os.environ.get(name) != "1" for name in BLAS_THREADS):
        # NumPy has read these when it was imported: begin again.
        os.environ.update(dict.fromkeys(BLAS_THREADS, "1"))
        os.execv(sys.executable, [sys.executable, *sys.argv])
    if options.growth:
        _print_growth(options.runs)
    else:
        _print_ratios(options.runs, options.skip_baseline)


def _print_ratios(runs: int, skip_baseline: bool) -> None:
    cores = available_cores()
    print(f"goal {GOAL}x, aim {AIM}x; {cores} cores; processor seconds (wall-clock seconds)")
    for size, share in CASES:
        images = [_sample(size, share, seed) for seed in range(runs + 1)]
        print(f"\n{size[0]}x{size[1]}, {share:.0%} of the pixels valid")
        reference, baseline = None, None
        if not skip_baseline:
            baseline, reference = _time(fill_slowly, images)
            _print_row("baseline", baseline, None)
        exact, filled = _time(fill_depth, images)
        _print_row("exact", exact, baseline)
        together, _ = _time(lambda *pair: fill_depth(*pair, threads=cores), images)
        ratio = f"  {baseline[1] / together[1]:5.1f}x by wall-clock" if baseline else ""
        print(f"  exact, {cores} threads            ({together[1]:7.3f})" + ratio)
        approximate, nearly = _time(lambda *pair: fill_depth(*pair, method="approximate"), images)
        _print_row("approximate", approximate, baseline)
        start = time.perf_counter()
        with ThreadPoolExecutor(cores) as pool:
            list(pool.map(lambda pair: fill_depth(*pair), images))
        parallel = (time.perf_counter() - start) / len(images)
        ratio = f"  {baseline[1] / parallel:5.1f}x by wall-clock" if baseline else ""
        print(f"  exact, in parallel          ({parallel:7.3f})" + ratio)
        if reference is not None:
            difference = max(np.abs(a - b).max() for a, b in zip(filled, reference, strict=True))
            print(f"  exact differs from the baseline by at most {difference:.1e} m")
        error = np.abs(np.array(nearly) - np.array(filled))[
            np.array([depth for _, depth in images]) == 0
        ]
        print(
            f"  approximate differs from exact where depth is missing: mean {error.mean():.4f}, "
            f"95th percentile {np.percentile(error, 95):.4f}, largest {error.max():.2f} m"
        )


def _print_row(name: str, times: tuple[float, float], baseline: tuple[float, float] | None) -> None:
    ratios = (old / new for old, new in zip(baseline, times, strict=True)) if baseline else ()
    shown = " ".join(f"{ratio:5.1f}x" for ratio in ratios)
    print(f"  {name:18} {times[0]:8.3f} ({times[1]:7.3f})  {shown}", flush=True)


def _print_growth(runs: int) -> None:
    print(f"{'size':>10} {'valid':>7} {'exact':>8} {'us/pixel':>9} {'peak MB':>8}")
    cases = [(size, GROWTH_SHARE) for size in GROWTH_SIZES]
    cases += [((480, 640), share) for share in GROWTH_SHARES]
    for size, share in cases:
        images = [_sample(size, share, seed) for seed in range(runs + 1)]
        (seconds, _), _ = _time(fill_depth, images)
        # The largest so far, so it tells something while sizes grow.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        shown = f"{peak:8.0f}" if share == GROWTH_SHARE else ""
        name = f"{size[0]}x{size[1]}"
        per_pixel = 1e6 * seconds / (size[0] * size[1])
        print(f"{name:>10} {share:7.2%} {seconds:8.3f} {per_pixel:9.2f} {shown}", flush=True)


def _time(
    fill: Callable[[np.ndarray, np.ndarray], np.ndarray], images: list
) -> tuple[tuple[float, float], list[np.ndarray]]:
    """Median processor and wall-clock seconds after the first image, and the filled maps."""
    seconds, filled = [], []
    for image, depth in images:
        start = time.thread_time(), time.perf_counter()
        filled.append(fill(image, depth))
        seconds.append((time.thread_time() - start[0], time.perf_counter() - start[1]))
    processor, wall = zip(*seconds[1:], strict=True)
    return (statistics.median(processor), statistics.median(wall)), filled


def _sample(size: tuple[int, int], share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A room with this share of its depth, at random pixels."""
    sample = RoomsSource("test", seed + 1, size, supersampling=1)[seed]
    kept = np.random.default_rng(seed).random(size) < share
    return sample["image"], np.where(kept, sample["depth"][..., 0], np.float32(0.0))


if __name__ == "__main__":
    main()
