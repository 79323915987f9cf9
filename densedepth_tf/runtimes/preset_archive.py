"""The small file of a preset as arrays, read without TensorFlow."""

import json
import math
import os
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from densedepth_tf.files.regular_file import check_regular_file
from densedepth_tf.geometry.finite import check_finite_weights
from densedepth_tf.runtimes.artefact_metadata import check_metadata

FORMAT = "densedepth_tf preset 2"
FORMATS = ("densedepth_tf preset 1", FORMAT)  # The first never had a graph.
MODEL, GRAPH = "model", "onnx"
# Kernels are hardly compressed at all; vectors of zeros are, and are small.
_MOST_GROWTH, _SMALL, _MOST_ARRAYS = 4, 2**24, 4096
_DAMAGE = (
    *(OSError, EOFError, KeyError, TypeError, ValueError, AttributeError),
    *(RuntimeError, NotImplementedError, MemoryError, zipfile.BadZipFile, zlib.error),
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
        ValueError: If it is damaged or another kind of file, or a weight is not finite.
    """
    check_regular_file(path)
    try:
        check_declared_sizes(path)
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        description = json.loads(str(arrays.pop(MODEL)))
        if description["format"] not in FORMATS:
            raise ValueError(f"format '{description['format']}'")
        config = description["config"]
        check_metadata(config, path)
        if config["min_depth"] is None or not isinstance(config["name"], str):
            raise ValueError("the range of depth or the name is missing")
        graph = arrays.pop(GRAPH, None)
        if any(array.dtype not in (np.float16, np.float32) for array in arrays.values()):
            raise ValueError("a weight is neither float16 nor float32")
    except FileNotFoundError:
        raise
    except _DAMAGE as error:
        raise damaged_preset(path, str(error) or type(error).__name__) from error
    check_finite_weights(arrays.items(), path)
    return PresetArchive(config, arrays, None if graph is None else graph.tobytes())


def check_declared_sizes(path: str | os.PathLike) -> None:
    """Checks, before any memory is taken, that a NumPy archive is no larger than it looks.

    Raises:
        OSError: If it cannot be read, as FileNotFoundError.
        ValueError: If its arrays together, or one by its header, are larger than its bytes can be.
    """
    limit = _MOST_GROWTH * os.path.getsize(path) + _SMALL
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > _MOST_ARRAYS or sum(each.file_size for each in members) > limit:
            raise ValueError(f"its {len(members)} arrays are larger than {limit} bytes")
        for member in members:
            with archive.open(member) as file:
                version = np.lib.format.read_magic(file)
                read = np.lib.format.read_array_header_1_0
                if version != (1, 0):
                    read = np.lib.format.read_array_header_2_0
                shape, _, dtype = read(file)
            if dtype.hasobject or math.prod(shape) * dtype.itemsize > member.file_size:
                raise ValueError(f"{member.filename} is declared as {dtype} of shape {shape}")


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
