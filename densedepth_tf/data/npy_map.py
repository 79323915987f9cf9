"""Memory-mapping npy arrays, also inside zip archives, so that they are never loaded whole."""

import contextlib
import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from tqdm import tqdm

from densedepth_tf.regular_file import check_regular_file


def map_npy(path: str | os.PathLike, name: str | None = None) -> np.ndarray:
    """Maps an npy file for reading; pickled objects are refused. Messages call it `name`.

    Raises:
        ValueError: If it is not a complete npy file.
        OSError: If it is no file at all.
    """
    check_regular_file(path)
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
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
    if info.compress_type == zipfile.ZIP_STORED:
        return _map_stored(archive, info, place)
    return _map_decompressed(archive, info, place)


def _map_stored(archive: zipfile.ZipFile, info: zipfile.ZipInfo, place: str) -> np.ndarray:
    try:
        with archive.open(info) as stream:
            major, _ = np.lib.format.read_magic(stream)
            read_header = (
                np.lib.format.read_array_header_1_0
                if major == 1
                else np.lib.format.read_array_header_2_0
            )
            shape, fortran_order, dtype = read_header(stream)
            header_size = stream.tell()
        if dtype.hasobject:
            raise ValueError("it holds pickled Python objects")
        with open(archive.filename, "rb") as file:
            # The local header repeats the name and has extra fields of its own length.
            file.seek(info.header_offset + 26)
            lengths = np.frombuffer(file.read(4), "<u2")
        start = info.header_offset + 30 + int(lengths.sum()) + header_size
        if header_size + dtype.itemsize * int(np.prod(shape, dtype=np.int64)) != info.file_size:
            raise ValueError("its size does not fit its header")
        order = "F" if fortran_order else "C"
        return np.memmap(archive.filename, dtype, "r", start, shape, order)
    except (ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"'{place}' is not a complete npy array: {error}") from error


def _map_decompressed(archive: zipfile.ZipFile, info: zipfile.ZipInfo, place: str) -> np.ndarray:
    handle, temporary = tempfile.mkstemp(prefix="densedepth_tf_", suffix=".npy")
    try:
        progress = tqdm(
            total=info.file_size,
            unit="B",
            unit_scale=True,
            desc=f"decompressing {info.filename}",
            disable=None,
        )
        with os.fdopen(handle, "wb") as target, archive.open(info) as stream, progress:
            while piece := stream.read(1 << 20):
                target.write(piece)
                progress.update(len(piece))
        return map_npy(temporary, place)
    except zipfile.BadZipFile as error:
        raise ValueError(f"'{place}' is damaged: {error}; download the archive again.") from error
    except OSError as error:
        raise OSError(
            f"Cannot decompress '{place}' to {Path(temporary).parent}: {error.strerror or error}. "
            "Unpack the archive and pass the folder, or set TMPDIR to a larger disk."
        ) from error
    finally:
        # The map keeps the unnamed file alive; where open files cannot go, it stays behind.
        with contextlib.suppress(OSError):
            os.unlink(temporary)
