"""The formats that `export.py` knows: one entry per `--format` word."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from densedepth_tf.writable_folder import check_writable_folder

if TYPE_CHECKING:
    from densedepth_tf.export.parity import Parity
    from densedepth_tf.models.depth_estimator import DepthEstimator


def _export_saved_model(model: "DepthEstimator", path: Path) -> "Parity":
    from densedepth_tf.export.saved_model import export_saved_model

    return export_saved_model(model, path)


# Each writes an artefact in one step, runs what it wrote, and refuses it if it differs.
EXPORTERS: dict[str, Callable[["DepthEstimator", Path], "Parity"]] = {
    "savedmodel": _export_saved_model,
}


def export_checkpoint(
    checkpoint: str | os.PathLike, format_name: str, output: str | os.PathLike
) -> "Parity":
    """What `export.py` does: loads a checkpoint and writes it in another format.

    Args:
        checkpoint: A run folder, `.keras` file or official weights, see `densedepth_tf.load`.
        format_name: A key of `EXPORTERS`.
        output: Where the artefact goes.

    Returns:
        How far the artefact, loaded back and run, is from the model.

    Raises:
        ValueError: If the format is unknown, the checkpoint is not a model to export, or the
            artefact differs from the model by more than its bound.
        OSError: If the checkpoint is missing or the output cannot be written.
    """
    if format_name not in EXPORTERS:
        raise ValueError(
            f"Unknown format; --format takes {', '.join(EXPORTERS)}. Received: '{format_name}'"
        )
    output = Path(output)
    check_writable_folder(output.absolute().parent)

    from densedepth_tf import load
    from densedepth_tf.models.depth_estimator import DepthEstimator

    model = load(checkpoint)
    if not isinstance(model, DepthEstimator):
        raise ValueError(
            "An exported artefact cannot be exported again; --checkpoint takes the run folder or "
            f".keras file it came from. Received: '{checkpoint}'"
        )
    return EXPORTERS[format_name](model, output)
