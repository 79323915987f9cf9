"""Outputs that count as a whole: written here, and where they belong in a bucket sent there last.

For outputs of many files, each of which counts by itself, see `output_place`.
"""

import collections
import contextlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from densedepth_tf.files.bucket import Bucket, BucketFile, is_bucket
from densedepth_tf.files.bucket_claims import claim_in_bucket
from densedepth_tf.files.file_tree import relative_name
from densedepth_tf.files.outputs.input_safety import InputSafety
from densedepth_tf.files.told_as import told_as
from densedepth_tf.files.workspace import PREFIX, Workspace
from densedepth_tf.files.writable_folder import named_path
from densedepth_tf.process.map_ahead import map_ahead

_State = tuple[int, int, int]
_THREADS = 8  # uploads at the same time


@contextlib.contextmanager
def staged_output(
    output: str | os.PathLike,
    argument: str = "output",
    *,
    beside: Collection[str] | None = None,
    looks_at: Callable[[str], bool] = lambda name: True,
    reads: Collection[str] = (),
    completes: Collection[str] = (),
    inputs: Iterable[str | os.PathLike | None] = (),
) -> Iterator[Path]:
    """Yields where an output is written on this machine: a path itself, or what stands for it.

    In place of an address it is a path of the same name in a folder of its own, where what is in
    the bucket already is seen as empty files: what would be in the way there is in the way here.
    When the block ends well, the files that it has written are uploaded, and those that it has
    removed are removed there; if it fails, nothing has changed there.

    Args:
        output: A path, or an address in a bucket.
        argument: What it was given to.
        beside: For a file, and a folder that appears in one step: names of what is written beside
            it. None for a folder that files are written to.
        looks_at: Whether a file of a folder, by its name relative to it, is to be seen.
        reads: Names of those that are read, and therefore downloaded.
        completes: Names of what makes the others count: uploaded last, and where it is replaced
            with others, removed first.
        inputs: What the outputs are made from; those in buckets are never replaced.

    Raises:
        ImportError, OSError, ValueError: As `named_path`, and as `Bucket` for an address; if an
            output would replace an input there, or another process is writing it. What the block
            raises names the address.
    """
    if not is_bucket(output):
        yield named_path(output, argument)
        return
    staged = _StagedOutput(os.fspath(output), argument, beside, InputSafety(inputs))
    with contextlib.ExitStack() as stack:
        stack.callback(staged.remove)
        staged.check_writable()
        stack.enter_context(staged.claim(completes))
        staged.see(looks_at, reads)
        with staged.told():
            yield staged.path
        staged.publish(completes)


class _StagedOutput:
    """An output on this machine, and what was in the bucket in its place.

    Attributes:
        path: The output.
    """

    def __init__(
        self, address: str, argument: str, beside: Collection[str] | None, inputs: InputSafety
    ):
        self._bucket = Bucket(address)
        address = address.rstrip("/")
        self._bucket.check_takes_files(address)
        self._address, self._argument, self._beside = address, argument, beside
        self._inputs = inputs
        self._inputs.check([address], argument)
        above, _, name = address.rpartition("/")
        if beside is not None and above.endswith(":/"):
            raise ValueError(
                f"`{argument}` is an address below a bucket, {above}/BUCKET/NAME. "
                f"Received: '{address}'"
            )
        self._workspace = Workspace()
        self._root = self._workspace.path / "outputs"
        self.path = self._root / name
        self._base = address if beside is None else above
        if beside is None:
            self._root = self.path
        self._there: dict[str, _State | None] = {}

    def check_writable(self) -> None:
        """Raises OSError if nothing can be written there."""
        self._bucket.check_writable(self._base)

    def claim(self, completes: Collection[str]) -> AbstractContextManager[None]:
        """Keeps other processes from writing the same output, see `bucket_claims`."""
        names = completes if self._beside is None else [self.path.name]
        return claim_in_bucket(self._bucket, self._base, names)

    def see(self, looks_at: Callable[[str], bool], reads: Collection[str]) -> None:
        """Makes a file for each that is there."""
        self._root.mkdir(parents=True)
        for name, file in self._find().items():
            if not _is_plain(name) or not looks_at(name):
                continue
            path = self._root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if name in reads:
                self._bucket.download(file, path)
            else:
                path.touch()
            self._there[name] = _state(path)

    def told(self) -> AbstractContextManager[None]:
        """Errors inside name addresses, and not what stands for them."""
        return told_as(self._root, self._base)

    def publish(self, completes: Collection[str]) -> None:
        """Uploads what has changed."""
        now = {
            name: _state(path)
            for path in sorted(self._root.rglob("*"))
            if path.is_file() and _is_plain(name := path.relative_to(self._root).as_posix())
        }
        changed = [name for name, state in now.items() if self._there.get(name) != state]
        gone = [name for name in self._there if name not in now]
        replaced = (f"{self._base}/{name}" for name in (*changed, *gone))
        self._inputs.check(replaced, self._argument)
        if len(changed) + len(gone) > 1:
            outdated = [name for name in (*changed, *gone) if name in completes]
            self._remove(outdated)
        sent: list[str] = []

        def send(name: str) -> None:
            self._bucket.upload(self._root / name, f"{self._base}/{name}")
            sent.append(name)

        try:
            parts = [name for name in changed if name not in completes]
            with contextlib.closing(map_ahead(send, parts, _THREADS, _THREADS)) as uploads:
                collections.deque(uploads, maxlen=0)
            for name in changed:
                if name in completes:
                    send(name)
        except BaseException:
            # Parts of a new output are none.
            with contextlib.suppress(OSError):
                for name in sent:
                    if name not in self._there:
                        self._bucket.remove(f"{self._base}/{name}")
            raise
        self._remove(gone)

    def remove(self) -> None:
        """Removes what is on this machine."""
        self._workspace.remove()

    def _find(self) -> dict[str, BucketFile]:
        if self._beside is None:
            return self._bucket.find(self._address)
        names = {self.path.name, *self._beside}
        files = {name: self._bucket.file(f"{self._base}/{name}") for name in names}
        found = {name: file for name, file in files.items() if file is not None}
        if self.path.name not in found:
            below = self._bucket.find(self._address)
            found.update({f"{self.path.name}/{name}": file for name, file in below.items()})
        return found

    def _remove(self, names: Collection[str]) -> None:
        for name in names:
            if self._there.pop(name, None) is not None:
                self._bucket.remove(f"{self._base}/{name}")


def _is_plain(name: str) -> bool:
    """Whether an object's name may be that of a file here, and of an output."""
    try:
        return relative_name(name) == name and not any(
            part.startswith(PREFIX) for part in name.split("/")
        )
    except ValueError:
        return False


def _state(path: Path) -> _State:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns
