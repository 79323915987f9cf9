"""What was measured of a run's model since it was trained: a record in the run folder."""

import datetime
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from densedepth_tf.checkpoints import MODEL_FILE
from densedepth_tf.files.atomic import write_json
from densedepth_tf.files.json_text import parse_json

EVALUATIONS_FILE = "evaluations.json"
_KEPT = ("dataset", "num_images", "protocol", "metrics", "depth_unit")


def run_folder_of(checkpoint: str | Path | None) -> Path | None:
    """The run folder that a checkpoint is, or is the model of; None if it is none."""
    if checkpoint is None:
        return None
    path = Path(checkpoint)
    folder = path.parent if path.name == MODEL_FILE else path
    is_run = (folder / "config.yaml").is_file() and (folder / MODEL_FILE).is_file()
    return folder if is_run else None


def record_evaluation(folder: Path, measured: Mapping[str, Any], notes: Sequence[str]) -> None:
    """Adds figures to a run's record, in place of earlier ones of the same data and protocol.

    Args:
        folder: The run folder.
        measured: What `EvaluationResult.to_json` says.
        notes: What has to be known besides.

    Raises:
        ValueError: If the record is damaged.
        OSError: If it cannot be written.
    """
    entry = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "model": _fingerprint(folder / MODEL_FILE),
        **{name: measured[name] for name in _KEPT if name in measured},
        "notes": list(notes),
    }
    others = [each for each in read_evaluations(folder) if _key(each) != _key(entry)]
    write_json(folder / EVALUATIONS_FILE, [*others, entry])


def read_evaluations(folder: Path) -> list[dict[str, Any]]:
    """The record's entries, the newest last; those of an earlier model of the folder are none.

    Folders that were measured by an earlier release have one, their `metrics.json`.

    Raises:
        ValueError: If a file is damaged; the message names it.
    """
    record, metrics, model = (
        folder / name for name in (EVALUATIONS_FILE, "metrics.json", MODEL_FILE)
    )
    try:
        if record.is_file():
            entries = parse_json(record.read_text(encoding="utf-8"))
            found = _fingerprint(model)
            return [entry for entry in entries if entry["model"] == found and _key(entry)]
        if metrics.is_file() and metrics.stat().st_mtime >= model.stat().st_mtime:
            measured = parse_json(metrics.read_text(encoding="utf-8"))
            own = run_folder_of(measured["checkpoint"])
            if own is not None and own.resolve() == folder.resolve() and _key(measured):
                return [{**measured, "model": _fingerprint(model), "notes": []}]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        damaged = record if record.is_file() else metrics
        raise ValueError(f"{damaged.name} is no record: {error!r}") from error
    return []


def _key(entry: Mapping[str, Any]) -> str:
    """Equal for figures of the same data under the same protocol."""
    return json.dumps([entry[name] for name in ("dataset", "num_images", "protocol")])


def _fingerprint(model: Path) -> str:
    """Tells models apart by the checksums in their archive, however a folder was copied."""
    with zipfile.ZipFile(model) as archive:
        members = [(member.filename, member.CRC, member.file_size) for member in archive.filelist]
    return f"{zlib.crc32(repr(sorted(members)).encode()):08x}"
