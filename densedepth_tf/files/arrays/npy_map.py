"""Memory-mapping npy arrays, also inside zip archives, so that they are never loaded whole."""

import os
import shutil
import tempfile
import zipfile

import numpy as np

from densedepth_tf.files.arrays.npy_header import NpyHeader, read_npy_header
from densedepth_tf.files.file_tree import BAD_ZIP
from densedepth_tf.files.regular_file import check_regular_file
from densedepth_tf.files.workspace import Workspace
from densedepth_tf.process.progress_bar import ProgressBar


def map_npy(path: str | os.PathLike, name: str | None = None) -> np.ndarray:
    """Maps an npy file for reading; pickled objects are refused. Messages call it `name`.

    Raises:
        ValueError: If it is not a complete npy file.
        OSError: If it is no file at all.
    """
    check_regular_file(path)
    try:
        with open(path, "rb") as file:
            header = read_npy_header(file, os.fstat(file.fileno()).st_size)
        return _map(path, header, header.offset)
    except ValueError as error:
        raise ValueError(f"'{name or path}' is not a complete npy file: {error}") from error


def map_npy_in_zip(archive: zipfile.ZipFile, member: str) -> np.ndarray:
    """Maps an npy array inside a zip archive.

    A stored member is mapped where it lies in the archive. A compressed one is decompressed once,
    in pieces and with a progress bar, to a temporary file (in TMPDIR) that goes away with the
    process. Memory stays flat either way.

    Raises:
        ValueError: If the member is missing, damaged or not an npy array.
        OSError: If the temporary folder is full.
    """
    place = f"{archive.filename}:{member}"
    try:
        info = archive.getinfo(member)
    except KeyError as error:
        raise ValueError(f"The archive has no '{place}'.") from error
    if info.compress_type == zipfile.ZIP_STORED and archive.filename is not None:
        return _map_stored(archive.filename, archive, info, place)
    return _map_decompressed(archive, info, place)


def _map_stored(
    path: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo, place: str
) -> np.ndarray:
    try:
        with archive.open(info) as stream:
            header = read_npy_header(stream, info.file_size)
        with open(path, "rb") as file:
            # The local header repeats the name and has extra fields of its own length.
            file.seek(info.header_offset + 26)
            lengths = np.frombuffer(file.read(4), "<u2")
        start = info.header_offset + 30 + int(lengths.sum()) + header.offset
        return _map(path, header, start)
    except (ValueError, OverflowError, *BAD_ZIP) as error:
        raise ValueError(f"'{place}' is not a complete npy array: {error}") from error


def _map(path: str | os.PathLike, header: NpyHeader, start: int) -> np.ndarray:
    if 0 in header.shape:
        raise ValueError(f"it is empty, {header.shape}")
    return np.memmap(path, header.dtype, "r", start, header.shape, header.order)


def _map_decompressed(archive: zipfile.ZipFile, info: zipfile.ZipInfo, place: str) -> np.ndarray:
    _check_decompressed(archive, info, place)
    # The map keeps the unnamed file alive; where open files cannot go, it is removed another time.
    workspace = Workspace()
    temporary = workspace.path / "array.npy"
    try:
        progress = ProgressBar(
            total=info.file_size,
            unit="B",
            unit_scale=True,
            desc=f"decompressing {info.filename}",
        )
        with open(temporary, "wb") as target, archive.open(info) as stream, progress:
            while piece := stream.read(1 << 20):
                target.write(piece)
                progress.update(len(piece))
        return map_npy(temporary, place)
    except BAD_ZIP as error:
        raise ValueError(f"'{place}' is damaged: {error}; download the archive again.") from error
    except OSError as error:
        raise OSError(
            f"Cannot decompress '{place}' to {workspace.path.parent}: {error.strerror or error}. "
            "Unpack the archive and pass the folder, or set TMPDIR to a larger disk."
        ) from error
    finally:
        workspace.remove()


def _check_decompressed(archive: zipfile.ZipFile, info: zipfile.ZipInfo, place: str) -> None:
    """Looks at what a compressed member declares before the disk is filled with it."""
    try:
        with archive.open(info) as stream:
            read_npy_header(stream, info.file_size)
    except (ValueError, *BAD_ZIP) as error:
        raise ValueError(f"'{place}' is not a complete npy array: {error}") from error
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if info.file_size > free:
        raise OSError(
            f"'{place}' has {info.file_size} bytes decompressed, but {tempfile.gettempdir()} only "
            f"{free} left. Unpack the archive and pass the folder, or set TMPDIR to a larger disk."
        )
