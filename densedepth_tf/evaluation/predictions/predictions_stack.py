"""Predictions of a whole data set in one array, in the order of its samples."""

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import numpy as np

from densedepth_tf.data.sequences.sequence_split import shipped_split
from densedepth_tf.evaluation.predictions.image_fit import ImageFit
from densedepth_tf.evaluation.predictions.prediction_file import KINDS, meaning
from densedepth_tf.evaluation.predictions.predictions_folder import PredictionsFolder
from densedepth_tf.files.arrays.npy_map import map_npy
from densedepth_tf.files.local_copy import on_this_machine


class PredictionsStack:
    """An npy array of depth maps or disparities, one per sample, read row by row.

    Monodepth2's `evaluate_depth.py --save_pred_disps` leaves such a file. Its 697 rows are those
    of the Eigen split, of which the samples may be a part; in any other case there are as many
    rows as samples, in their order.

    Args:
        path: (N, h, w), (N, 1, h, w) or (N, h, w, 1).
        kind: "depth" in metres, or "disparity" in 1 / metres.
        scale: Metres, or 1 / metres, per stored unit.
        name: What to call it; the file's name by default.

    Raises:
        ValueError: If the file is no such array, or `kind` is not one of the two.
    """

    max_depth: float | None = None
    sees_images = False
    num_parameters: int | None = None

    def __init__(
        self,
        path: str | os.PathLike,
        kind: str | None,
        scale: float | None = None,
        name: str | None = None,
    ):
        self._path, self._scale = Path(path), scale
        stack = map_npy(path)
        if stack.ndim == 4 and 1 in (stack.shape[1], stack.shape[-1]):
            stack = stack[:, 0] if stack.shape[1] == 1 else stack[..., 0]
        if stack.ndim != 3 or stack.size == 0 or stack.dtype.kind not in "fiu":
            raise ValueError(
                f"'{path}' is no stack of predictions (N, h, w). "
                f"Received: {stack.dtype} {stack.shape}"
            )
        if kind not in KINDS:
            raise ValueError(
                f"'{path}' is a stack of {len(stack)} maps, which does not say what they are; pass "
                "`kind='disparity'` (as Monodepth2's evaluate_depth.py --save_pred_disps "
                "leaves them) or `kind='depth'` (metres)."
            )
        self.name = name or self._path.stem
        self._kind, self._stack = kind, stack
        self._fit = ImageFit(kind)
        self._rows: dict[str, int] = {}

    def check(self, sample_names: Iterable[str]) -> None:
        """Finds out which row belongs to which sample.

        Raises:
            ValueError: If rows and samples differ in number, or samples share a name.
        """
        names = list(sample_names)
        eigen = _eigen_rows() if names else {}
        keys = [_key(name) for name in names]
        if len(self._stack) == len(eigen) and all(key in eigen for key in keys):
            self._rows = {name: eigen[key] for name, key in zip(names, keys, strict=True)}
        elif len(names) == len(self._stack):
            self._rows = {name: row for row, name in enumerate(names)}
        else:
            raise ValueError(
                f"'{self._path}' holds {len(self._stack)} predictions, but there are {len(names)} "
                "samples; they belong to each other by their order."
            )
        if len(self._rows) < len(names):
            raise ValueError(
                f"Samples share names, so that their rows in '{self._path}' cannot be told apart."
            )

    def predict_samples(self, images: np.ndarray, names: list[str]) -> list[np.ndarray]:
        """The samples' predictions, metres, float32 (h, w) each; NaN = missing.

        Disparities are enlarged to the images' size before they are inverted, as the official
        evaluation does.

        Raises:
            ValueError: If a map holds no prediction or lies on its side, or the samples were not
                known beforehand.
        """
        return [self._read(name, images.shape[1:3]) for name in names]

    def _read(self, name: str, size: tuple[int, int]) -> np.ndarray:
        if name not in self._rows:
            raise ValueError(
                f"'{self._path}' has no row for '{name}': a stack needs data whose samples have "
                "names and a known number; save one file per sample instead."
            )
        row = self._rows[name]
        label = f"{self._path}, row {row}"
        return self._fit(meaning(self._stack[row], self._kind, self._scale, label), size, label)


def _key(sample_name: str) -> str:
    return PurePosixPath(sample_name.replace("\\", "/")).with_suffix("").as_posix()


def _eigen_rows() -> dict[str, int]:
    """Rows of the Eigen split in its official order: a frame's name without suffix -> row."""
    lines = shipped_split("kitti_eigen_test")
    return {
        f"{line.folder}/image_02/data/{line.number:010d}": row for row, line in enumerate(lines)
    }


def open_predictions(
    path: str | os.PathLike,
    kind: str | None = None,
    scale: float | None = None,
    name: str | None = None,
) -> PredictionsFolder | PredictionsStack:
    """Opens anybody's predictions: a stack, a folder with nothing but a stack, or a folder of maps.

    Args:
        path: The npy file or the folder; what is in a bucket is downloaded as a whole, once.
        kind: "depth" or "disparity"; None is depth, and refused for a stack.
        scale: Metres per stored unit, of disparities 1 / metres.
        name: What to call them; the file's or folder's name by default.

    Raises:
        ValueError: If there are no predictions, or a stack does not say what it holds.
    """
    path = Path(on_this_machine(path))
    if path.is_file():
        return PredictionsStack(path, kind, scale, name)
    arrays = sorted(path.glob("*.npy")) if path.is_dir() else []
    if len(arrays) == 1 and _is_stack(map_npy(arrays[0])):
        return PredictionsStack(arrays[0], kind, scale, name or path.resolve().name)
    return PredictionsFolder(path, scale, name, kind or "depth")


def _is_stack(array: np.ndarray) -> bool:
    return array.ndim in (3, 4) and array.shape[0] > 1 and (array.ndim == 4 or array.shape[2] > 1)
