"""Makes `kitti_protocols.npz`: KITTI's conventions written down once more, in plain float64 NumPy.

Nothing of the package is used. Run from the project's root:
python tests/golden/make_kitti_protocols.py
"""

from pathlib import Path

import numpy as np

SIZES = ((375, 1242), (370, 1226), (376, 1241))
NETWORK_SIZE = (48, 160)


def enlarged(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Bilinear with half-pixel centres, one axis after the other."""
    for axis, length in enumerate(size):
        places = (np.arange(length) + 0.5) * values.shape[axis] / length - 0.5
        places = np.clip(places, 0, values.shape[axis] - 1)
        below = np.floor(places).astype(int)
        above = np.minimum(below + 1, values.shape[axis] - 1)
        share = (places - below).reshape((-1, 1) if axis == 0 else (1, -1))
        first, second = np.take(values, below, axis), np.take(values, above, axis)
        values = first * (1 - share) + second * share
    return values


def measures(truth: np.ndarray, predicted: np.ndarray) -> list[float]:
    ratio = np.maximum(truth / predicted, predicted / truth)
    error, log_error = predicted - truth, np.log(predicted) - np.log(truth)
    return [
        *(np.mean(ratio < 1.25**power) for power in (1, 2, 3)),
        np.mean(np.abs(error) / truth),
        np.mean(error**2 / truth),
        np.sqrt(np.mean(error**2)),
        np.sqrt(np.mean(log_error**2)),
        np.mean(np.abs(np.log10(predicted) - np.log10(truth))),
        100 * np.sqrt(np.mean(log_error**2) - np.mean(log_error) ** 2),
        1000 * np.sqrt(np.mean((1 / truth - 1 / predicted) ** 2)),
        100 * np.mean((error / truth) ** 2),
    ]


NAMES = (
    *("delta1", "delta2", "delta3", "abs_rel", "sq_rel", "rmse", "rmse_log", "log10", "silog"),
    *("irmse", "sq_error_rel"),
)


def crop_mask(size: tuple[int, int], fractions: tuple[float, float, float, float]) -> np.ndarray:
    height, width = size
    top, bottom = int(fractions[0] * height), int(fractions[1] * height)
    left, right = int(fractions[2] * width), int(fractions[3] * width)
    mask = np.zeros(size, bool)
    mask[top:bottom, left:right] = True
    return mask


GARG = (0.40810811, 0.99189189, 0.03594771, 0.96405229)
EIGEN = (0.3324324, 0.91351351, 0.0359477, 0.96405229)


def image_measures(
    truth: np.ndarray, disparity: np.ndarray, convention: str, scaling: str
) -> list[float]:
    predicted = 1 / enlarged(disparity.astype(np.float64), truth.shape)
    truth = truth.astype(np.float64)
    if convention == "monodepth2":
        mask = truth > 0
    else:
        crop = crop_mask(truth.shape, EIGEN if convention == "eigen" else GARG)
        mask = (truth > 1e-3) & (truth < 80) & crop
    predicted, truth = predicted[mask], truth[mask]
    if scaling == "median":
        predicted = predicted * (np.median(truth) / np.median(predicted))
    else:
        predicted = predicted * 5.4
    return measures(truth, np.clip(predicted, 1e-3, 80))


def main() -> None:
    rng = np.random.default_rng(14)
    arrays: dict[str, np.ndarray] = {"names": np.array(NAMES)}
    pairs = []
    for number, size in enumerate(SIZES):
        coarse = 1 / rng.uniform(0.6, 30, (6, 20))
        disparity = enlarged(coarse, NETWORK_SIZE) * rng.uniform(0.9, 1.1, NETWORK_SIZE)
        true = 5.4 / enlarged(coarse, size) * np.exp(rng.normal(0, 0.25, size))
        # Sparse, as scans are, and beyond 80 m in some places; whole units of 1 / 256 m.
        seen = rng.random(size) < 0.03
        units = np.where(seen, np.clip(np.rint(true * 256), 1, 65534), 0).astype(np.uint16)
        arrays[f"truth_{number}"] = units
        arrays[f"disparity_{number}"] = disparity.astype(np.float32)
        depth = (units / np.float64(256)).astype(np.float32)
        pairs.append((depth, disparity.astype(np.float32)))
    for convention in ("monodepth2", "bts", "eigen"):
        for scaling in ("median", "stereo"):
            rows = [image_measures(*pair, convention, scaling) for pair in pairs]
            arrays[f"{convention}_{scaling}"] = np.mean(rows, axis=0)
    np.savez_compressed(Path(__file__).parent / "kitti_protocols.npz", **arrays)


if __name__ == "__main__":
    main()
