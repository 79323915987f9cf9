"""DepthEstimator -> TensorFlow SavedModel: a folder that TensorFlow alone can run."""

import os
from pathlib import Path
from typing import Any

from typing_extensions import override

from densedepth_tf.checkpoints import SAVED_MODEL
from densedepth_tf.data.seen_samples import SAMPLES_FILE
from densedepth_tf.export.exporter import Exporter, ExportReport
from densedepth_tf.export.options import ExportOptions
from densedepth_tf.export.serving_module import ServingModule
from densedepth_tf.files.atomic import write_json
from densedepth_tf.files.outputs.staged_output import staged_output
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.runtimes.saved_model import METADATA_FILE, SavedModelEstimator

SAVED_MODEL_ENTRIES = {
    *("saved_model.pb", "fingerprint.pb", "variables", "assets", "assets.extra"),
    SAMPLES_FILE,
}


class SavedModelExporter(Exporter):
    """`serving_default` takes `images` and gives `depth`, see `ServingModule`.

    `assets.extra/metadata.json` says the units, the range and the measured difference.
    """

    name = "savedmodel"
    portable = False

    def check_replaceable(self, path: Path) -> None:
        """Checks that writing to `path` destroys nothing but an earlier SavedModel.

        Raises:
            ValueError: If there is a file, or a folder with anything else in it.
        """
        if not os.path.lexists(path):
            return
        others = {path.name}
        if path.is_dir():
            others = {entry.name for entry in path.iterdir()} - SAVED_MODEL_ENTRIES
        if others:
            raise ValueError(
                f"`output` must be a new folder or an earlier SavedModel; '{sorted(others)[0]}' "
                f"is in the way. Received: '{path}'"
            )

    @override
    def write(self, module: ServingModule, path: Path, options: ExportOptions) -> None:
        module.save(path)

    @override
    def embed(self, path: Path, metadata: dict[str, Any]) -> None:
        write_json(path / METADATA_FILE, metadata)

    @override
    def open(self, path: Path, plain: bool = False) -> SavedModelEstimator:
        return SavedModelEstimator(path)  # TensorFlow has no settings here.


def export_saved_model(
    model: DepthEstimator, path: str | os.PathLike, bound: float | None = None
) -> ExportReport:
    """Writes a SavedModel that takes images of any size, see `Exporter.export`.

    Args:
        model: The model.
        path: The folder, or its address in a bucket.
        bound: See `Exporter.export`.
    """
    completes = [f"{Path(path).name}/{SAVED_MODEL}"]
    with staged_output(path, "path", beside=(), completes=completes) as here:
        return SavedModelExporter().export(model, here, bound=bound)
