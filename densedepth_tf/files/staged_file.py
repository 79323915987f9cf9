"""Files of buckets that are on this machine only while they are looked at."""

import itertools
import os
from dataclasses import dataclass
from pathlib import Path

from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.bucket import Bucket, BucketFile
from densedepth_tf.files.workspace import Workspace


class Stage:
    """A temporary folder for the files that are being looked at; gone when nobody has it any more.

    Files are numbered there: what they are called in a bucket decides no place on this machine.
    """

    def __init__(self) -> None:
        self._workspace = Workspace()
        self._numbers = itertools.count()

    def place(self, name: str) -> Path:
        """A place of its own for a file, which keeps the last part of its name."""
        return self._workspace.path / str(next(self._numbers)) / os.path.basename(name)


@dataclass(frozen=True)
class StagedFile:
    """A file of a bucket, and where it is on this machine between `bring` and `release`.

    Attributes:
        file: The file in the bucket.
        bucket: Its bucket.
        path: Where it is brought to.
        stage: The folder of that place, which lives as long. A copy that another process has been
            sent has none: what it brings lies at the same place there until `release`.
    """

    file: BucketFile
    bucket: Bucket
    path: Path
    stage: Stage | None

    def __reduce__(self) -> tuple[type["StagedFile"], tuple[object, ...]]:
        return StagedFile, (self.file, self.bucket, self.path, None)

    def bring(self) -> None:
        """Downloads the file, if it is not there yet.

        Raises:
            BadSampleError: If that cannot be done; the message has the address.
        """
        if self.path.exists():
            return
        try:
            self.bucket.download(self.file, self.path)
        except OSError as error:
            raise BadSampleError(f"{error}.") from error

    def release(self) -> None:
        """Removes what was downloaded."""
        self.path.unlink(missing_ok=True)
