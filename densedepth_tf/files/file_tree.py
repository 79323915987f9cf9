"""Files under a folder or inside a zip archive, read by their relative names.

Names come from lists that other people wrote, so none may lead out of the folder: see
`relative_name`. Archives are never extracted; a name is only looked up in the archive's index.
"""

import abc
import os
import re
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from typing_extensions import override

from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.images.image_size import MAX_FILE_BYTES
from densedepth_tf.files.regular_file import check_regular_file, read_regular_file

_LOCAL_HEADER_SIZE = 30
_ENCRYPTED = 0x1
# What `zipfile` raises of damage: versions and methods that there are not, and passwords, too.
BAD_ZIP = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, struct.error)


def relative_name(text: str) -> str:
    """Checks a relative file name and writes it with forward slashes.

    Raises:
        ValueError: If the name is empty, absolute, or steps upwards with `..`.
    """
    name = text.strip().replace("\\", "/")
    absolute = name.startswith("/") or re.match(r"[A-Za-z]:", name)
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if not parts or "\0" in name or absolute or ".." in parts:
        raise ValueError(
            f"file names must be relative and stay inside the data folder. Received: '{text}'"
        )
    return "/".join(parts)


class FileTree(abc.ABC):
    """Files below one place. `read` is safe to call from many threads.

    Attributes:
        title: The place, for messages.
    """

    title: str

    @abc.abstractmethod
    def exists(self, name: str) -> bool:
        """Whether a file of this relative name is there."""

    @abc.abstractmethod
    def read(self, name: str, most_bytes: int = MAX_FILE_BYTES) -> bytes:
        """The content of a file.

        Args:
            name: The file.
            most_bytes: A larger one is not read.

        Raises:
            BadSampleError: If it is missing, unreadable or too large; the message names it.
        """

    def is_folder(self, name: str) -> bool:
        """Whether there are files below a relative name."""
        return bool(self.at(name).names())

    def names(self) -> list[str]:
        """The relative names of all files, in order; hidden ones are none.

        Raises:
            OSError: If a folder cannot be read.
            ValueError: If this kind of place is not listed.
        """
        raise ValueError(f"The files in '{self.title}' are not listed; pass a folder.")

    def names_at_top(self) -> list[str]:
        """As `names`, of the files that are in no folder."""
        return [name for name in self.names() if "/" not in name]

    @abc.abstractmethod
    def at(self, folder: str) -> "FileTree":
        """The tree below `folder`, a relative name; `""` is this tree itself."""

    def parent(self) -> "FileTree | None":
        """The tree one level up, for data sets whose lists name their own folder; or None."""
        return None

    def path(self, name: str) -> str:
        """The full name of a file, for messages."""
        return f"{self.title}/{name}"


class FolderTree(FileTree):
    """The files below a folder on disk."""

    def __init__(self, root: str | os.PathLike):
        self.root = Path(root)
        self.title = str(root)

    @override
    def exists(self, name: str) -> bool:
        return (self.root / name).is_file()

    @override
    def read(self, name: str, most_bytes: int = MAX_FILE_BYTES) -> bytes:
        try:
            return read_regular_file(self.root / name, most_bytes)
        except OSError as error:
            raise BadSampleError(
                f"Cannot read '{self.path(name)}': {error.strerror or error}."
            ) from error

    @override
    def is_folder(self, name: str) -> bool:
        return (self.root / name).is_dir()

    @override
    def names(self) -> list[str]:
        def refuse(error: OSError) -> None:
            raise error

        names = []
        for folder, subfolders, files in os.walk(self.root, onerror=refuse):
            subfolders[:] = [name for name in subfolders if not _is_hidden(name)]
            inside = Path(folder).relative_to(self.root)
            names += [(inside / file).as_posix() for file in files if not file.startswith(".")]
        return sorted(names)

    @override
    def names_at_top(self) -> list[str]:
        return sorted(path.name for path in self.root.iterdir() if path.is_file())

    @override
    def at(self, folder: str) -> "FolderTree":
        return FolderTree(self.root / folder) if folder else self

    @override
    def parent(self) -> "FolderTree":
        return FolderTree(self.root.absolute().parent)


class ZipTree(FileTree):
    """The files inside a zip archive, read one at a time without extracting anything.

    The index is parsed once and shared; every thread reads through a file handle of its own.

    Args:
        archive: Its path, or its address.
        open_index: Opens it for the index, where it is no file on this machine.
        open_member: Likewise for single members.

    Raises:
        ValueError: If the file is no zip archive or is cut off.
    """

    def __init__(
        self,
        archive: str | os.PathLike,
        open_index: Callable[[], BinaryIO] | None = None,
        open_member: Callable[[], BinaryIO] | None = None,
    ):
        self.title = str(archive)
        self._prefix = ""
        self._handles = threading.local()

        def open_here() -> BinaryIO:
            return open(archive, "rb")

        self._open = open_member or open_here
        try:
            with (open_index or open_here)() as file, zipfile.ZipFile(file) as opened:
                self._members = {member.filename: member for member in opened.infolist()}
        except BAD_ZIP as error:
            raise ValueError(
                f"'{archive}' is not a complete zip archive ({error}); download it again."
            ) from error

    @override
    def exists(self, name: str) -> bool:
        return self._prefix + name in self._members

    def holds(self, file_name: str) -> bool:
        """Whether there is a file of this name, in whatever folder of the archive."""
        return any(f"/{name}".endswith(f"/{file_name}") for name in self._members)

    @override
    def path(self, name: str) -> str:
        return f"{self.title}:{self._prefix}{name}"

    @override
    def at(self, folder: str) -> "ZipTree":
        if not folder:
            return self
        below = object.__new__(ZipTree)
        below.__dict__.update(self.__dict__, _prefix=f"{self._prefix}{folder}/")
        return below

    @override
    def read(self, name: str, most_bytes: int = MAX_FILE_BYTES) -> bytes:
        member = self._members.get(self._prefix + name)
        if member is None:
            raise BadSampleError(f"The archive has no '{self.path(name)}'.")
        size = max(member.file_size, member.compress_size)  # A small archive may declare anything.
        if size > most_bytes:
            raise BadSampleError(
                f"'{self.path(name)}' is too large: {size / 1e6:,.0f} MB, where at most "
                f"{most_bytes / 1e6:,.0f} MB are read at once."
            )
        try:
            content = self._decompress(member)
        except (OSError, OverflowError, *BAD_ZIP) as error:
            raise BadSampleError(f"Cannot read '{self.path(name)}': {error}.") from error
        if len(content) != member.file_size or zlib.crc32(content) != member.CRC:
            raise BadSampleError(f"'{self.path(name)}' is damaged: its checksum is wrong.")
        return content

    def _decompress(self, member: zipfile.ZipInfo) -> bytes:
        handle = getattr(self._handles, "file", None)
        if handle is None:
            handle = self._handles.file = self._open()
        # The names' lengths in the local header may differ from those in the index.
        handle.seek(member.header_offset)
        header = handle.read(_LOCAL_HEADER_SIZE)
        name_length, extra_length = struct.unpack_from("<HH", header, 26)
        handle.seek(name_length + extra_length, os.SEEK_CUR)
        content = handle.read(member.compress_size)
        if member.flag_bits & _ENCRYPTED:
            raise OSError("the archive is encrypted")
        if member.compress_type == zipfile.ZIP_STORED:
            return content
        if member.compress_type == zipfile.ZIP_DEFLATED:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, member.file_size + 1)
        raise OSError(f"compression method {member.compress_type} is not supported")


def _is_hidden(folder: str) -> bool:
    """Whether the files in a folder are for programs, such as what macOS adds to archives."""
    return folder.startswith((".", "__MACOSX"))


def visible_names(names: Iterable[str]) -> list[str]:
    """Those of relative names that are no hidden files and in no hidden folder, in order."""

    def is_visible(name: str) -> bool:
        *folders, file = name.split("/")
        return not (file.startswith(".") or any(map(_is_hidden, folders)))

    return sorted(filter(is_visible, names))


def open_tree(path: str | os.PathLike) -> FileTree:
    """Opens a folder, or a zip archive, as a tree of files.

    Raises:
        ValueError: If the path is neither.
        OSError: If it cannot be read, or is a pipe or device.
    """
    path = Path(path)
    if path.is_dir():
        os.listdir(path)  # an unreadable folder fails here, by name, and not file by file
        return FolderTree(path)
    if not path.exists():
        raise ValueError(f"There is no data folder or file '{path}'; check `data_dir`.")
    check_regular_file(path)
    return ZipTree(path)
