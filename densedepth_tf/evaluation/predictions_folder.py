"""Predictions in files, made by anybody's model."""

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from densedepth_tf.data.depth_file import read_depth

# In the order of preference: metres in full precision come before rounded ones.
SUFFIXES = (".depth.npy", ".npy", ".depth.png", ".png")


class PredictionsFolder:
    """A folder of depth maps that belong to a data set's samples by name.

    The prediction of the sample `kitchen/0001.jpg` is `kitchen/0001` with one of the suffixes
    `.depth.npy`, `.npy`, `.depth.png` or `.png`, below the folder; or `0001` with one of them
    anywhere below it, as long as there is only one. `npy` holds metres, (H, W) or (H, W, 1);
    `png` holds 16-bit millimetres. `predict.py --save npy` writes such a folder.

    Predictions of another size than the truth are resized bilinearly. Pixels without a
    prediction (0 or NaN) count as the protocol's smallest depth.

    Args:
        folder: The folder; folders in it are searched too.
        scale: Metres per stored unit; by default 0.001 for 16-bit files, 1 for npy.
        name: What to call it; the folder's name by default.

    Raises:
        ValueError: If there is no such folder or no prediction in it.
    """

    max_depth = None
    sees_images = False
    num_parameters = None

    def __init__(
        self, folder: str | os.PathLike, scale: float | None = None, name: str | None = None
    ):
        self.folder, self._scale = Path(folder), scale
        if scale is not None and not 0 < scale < float("inf"):
            raise ValueError(f"A prediction scale is positive metres per unit. Received: {scale}")
        if not self.folder.is_dir():
            raise ValueError(f"There is no folder of predictions. Received: '{folder}'")
        self.name = name or self.folder.resolve().name
        self._by_path: dict[str, Path] = {}
        self._by_stem: dict[str, set[str]] = {}
        for directory, _, files in os.walk(self.folder):
            relative = Path(directory).relative_to(self.folder)
            self._add(relative, files)
        if not self._by_path:
            raise ValueError(f"No npy or png predictions in the folder. Received: '{folder}'")

    def _add(self, relative: Path, files: list[str]) -> None:
        present = sorted(files)
        for suffix in reversed(SUFFIXES):
            for file in present:
                if file.endswith(suffix):
                    stem = file.removesuffix(suffix)
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
        raise ValueError(
            f"'{self.folder}' has no prediction for '{sample_name}': expected "
            f"'{name.with_suffix('')}' with one of {', '.join(SUFFIXES)}"
        )

    def check(self, sample_names: Iterable[str]) -> None:
        """Makes sure before a long job that every sample has its prediction.

        Raises:
            ValueError: If one has not; the message names it and counts the others.
        """
        missing, first, total = 0, None, 0
        for sample_name in sample_names:
            total += 1
            try:
                self.path(sample_name)
            except ValueError as error:
                missing, first = missing + 1, first or error
        if first:
            count = f" ({missing} of {total} samples have none)" if missing > 1 else ""
            raise ValueError(f"{first}{count}")

    def predict_samples(self, images: np.ndarray, names: list[str]) -> list[np.ndarray]:
        """Reads the samples' predictions, metres, float32 (h, w) each.

        Raises:
            ValueError: If a file is missing or cannot be read; the message names it.
        """
        return [read_depth(self.path(name), self._scale)[..., 0] for name in names]
