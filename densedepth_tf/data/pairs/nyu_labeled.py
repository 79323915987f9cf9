"""All 1449 labelled pairs of NYU Depth v2: `nyu_depth_v2_labeled.mat`."""

import math
import os
import threading
from pathlib import Path

import h5py
import numpy as np
from typing_extensions import override

from densedepth_tf.data.holdout import held_out_title, hold_out
from densedepth_tf.data.sample import Sample
from densedepth_tf.data.sample_check import checked_sample
from densedepth_tf.data.source import DepthSource
from densedepth_tf.files.arrays.mat_file import read_mat_vector
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.depth.depth_file import to_metres
from densedepth_tf.files.images.image_size import check_pixels
from densedepth_tf.geometry.cameras.intrinsics import nyu_intrinsics

SPLITS_FILE = "splits.mat"
SPLITS_ADDRESS = "http://horatio.cs.nyu.edu/mit/silberman/indoor_seg_sup/splits.mat"
# The official files have no chunks of more than a pair, and a split of 3 kB.
MOST_CHUNK_BYTES = 256 << 20
MOST_SPLIT_BYTES = 256 << 10
_SPLIT_VARIABLES = {"train": "trainNdxs", "validation": "trainNdxs", "test": "testNdxs"}


class NYULabeledSource(DepthSource):
    """The labelled pairs, 480x640, with in-filled depth, in the official 795 / 654 split.

    The file is HDF5 (MATLAB v7.3) with `images` (1449, 3, 640, 480) uint8 and `depths`
    (1449, 640, 480) float32 metres, both transposed; one pair is read at a time. A sample is named
    by its position in the file, from 00000.

    Args:
        mat_file: `nyu_depth_v2_labeled.mat`.
        split: "train", "validation" (held out of the training pairs) or "test".
        splits_file: The official split; `splits.mat` beside `mat_file` by default.
        holdout_every: k sets the training pairs k-1, 2k-1, ... aside for validation.
        holdout_block: So many of them are set aside together, see `hold_out`.

    Raises:
        ValueError: If a file is missing, damaged or another one, or validation is asked for with
            `holdout_every` 0.
    """

    def __init__(
        self,
        mat_file: str | os.PathLike,
        split: str = "train",
        *,
        splits_file: str | os.PathLike | None = None,
        holdout_every: int = 0,
        holdout_block: int = 1,
    ):
        self.title = f"nyu_labeled/{split}"
        self._path = Path(mat_file)
        self._file = _open(self._path)
        self._images, self._depths = self._file["images"], self._file["depths"]
        self._lock = threading.Lock()
        splits_file = Path(splits_file or self._path.parent / SPLITS_FILE)
        rows = _split_rows(splits_file, _SPLIT_VARIABLES[split], len(self._images))
        if split != "test":
            rows = hold_out(rows, split, holdout_every, f"'{mat_file}'", holdout_block)
        if split == "validation":
            self.title = held_out_title(self.title, holdout_every, holdout_block)
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @override
    def sample_name(self, index: int) -> str:
        return f"{self._rows[self.check_index(index)]:05d}"

    def __getitem__(self, index: int) -> Sample:
        name = self.sample_name(index)
        row = self._rows[self.check_index(index)]
        try:
            with self._lock:
                image, depth = self._images[row], self._depths[row]
        except Exception as error:  # HDF5 raises whatever the damage leads it to.
            raise BadSampleError(f"'{self._path}' is damaged at pair {row}: {error}") from error
        image = np.ascontiguousarray(image.transpose(2, 1, 0))
        place = f"{self._path}, pair {row}"
        depth = np.ascontiguousarray(to_metres(depth.T, name=place))
        intrinsics = nyu_intrinsics(image.shape[:2])
        sample = checked_sample(image, depth, place, intrinsics, self.check_unit)
        sample["name"] = name
        return sample


def _open(path: Path) -> h5py.File:
    if not path.is_file():
        raise ValueError(f"There is no file '{path}'; check `mat_file`.")
    try:
        file = h5py.File(path, "r")
        _check_contents(file, path)
    except ValueError:
        raise
    except Exception as error:  # HDF5 raises whatever the damage leads it to.
        raise ValueError(
            f"'{path}' is not a complete HDF5 (MATLAB v7.3) file: {error}; download it again."
        ) from error
    return file


def _check_contents(file: h5py.File, path: Path) -> None:
    for name, dimensions in (("images", 4), ("depths", 3)):
        link = file.get(name, getlink=True)  # Whatever else it leads to is not opened.
        if link is not None and not isinstance(link, h5py.HardLink):
            raise ValueError(f"'{path}': {name} is a link, which is not followed.")
        if not isinstance(file.get(name), h5py.Dataset) or file[name].ndim != dimensions:
            raise ValueError(
                f"'{path}' is not nyu_depth_v2_labeled.mat: it has no {dimensions}-dimensional "
                f"'{name}'. Received: {sorted(file)}"
            )
        _check_storage(file, name, path)
    images, depths = file["images"], file["depths"]
    if images.shape[0] != depths.shape[0] or images.dtype != np.uint8 or images.shape[1] != 3:
        raise ValueError(
            f"'{path}': images must be uint8 (N, 3, W, H) and depths (N, W, H). Received: "
            f"{images.dtype} {images.shape} and {depths.shape}"
        )


def _check_storage(file: h5py.File, name: str, path: Path) -> None:
    """Refuses arrays that are elsewhere, and those of which reading one pair fills the memory."""
    dataset = file[name]
    if dataset.external or dataset.is_virtual:
        raise ValueError(f"'{path}': {name} lies in another file, which is not opened.")
    check_pixels(dataset.shape[-2:], f"{path}, {name}", ValueError)
    chunk = math.prod(dataset.chunks or (1,)) * dataset.dtype.itemsize
    if dataset.dtype.kind not in "uif" or chunk > MOST_CHUNK_BYTES:
        raise ValueError(
            f"'{path}': {name} is no array of numbers in chunks of at most "
            f"{MOST_CHUNK_BYTES >> 20} MB. Received: {dataset.dtype}, chunks of {dataset.chunks}"
        )


def _split_rows(splits_file: Path, variable: str, num_pairs: int) -> list[int]:
    if not splits_file.is_file():
        raise ValueError(
            f"The official split '{splits_file}' is missing. Download {SPLITS_ADDRESS} and put it "
            "beside nyu_depth_v2_labeled.mat."
        )
    try:
        rows = read_mat_vector(splits_file, variable, MOST_SPLIT_BYTES)
        rows = rows.astype(int) - 1  # MATLAB counts from 1
    except (ValueError, OSError) as error:
        raise ValueError(f"'{splits_file}' has no readable '{variable}': {error}") from error
    if rows.size == 0 or rows.min() < 0 or rows.max() >= num_pairs:
        raise ValueError(f"'{splits_file}' does not fit: '{variable}' must lie in 1..{num_pairs}.")
    return rows.tolist()
