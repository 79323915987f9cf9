"""Files of buckets and archives that are on this machine only while they are looked at."""

import abc
import functools
import itertools
import os
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from densedepth_tf.files.atomic import write_bytes
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.bucket import Bucket, BucketFile, read_address
from densedepth_tf.files.text_file import MOST_BYTES as TEXT_BYTES
from densedepth_tf.files.workspace import Workspace

_LONGEST_NAME, _LONGEST_SUFFIX = 200, 20  # bytes, and letters: buckets take 1024 bytes


class Stage:
    """A temporary folder for the files that are being looked at; gone when nobody has it any more.

    Files are numbered there: what they are called in a bucket decides no place on this machine.
    """

    def __init__(self) -> None:
        self._workspace = Workspace()
        self._numbers = itertools.count()

    def place(self, name: str) -> Path:
        """A place of its own for a file, which keeps the last part of its name, or its suffix."""
        last = os.path.basename(name)
        if len(os.fsencode(last)) > _LONGEST_NAME:
            last = f"long{os.path.splitext(last)[1][:_LONGEST_SUFFIX]}"
        return self._workspace.path / str(next(self._numbers)) / last


@dataclass(frozen=True)
class Staged(abc.ABC):
    """What is brought to a place on this machine, and removed afterwards.

    Attributes:
        path: Where it is between `bring` and `release`.
        stage: The folder of that place, which lives as long. A copy that another process has been
            sent has none: what it brings lies at the same place there until `release`.
    """

    path: Path
    stage: Stage | None

    @property
    @abc.abstractmethod
    def title(self) -> str:
        """What it is called."""

    @property
    @abc.abstractmethod
    def size(self) -> int:
        """Bytes."""

    @property
    @abc.abstractmethod
    def version(self) -> str:
        """Another text where the content is another."""

    @property
    def here(self) -> Path | None:
        """The file on this machine that it comes from; None if it comes from elsewhere."""
        return None

    @abc.abstractmethod
    def bring(self) -> None:
        """Sees to it that there is a file at `path`.

        Raises:
            BadSampleError: If that cannot be done; the message names it.
        """

    def release(self) -> None:
        """Removes what was brought."""
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class StagedFile(Staged):
    """A file of a bucket.

    Attributes:
        file: The file in the bucket.
        bucket: Its bucket.
        beside: Small files of its folder that are brought with it, such as the folder's camera.
    """

    file: BucketFile
    bucket: Bucket
    beside: tuple[BucketFile, ...] = ()

    def __reduce__(self) -> tuple[type["StagedFile"], tuple[object, ...]]:
        return StagedFile, (self.path, None, self.file, self.bucket, self.beside)

    @property
    @override
    def title(self) -> str:
        return self.file.address

    @property
    @override
    def size(self) -> int:
        return self.file.size

    @property
    @override
    def version(self) -> str:
        return self.file.version

    @override
    def bring(self) -> None:
        if os.path.exists(self.path):
            return
        try:
            for other in self.beside:
                write_bytes(self.path.with_name(other.name), _content(other))
            self.bucket.download(self.file, self.path)
        except OSError as error:
            raise BadSampleError(f"{error}.") from error

    @override
    def release(self) -> None:
        super().release()
        for other in self.beside:
            self.path.with_name(other.name).unlink(missing_ok=True)


@functools.lru_cache(maxsize=64)
def _content(file: BucketFile) -> bytes:
    """A small file that many others have beside them, read once."""
    return read_address(file.address, TEXT_BYTES)
