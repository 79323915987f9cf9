"""A run folder in a bucket: trained in through a folder on this machine, uploaded after each epoch.

An upload replaces file after file, and the state of an epoch counts once its `state.json` is
there, which comes last; of earlier epochs it goes first. Whenever a process is killed, what was
uploaded is therefore a run to go on with, as a folder on this machine is.
"""

import contextlib
import dataclasses
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from densedepth_tf.files.bucket import Bucket, is_bucket
from densedepth_tf.files.bucket_claims import claim_in_bucket
from densedepth_tf.files.cache_folder import cache_folder
from densedepth_tf.files.durable import make_folder
from densedepth_tf.files.file_tree import relative_name
from densedepth_tf.files.local_copy import download_folder
from densedepth_tf.files.workspace import PREFIX, Workspace, remove_leftovers
from densedepth_tf.training.options import TrainingOptions
from densedepth_tf.training.run.backup import STATE
from densedepth_tf.training.run.run_folder import RunFolder

_BACKUP = "backup/"


class BucketRun:
    """A run folder in a bucket and its copy on this machine.

    Args:
        address: The run folder.

    Attributes:
        path: The copy.
        address: The run folder, without a slash at its end.
    """

    def __init__(self, address: str):
        self._bucket = Bucket(address)
        self.address = address.rstrip("/")
        self._bucket.check_takes_files(self.address)
        parent = cache_folder() / "runs"
        make_folder(parent)
        remove_leftovers(parent)
        self._workspace = Workspace(parent)
        self.path = self._workspace.path / self.address.rpartition("/")[2]
        # Name to what a file was when it was last the same in both places.
        self._same: dict[str, tuple[int, int]] = {}

    def fetch(self) -> None:
        """Downloads the run that is there; states that were not uploaded as a whole are left out.

        Raises:
            OSError: If it cannot be read, or the disk has no room for it.
        """
        listed = self._bucket.find(self.address)
        files = {name: file for name, file in listed.items() if _is_of_run(name)}
        unfinished = {
            name
            for name in files
            if name.startswith(_BACKUP) and f"{os.path.dirname(name)}/{STATE}" not in files
        }
        whole = {name: file for name, file in files.items() if name not in unfinished}
        download_folder(self._bucket, whole, self.path, self.address)
        self._same = {name: _state(self.path / name) for name in whole}
        # Parts are removed with the first upload.
        self._same.update(dict.fromkeys(unfinished, (0, 0)))

    def check_writable(self) -> None:
        """Raises OSError if nothing can be written there."""
        self._bucket.check_writable(self.address)

    def claim(self) -> contextlib.AbstractContextManager[None]:
        """Keeps other processes from training there, see `bucket_claims`."""
        return claim_in_bucket(self._bucket, self.address, [_BACKUP])

    def push(self) -> None:
        """Uploads what has changed since the last time, and removes what is gone.

        Raises:
            OSError: If that cannot be done; the next time goes on with it.
        """
        now = {
            name: _state(path)
            for path in sorted(self.path.rglob("*"))
            if path.is_file() and _is_of_run(name := path.relative_to(self.path).as_posix())
        }
        gone = sorted(self._same.keys() - now.keys(), key=lambda name: (not _is_marker(name), name))
        newest = max(filter(_is_marker, now), default="")
        # A state of later epochs is of a run that was discarded, and must not outlive its files.
        self._remove(name for name in gone if _is_marker(name) and name > newest)
        changed = [name for name, state in now.items() if self._same.get(name) != state]
        for name in sorted(changed, key=_is_marker):
            self._bucket.upload(self.path / name, f"{self.address}/{name}")
            self._same[name] = now[name]
        self._remove(name for name in gone if name in self._same)

    def keep(self) -> Path:
        """Moves the copy to where it stays when this process ends."""
        place = Path(tempfile.mkdtemp(prefix=f"{self.path.name}-", dir=cache_folder() / "runs"))
        return self.path.rename(place / self.path.name)

    def remove(self) -> None:
        """Removes the copy."""
        self._workspace.remove()

    def _remove(self, names: Iterable[str]) -> None:
        for name in list(names):
            self._bucket.remove(f"{self.address}/{name}")
            del self._same[name]


@contextlib.contextmanager
def run_on_this_machine(
    config: TrainingOptions, writes: bool
) -> Iterator[tuple[TrainingOptions, BucketRun | None]]:
    """The options of a run with a folder on this machine; where it was in a bucket, also that run.

    At the end, however it comes, the folder is uploaded.

    Args:
        config: As they were given.
        writes: Upload it; of several hosts that train together only the first does.

    Raises:
        ValueError: If this training cannot go without a shared folder.
        OSError: If the run cannot be downloaded or uploaded, in the end with where the copy is; or
            if another process trains there.
    """
    if not is_bucket(config.workdir):
        yield config, None
        return
    if config.strategy == "multi-worker" and config.epochs_before_model:
        raise ValueError(
            "`workdir` of a training in stages on several hosts is a folder that they share, no "
            f"address. Received: '{config.workdir}'"
        )
    run = BucketRun(config.workdir)
    with contextlib.ExitStack() as claimed:
        try:
            if writes:
                run.check_writable()
                claimed.enter_context(run.claim())
            run.fetch()
        except BaseException:
            run.remove()
            raise
        try:
            yield dataclasses.replace(config, workdir=os.fspath(run.path)), run
        except BaseException:
            with contextlib.suppress(OSError, ValueError):  # Must not hide how the training ended.
                if writes:
                    run.push()
            run.remove()
            raise
        try:
            if writes:
                run.push()
        except OSError as error:
            raise OSError(f"{error}. The run is whole, and kept at '{run.keep()}'") from error
    run.remove()


def _is_of_run(name: str) -> bool:
    """Whether a file is one that trainings write; others in a bucket's folder stay there alone."""
    try:
        parts = relative_name(name).split("/")
    except ValueError:
        return False
    if "/".join(parts) != name or any(part.startswith(PREFIX) for part in parts):
        return False
    return RunFolder(Path()).is_own(name)


def _is_marker(name: str) -> bool:
    """Whether a file is what makes the state of an epoch count."""
    return name.startswith(_BACKUP) and os.path.basename(name) == STATE


def _state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
