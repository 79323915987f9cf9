"""The small file of a preset as arrays, read without TensorFlow."""

import json
import os
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np

FORMAT = "densedepth_tf preset 1"
MODEL, GRAPH = "model", "onnx"


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
    """Reads a preset's file; nothing in it is unpickled or executed.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged or another kind of file.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        description = json.loads(str(arrays.pop(MODEL)))
        if description["format"] != FORMAT:
            raise ValueError(f"format '{description['format']}'")
        graph = arrays.pop(GRAPH, None)
        return PresetArchive(
            dict(description["config"]), arrays, None if graph is None else graph.tobytes()
        )
    except FileNotFoundError:
        raise
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise damaged_preset(path, error) from error


def damaged_preset(path: str | os.PathLike, error: Exception) -> ValueError:
    """The error for a file that is no preset, in one line."""
    reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
    return ValueError(
        f"The preset is damaged or no file of `densedepth preset` ({reason}). Received: '{path}'"
    )
