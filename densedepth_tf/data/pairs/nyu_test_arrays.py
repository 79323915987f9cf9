"""DenseDepth's own test arrays: `nyu_test.zip`, or the folder it unpacks to."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import numpy as np
from typing_extensions import override

from densedepth_tf.data.sample import Sample
from densedepth_tf.data.sample_check import checked_sample
from densedepth_tf.data.source import DepthSource
from densedepth_tf.files.arrays.npy_map import map_npy, map_npy_in_zip
from densedepth_tf.files.depth.depth_file import to_metres
from densedepth_tf.files.file_tree import BAD_ZIP
from densedepth_tf.geometry.cameras.intrinsics import nyu_intrinsics

RGB, DEPTH, CROP = "eigen_test_rgb.npy", "eigen_test_depth.npy", "eigen_test_crop.npy"


class NYUTestArrays(DepthSource):
    """The 654 test images of the official evaluation, read row by row from the arrays.

    `eigen_test_rgb.npy` is uint8 (654, 480, 640, 3) and `eigen_test_depth.npy` is metres
    (654, 480, 640). Samples are named by their position, from 00000.

    Args:
        data: `nyu_test.zip`, or a folder with the arrays.

    Attributes:
        crop: The evaluation crop (first row, last row, first column, last column), ends inclusive,
            if the data hold `eigen_test_crop.npy`; otherwise None.
        image_size: (height, width) of the arrays' images.

    Raises:
        ValueError: If an array is missing, damaged, or of another shape, or the crop is not
            within the images.
    """

    title = "nyu_test/test"

    def __init__(self, data: str | os.PathLike):
        path = Path(data)
        crop = self._read_folder(path) if path.is_dir() else self._read_zip(path)
        images, depths = self._images, self._depths
        if (
            images.ndim != 4
            or images.shape[-1] != 3
            or images.dtype != np.uint8
            or depths.shape != images.shape[:3]
            or depths.dtype.kind != "f"
        ):
            raise ValueError(
                f"'{data}': {RGB} must be uint8 (N, H, W, 3) and {DEPTH} metres (N, H, W). "
                f"Received: {images.dtype} {images.shape} and {depths.dtype} {depths.shape}"
            )
        self._path = path
        self.image_size = images.shape[1:3]
        self.crop = None if crop is None else _checked_crop(crop, self.image_size, str(data))

    def __len__(self) -> int:
        return len(self._images)

    @override
    def sample_name(self, index: int) -> str:
        return f"{self.check_index(index):05d}"

    def __getitem__(self, index: int) -> Sample:
        row = self.check_index(index)
        place = f"{self._path}, row {row}"
        image = np.array(self._images[row])
        depth = to_metres(np.asarray(self._depths[row]), name=place)
        sample = checked_sample(
            image, depth, place, nyu_intrinsics(image.shape[:2]), self.check_unit
        )
        sample["name"] = self.sample_name(row)
        return sample

    def _read_folder(self, folder: Path) -> np.ndarray | None:
        paths = {file: folder / file for file in (RGB, DEPTH, CROP)}
        return self._read({f: p for f, p in paths.items() if p.is_file()}, map_npy, str(folder))

    def _read_zip(self, path: Path) -> np.ndarray | None:
        try:
            with zipfile.ZipFile(path) as archive:
                members = _members(archive)
                return self._read(members, lambda m: map_npy_in_zip(archive, m), str(path))
        except BAD_ZIP as error:
            raise ValueError(
                f"'{path}' is not a complete zip archive ({error}); download it again."
            ) from error

    def _read(self, places: dict, read: Callable[..., np.ndarray], title: str) -> np.ndarray | None:
        missing = [file for file in (RGB, DEPTH) if file not in places]
        if missing:
            raise ValueError(f"'{title}' has no {' and no '.join(missing)}.")
        self._images, self._depths = read(places[RGB]), read(places[DEPTH])
        return read(places[CROP]) if CROP in places else None


def _checked_crop(crop: np.ndarray, size: tuple[int, int], title: str) -> tuple[int, int, int, int]:
    edges = np.ravel(crop)
    if edges.shape == (4,) and edges.dtype.kind in "iuf" and (edges == np.floor(edges)).all():
        top, bottom, left, right = (int(edge) for edge in edges)
        if 0 <= top <= bottom < size[0] and 0 <= left <= right < size[1]:
            return top, bottom, left, right
    raise ValueError(
        f"'{title}': {CROP} must be first row, last row, first column and last column within "
        f"{size[0]}x{size[1]}. Received: {edges[:8].tolist()}"
    )


def _members(archive: zipfile.ZipFile) -> dict[str, str]:
    """Which of the arrays an archive holds, in whatever folder: file name -> member name."""
    names = {PurePosixPath(name).name: name for name in archive.namelist()}
    return {file: names[file] for file in (RGB, DEPTH, CROP) if file in names}
