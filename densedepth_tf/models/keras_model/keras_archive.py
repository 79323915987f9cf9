"""What a `.keras` file declares, looked at before Keras takes memory for it."""

import io
import json
import os
import zipfile

import h5py

# Keras stores without compressing; the rest is for JSON, which other tools may compress.
_MOST_GROWTH, _SMALL, _MOST_MEMBERS = 4, 2**24, 4096
WEIGHTS, CONFIG = "model.weights.h5", "config.json"


def check_keras_archive(path: str | os.PathLike) -> None:
    """Checks that a file's members, its tensors and its decoder are no larger than it is.

    Raises:
        OSError: If it cannot be read.
        ValueError: If they are.
        zipfile.BadZipFile: If it is damaged.
    """
    size = os.path.getsize(path)
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        total = sum(each.file_size for each in members)
        if len(members) > _MOST_MEMBERS or total > _MOST_GROWTH * size + _SMALL:
            raise ValueError(f"its {len(members)} members would be {total} bytes large")
        names = archive.namelist()
        if CONFIG in names:
            _check_decoder(archive.read(CONFIG), total)
        if WEIGHTS in names:
            _check_weights(archive.read(WEIGHTS))


def _check_weights(content: bytes) -> None:
    def check(name: str, entry: object) -> None:
        if isinstance(entry, h5py.Dataset) and entry.nbytes > len(content):
            raise ValueError(f"{name} is declared as {entry.dtype} of shape {entry.shape}")

    with h5py.File(io.BytesIO(content), "r") as file:
        file.visititems(check)


def _check_decoder(content: bytes, total: int) -> None:
    """A DenseDepth's second width times its first, with 3x3 values each, is part of its weights."""
    config = json.loads(content).get("config")
    widths = config.get("decoder_filters") if isinstance(config, dict) else None
    if widths is None:
        return
    first, second = (widths, widths // 2) if isinstance(widths, int) else widths[:2]
    if 4 * 9 * first * second > total:
        raise ValueError(f"its decoder_filters, {widths}, are more than its weights can be")
