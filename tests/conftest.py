"""What several tests share: golden arrays, golden weights, and where real data may be."""

import contextlib
import os
import zlib
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import pytest

GOLDEN = Path(__file__).parent / "golden"
REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def golden():
    """`golden(name)`: outputs of the official or an independent code, `tests/golden/<name>.npz`."""
    return lambda name: np.load(GOLDEN / f"{name}.npz", allow_pickle=False)


@pytest.fixture(scope="session")
def golden_weights():
    """`golden_weights(model)` gives every tensor the values the golden outputs were made with."""
    return assign_golden_weights


def assign_golden_weights(model):
    for layer in model.layers:
        for variable in layer.weights:
            variable.assign(golden_tensor(f"{layer.name}/{variable.name}", variable.shape))


def golden_tensor(key, shape):
    rng = np.random.default_rng(zlib.crc32(key.encode()))
    normal = rng.standard_normal(shape)
    match key.rsplit("/", 1)[1]:
        case "kernel":
            return normal * np.sqrt(1 / np.prod(shape[:-1]))
        case "bias":
            return 0.05 * normal
        case "gamma":
            return 1 + 0.1 * normal
        case "beta" | "moving_mean":
            return 0.1 * normal
        case "moving_variance":
            return 0.5 + rng.random(shape)
    raise KeyError(key)


@pytest.fixture(scope="session")
def full_disk():
    """`with full_disk(room):` files cannot grow beyond `room` bytes, as on a disk that is full."""
    resource = pytest.importorskip("resource")  # not on Windows

    @contextlib.contextmanager
    def limited(room=0):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limited


@pytest.fixture(scope="session")
def shared():
    """`shared(path)`: a file of the real data beside the repository; skips where it is missing."""
    root = Path(os.environ.get("DENSEDEPTH_TF_SHARED", REPOSITORY.parent / "shared"))

    def find(path):
        if not (root / path).exists():
            pytest.skip(f"needs {path} of the real data (DENSEDEPTH_TF_SHARED)")
        return root / path

    return find
