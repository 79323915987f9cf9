"""Files and folders of buckets that are needed as a whole: copies on this machine, made once."""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from densedepth_tf.files.atomic import atomic_path
from densedepth_tf.files.bucket import Bucket, BucketFile, check_fits, is_bucket
from densedepth_tf.files.cache_folder import cache_folder
from densedepth_tf.files.durable import make_folder
from densedepth_tf.files.file_lock import lock
from densedepth_tf.files.file_tree import relative_name
from densedepth_tf.files.workspace import remove_leftovers
from densedepth_tf.process.progress_bar import ProgressBar


def local_copy(
    address: str,
    of_folder: Callable[[set[str]], set[str]],
    beside: Callable[[str], set[str]],
) -> Path:
    """A copy of a file or folder in the cache; downloaded where this state of it is not there yet.

    Its place depends on the address and on the names, sizes and versions of the files, which the
    bucket is asked for every time.

    Args:
        address: The file or folder.
        of_folder: Given the names below a folder, those that are needed.
        beside: Given the name of a file, others in its folder that belong to it, if they are there.

    Raises:
        FileNotFoundError: If there is nothing.
        ValueError: If a name in the bucket is no file name.
        OSError: If it cannot be downloaded, or the disk has no room for it.
    """
    bucket = Bucket(address)
    address = address.rstrip("/")
    above, _, title = address.rpartition("/")
    file = bucket.file(address)
    if file is None:
        listed = bucket.find(address)
        files = {name: listed[name] for name in of_folder(set(listed))}
    else:
        others = {name: bucket.file(f"{above}/{name}") for name in beside(file.name)}
        files = {name: other for name, other in others.items() if other is not None}
        files[file.name] = file
    if not files:
        raise FileNotFoundError(f"There is nothing to read there. Received: '{address}'")
    for name in (title, *files):
        _check_name(name, address)
    folder = title if file is None else "copy"
    place = cache_folder() / "buckets" / _digest(address, files) / folder
    if not place.is_dir():
        with _alone(place):  # Whoever came first downloads it for all.
            if not place.is_dir():
                remove_leftovers(place.parent)
                download_folder(bucket, files, place, address)
    return place if file is None else place / file.name


@contextlib.contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Inside, no other process or thread is; where the file system knows no locks, any may be."""
    make_folder(place.parent)
    descriptor = os.open(place.parent / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with contextlib.suppress(OSError):
            lock(descriptor, wait=True)
        yield
    finally:
        os.close(descriptor)


def on_this_machine(path: str | os.PathLike) -> str | os.PathLike:
    """A path as it is; of an address in a bucket, a copy of everything there.

    Raises:
        As `local_copy`.
    """
    if not is_bucket(path):
        return path
    return local_copy(os.fspath(path), lambda names: names, lambda name: set())


def download_folder(
    bucket: Bucket, files: Mapping[str, BucketFile], place: Path, address: str
) -> None:
    """Downloads files to a folder, which appears when all of them are there.

    Args:
        bucket: Where they are.
        files: By their names in the folder.
        place: The folder.
        address: What they are called together.

    Raises:
        OSError: If one cannot be downloaded, or the disk has no room for them.
    """
    size = sum(each.size for each in files.values())
    check_fits(size, place.parent, address)
    with (
        atomic_path(place) as temporary,
        ProgressBar(
            total=size, unit="B", unit_scale=True, desc=address, leave=False, disable=not size
        ) as bar,
    ):
        temporary.mkdir()
        for name, each in sorted(files.items()):
            bucket.download(each, temporary / name, bar.update)


def _digest(address: str, files: Mapping[str, BucketFile]) -> str:
    states = [[name, each.size, each.version] for name, each in sorted(files.items())]
    return hashlib.sha256(json.dumps([address, states]).encode()).hexdigest()[:32]


def _check_name(name: str, address: str) -> None:
    """Names of objects are anybody's, and become paths here."""
    try:
        is_safe = relative_name(name) == name
    except ValueError:
        is_safe = False
    if not is_safe:
        raise ValueError(f"An object's name is no file name: {name!r}. Received: '{address}'")
