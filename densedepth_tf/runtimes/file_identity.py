"""Telling files of models apart that predict differently."""

from pathlib import Path

from densedepth_tf.files.outputs.output_record import content_digest


def file_identity(path: Path) -> str:
    """A digest of all bytes of a checkpoint or artefact, of OpenVINO's weights beside it, too."""
    # Whole: a single layer that learned on is another model.
    digest = content_digest(path, whole=True)
    if path.suffix == ".xml":
        digest += content_digest(path.with_suffix(".bin"), whole=True)
    return digest
