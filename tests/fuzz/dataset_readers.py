"""Readers of data sets of pairs, as folders, lists and archives."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from reader_registry import (
    HEIGHT,
    WIDTH,
    depth,
    encoded,
    file,
    image,
    millimetres,
    npy,
    reader,
    write_pairs,
)
from scipy.io import savemat


@reader("csv list", write_pairs, is_text=True)
def _(path: Path) -> None:
    from densedepth_tf.data.pairs.folder import FolderSource

    source = FolderSource(path, "train")
    source[0]


def _nyu_zip(folder: Path) -> Path:
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/nyu2_train.csv", "data/i.jpg,data/d.png\n" * 3)
        archive.writestr("data/i.jpg", encoded(".jpg", image)())
        archive.writestr("data/d.png", encoded(".png", millimetres)())
    return path


@reader("zip", _nyu_zip)
def _(path: Path) -> None:
    from densedepth_tf.data.sources import open_source

    source = open_source("nyu", path, "train")
    source[0]


def _test_zip(method: int) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "nyu_test.zip"
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr("eigen_test_rgb.npy", npy(image()[None]))
            archive.writestr("eigen_test_depth.npy", npy(depth()[None]))
            archive.writestr("eigen_test_crop.npy", npy(np.array([1, 40, 1, 50])))
        return path

    return write


def _read_arrays(path: Path) -> None:
    from densedepth_tf.data.pairs.nyu_test_arrays import NYUTestArrays

    NYUTestArrays(path)[0]


reader("npy in zip", _test_zip(zipfile.ZIP_STORED))(_read_arrays)
reader("npy in zip, deflated", _test_zip(zipfile.ZIP_DEFLATED))(_read_arrays)


def _arrays(folder: Path) -> Path:
    (folder / "eigen_test_depth.npy").write_bytes(npy(depth()[None]))
    (folder / "eigen_test_crop.npy").write_bytes(npy(np.array([1, 40, 1, 50])))
    return file("eigen_test_rgb.npy", npy(image()[None]))(folder)


@reader("npy mapped", _arrays)
def _(path: Path) -> None:
    _read_arrays(path.parent)


def _labeled(folder: Path) -> Path:
    path = folder / "nyu_depth_v2_labeled.mat"
    with h5py.File(path, "w") as stored:
        images = np.repeat(image().transpose(2, 1, 0)[None], 3, axis=0)
        stored.create_dataset("images", data=images, chunks=(1, 3, WIDTH, HEIGHT), compression=3)
        stored.create_dataset("depths", data=np.repeat(depth().T[None], 3, axis=0))
    savemat(folder / "splits.mat", {"trainNdxs": [[1], [2]], "testNdxs": [[3]]})
    return path


@reader("mat", _labeled)
def _(path: Path) -> None:
    from densedepth_tf.data.pairs.nyu_labeled import NYULabeledSource

    NYULabeledSource(path)[0]


@reader("splits.mat", lambda folder: _labeled(folder).parent / "splits.mat")
def _(path: Path) -> None:
    from densedepth_tf.data.pairs.nyu_labeled import NYULabeledSource

    NYULabeledSource(path.parent / "nyu_depth_v2_labeled.mat")[0]
