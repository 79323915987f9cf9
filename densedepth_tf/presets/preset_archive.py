"""The small file of a preset as arrays, read without TensorFlow."""

import json
import os
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from densedepth_tf.regular_file import check_regular_file

FORMAT = "densedepth_tf preset 2"
FORMATS = ("densedepth_tf preset 1", FORMAT)  # The first never had a graph.
MODEL, GRAPH = "model", "onnx"
_DAMAGE = (
    *(OSError, EOFError, KeyError, TypeError, ValueError, AttributeError),
    *(RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error),
)


@dataclass(frozen=True)
class PresetArchive:
    """What a file of `write_preset` holds.

    Attributes:
        config: The arguments of `DenseDepth`.
        weights: Every weight by `layer/variable`, float16 or float32.
        graph: The way from images to metres, as an ONNX file without weights; None if the file
            has none.
    """

    config: dict[str, Any]
    weights: dict[str, np.ndarray]
    graph: bytes | None


def read_archive(path: str | os.PathLike) -> PresetArchive:
    """Reads a preset's file; nothing in it is unpickled.

    Raises:
        FileNotFoundError: If there is no such file.
        NotAFileError: If it is a pipe or device.
        ValueError: If it is damaged or another kind of file.
    """
    check_regular_file(path)
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        description = json.loads(str(arrays.pop(MODEL)))
        if description["format"] not in FORMATS:
            raise ValueError(f"format '{description['format']}'")
        config = description["config"]
        if not (0 < config["min_depth"] < config["max_depth"] and config["name"]):
            raise ValueError("the range of depth is wrong")
        if config["image_size"] is not None and len(config["image_size"]) != 2:
            raise ValueError("the image size is wrong")
        graph = arrays.pop(GRAPH, None)
        if any(array.dtype not in (np.float16, np.float32) for array in arrays.values()):
            raise ValueError("a weight is neither float16 nor float32")
        return PresetArchive(config, arrays, None if graph is None else graph.tobytes())
    except FileNotFoundError:
        raise
    except _DAMAGE as error:
        raise damaged_preset(path, str(error) or type(error).__name__) from error


def has_graph(path: str | os.PathLike) -> bool:
    """Whether a file is an archive with an ONNX graph in it; reads no more than its contents' list.

    Never raises: what is no archive has no graph.
    """
    try:
        check_regular_file(path)
        with zipfile.ZipFile(path) as archive:
            return f"{GRAPH}.npy" in archive.namelist()
    except _DAMAGE:
        return False


def damaged_preset(path: str | os.PathLike, reason: str) -> ValueError:
    """The error for a file that is no preset, in one line."""
    return ValueError(
        "The preset is damaged or no file of `densedepth preset` "
        f"({' '.join(reason.split())[:200]}). Received: '{path}'"
    )
