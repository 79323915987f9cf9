"""Reads a folder of rendered rooms, as `rooms_writer.py` leaves it."""

import io
import os
from pathlib import Path

import numpy as np

from densedepth_tf.data.pairs.pair_list import parse_pairs
from densedepth_tf.data.pairs.pairs_source import PairsSource
from densedepth_tf.data.source import DepthSource
from densedepth_tf.files.file_tree import open_tree
from densedepth_tf.files.text_file import read_list, read_text

INTRINSICS_FILE = "intrinsics.txt"


class RoomsFolderSource(PairsSource):
    """Rendered pairs with the intrinsics they were rendered with."""

    def __init__(self, folder: Path, split: str):
        rows = folder / f"{split}.csv"
        if not rows.is_file():
            raise ValueError(
                f"No '{rows.name}' in '{folder}': this is no folder of rendered rooms with a "
                f"{split} split. `python -m densedepth_tf rooms --output {folder}` writes one."
            )
        super().__init__(
            open_tree(folder), parse_pairs(read_list(rows), str(rows)), f"rooms/{split}", 0.001
        )
        path = folder / INTRINSICS_FILE
        try:
            values = np.loadtxt(io.StringIO(read_text(path)), dtype=np.float64)
        except (OSError, ValueError) as error:
            raise ValueError(f"Cannot read the intrinsics from '{path}': {error}") from error
        if values.shape != (3, 3) or not np.isfinite(values).all():
            raise ValueError(f"'{path}' must hold a 3x3 matrix. Received: shape={values.shape}")
        self._intrinsics = values.astype(np.float32)

    def intrinsics(self, height: int, width: int) -> np.ndarray:
        """The camera matrix, float32 (3, 3), all images were rendered with."""
        return self._intrinsics.copy()


def read_rooms(data_dir: str | os.PathLike, split: str) -> DepthSource:
    """Opens a split ("train", "validation" or "test") of a folder of rendered rooms.

    Raises:
        ValueError: If the folder holds no such split, or its lists are damaged.
    """
    return RoomsFolderSource(Path(data_dir), split)
