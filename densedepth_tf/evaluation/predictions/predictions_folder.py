"""Predictions in files, made by anybody's model."""

import os
import warnings
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from densedepth_tf.evaluation.predictions.image_fit import ImageFit
from densedepth_tf.evaluation.predictions.prediction_file import KINDS, read_prediction

# In the order of preference: metres in full precision come before rounded ones.
SUFFIXES = (
    *(".depth.npy", ".npy", "_depth.npy", ".depth.tiff", ".tiff", ".tif", ".pfm"),
    *(".depth.png", ".png"),
)
# As Monodepth2's test_simple.py names what it leaves.
DISPARITY_SUFFIX = "_disp.npy"


class PredictionsFolder:
    """A folder of depth maps that belong to a data set's samples by name.

    The prediction of the sample `kitchen/0001.jpg` is `kitchen/0001` with one of `SUFFIXES`,
    below the folder; or `0001` with one of them anywhere below it, as long as there is only one.
    Floating-point numbers are metres, 16-bit ones millimetres; `prediction_file` says what else
    may stand there. `predict.py --save npy` writes such a folder. Disparities may also be called
    `0001_disp.npy`, as Monodepth2's test_simple.py leaves them.

    Predictions of another size than the truth are resized bilinearly, disparities before they are
    inverted. What pixels without a prediction count as, the protocol says.

    Args:
        folder: The folder; folders in it are searched too.
        scale: Metres per stored unit, of disparities 1 / metres; by default 0.001 for 16-bit
            files, 1 for floating-point ones.
        name: What to call it; the folder's name by default.
        kind: "depth" or "disparity".

    Raises:
        ValueError: If there is no such folder or no prediction in it.
    """

    max_depth: float | None = None
    sees_images = False
    num_parameters: int | None = None

    def __init__(
        self,
        folder: str | os.PathLike,
        scale: float | None = None,
        name: str | None = None,
        kind: str = "depth",
    ):
        self.folder, self._scale, self._kind = Path(folder), scale, kind
        self._suffixes = (DISPARITY_SUFFIX, *SUFFIXES) if kind == "disparity" else SUFFIXES
        if kind not in KINDS:
            raise ValueError(f"Use {' or '.join(map(repr, KINDS))}. Received: kind='{kind}'")
        if scale is not None and not 0 < scale < float("inf"):
            raise ValueError(f"A prediction scale is positive metres per unit. Received: {scale}")
        if not self.folder.is_dir():
            raise ValueError(f"There is no folder of predictions. Received: '{folder}'")
        self.name = name or self.folder.resolve().name
        self._fit = ImageFit(kind)
        self._samples: dict[Path, str] = {}
        self._by_path: dict[str, Path] = {}
        self._by_stem: dict[str, set[str]] = {}
        for directory, _, files in os.walk(self.folder):
            relative = Path(directory).relative_to(self.folder)
            self._add(relative, files)
        if not self._by_path:
            raise ValueError(
                f"No npy, png, tiff or pfm predictions in the folder. Received: '{folder}'"
            )

    def _add(self, relative: Path, files: list[str]) -> None:
        present = sorted(files)
        for suffix in reversed(self._suffixes):
            for file in present:
                if file.lower().endswith(suffix):
                    stem = file[: -len(suffix)]
                    key = (relative / stem).as_posix()
                    self._by_path[key] = self.folder / relative / file
                    self._by_stem.setdefault(stem, set()).add(key)

    def path(self, sample_name: str) -> Path:
        """The file that holds the prediction of a sample.

        Raises:
            ValueError: If there is none, or several fit.
        """
        name = Path(sample_name.replace("\\", "/"))
        for key in (name.with_suffix("").as_posix(), name.as_posix()):
            if key in self._by_path:
                return self._by_path[key]
        for stem in (name.stem, name.name):
            keys = self._by_stem.get(stem, set())
            if len(keys) > 1:
                raise ValueError(
                    f"Several predictions in '{self.folder}' fit '{sample_name}': "
                    f"{', '.join(sorted(keys)[:3])}. Keep the samples' folders in their paths."
                )
            if keys:
                return self._by_path[next(iter(keys))]
        disparity = name.stem + DISPARITY_SUFFIX.removesuffix(".npy")
        if disparity in self._by_stem:
            raise ValueError(
                f"'{self.folder}' has '{disparity}.npy' for '{sample_name}', which is a disparity "
                "by its name: pass `kind='disparity'`."
            )
        raise ValueError(
            f"'{self.folder}' has no prediction for '{sample_name}': expected "
            f"'{name.with_suffix('')}' with one of {', '.join(self._suffixes)}"
        )

    def check(self, sample_names: Iterable[str]) -> None:
        """Makes sure before a long job that every sample has a prediction of its own.

        A warning counts the predictions that belong to no sample.

        Raises:
            ValueError: If one has none; the message names it and counts the others.
        """
        missing, first, total = 0, None, 0
        for sample_name in sample_names:
            total += 1
            try:
                self._own_path(sample_name)
            except ValueError as error:
                missing, first = missing + 1, first or error
        if first:
            count = f" ({missing} of {total} samples have none)" if missing > 1 else ""
            raise ValueError(f"{first}{count}")
        files = set(self._by_path.values())  # `x.depth.npy` is there as `x` and as `x.depth`
        unused = sorted(files - set(self._samples))
        if unused:
            warnings.warn(
                f"{len(unused)} of {len(files)} predictions in '{self.folder}' belong to "
                f"none of the {total} samples, '{unused[0]}' for example; they are left out.",
                stacklevel=2,
            )

    def predict_samples(self, images: np.ndarray, names: list[str]) -> list[np.ndarray]:
        """Reads the samples' predictions, metres, float32 (h, w) each; NaN = missing.

        Raises:
            ValueError: If a file is missing, is another sample's, cannot be read, holds no
                prediction or lies on its side; the message names it.
        """
        return [self._read(name, images.shape[1:3]) for name in names]

    def _read(self, sample_name: str, size: tuple[int, int]) -> np.ndarray:
        path = self._own_path(sample_name)
        return self._fit(read_prediction(path, self._kind, self._scale), size, str(path))

    def _own_path(self, sample_name: str) -> Path:
        """A sample's file; one that fits two samples by its name would be scored as both's."""
        path = self.path(sample_name)
        owner = self._samples.setdefault(path, sample_name)
        if owner != sample_name:
            raise ValueError(
                f"'{path}' fits '{owner}' and '{sample_name}' alike. Keep the samples' folders in "
                "the predictions' paths."
            )
        return path
