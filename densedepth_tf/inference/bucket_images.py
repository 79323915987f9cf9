"""Addresses in buckets -> the images and videos below them, as `find_images` finds local ones."""

import glob
import os
import warnings
from pathlib import Path

from densedepth_tf.files.bucket import Bucket, BucketFile
from densedepth_tf.files.outputs.own_outputs import is_own_output, is_own_output_name
from densedepth_tf.files.staged_file import Stage, StagedFile
from densedepth_tf.files.suffixes import has_suffix
from densedepth_tf.geometry.cameras.camera_file import INTRINSICS_FILES
from densedepth_tf.geometry.cameras.photograph_file import is_file_name, staged_with_camera
from densedepth_tf.process.wording import counted

Found = dict[Path, StagedFile]


def expand_address(
    address: str, suffixes: tuple[str, ...], exclude: str | None, stage: Stage
) -> tuple[Path, Found, list[Path]]:
    """The files of a folder, of a pattern, or one.

    Args:
        address: In a bucket; patterns as fsspec has them, `**` for any depth.
        suffixes: What the files to be found end in; one that is named may end in anything.
        exclude: An address whose files are left out, unless it is inside of it.
        stage: Where files are brought to.

    Returns:
        What names are relative to; the files, by paths that only names are made of, sorted; and
        those of other kinds.

    Raises:
        ValueError: If there is nothing, or the name of what is given is no file name.
        OSError: If the bucket is not reached or refuses.
    """
    bucket = Bucket(address)
    address = address.rstrip("/")
    file = bucket.file(address)
    if file is not None:
        if not is_file_name(file.name):
            raise ValueError(f"The object's name is no file name. Received: input '{address}'")
        path = _path(address)
        return path.parent, {path: staged_with_camera(file, bucket, stage)}, []
    root, files = _list(bucket, address)
    if not files:
        raise ValueError(f"No such file or folder. Received: input '{address}'")
    if exclude is not None and not f"{address}/".startswith(f"{exclude}/"):
        files = {key: file for key, file in files.items() if not key.startswith(f"{exclude}/")}
    cameras = _cameras(bucket, address, root, files)
    found, others, odd = {}, [], 0
    for key in sorted(files):
        name = key.removeprefix(f"{root}/")
        if any(part.startswith(".") and part != ".." for part in name.split("/")):
            continue
        if not is_file_name(name):
            odd += 1
            continue
        path, file = _path(key), files[key]
        if has_suffix(path, suffixes):
            beside = cameras.get(key.rpartition("/")[0], ())
            found[path] = StagedFile(stage.place(file.name), stage, file, bucket, beside)
        else:
            others.append(path)
    if odd:
        warnings.warn(
            f"Left out of '{address}': {counted(odd, 'object')} whose names are no file names.",
            stacklevel=3,
        )
    return _path(root), found, others


def _cameras(
    bucket: Bucket, address: str, root: str, files: dict[str, BucketFile]
) -> dict[str, tuple[BucketFile, ...]]:
    """The files with the cameras of folders, by the addresses of these."""
    if root != address:  # A pattern of images does not match them.
        files = {f"{root}/{name}": file for name, file in bucket.find(root).items()}
    found: dict[str, tuple[BucketFile, ...]] = {}
    for key, file in files.items():
        folder, _, name = key.rpartition("/")
        if name in INTRINSICS_FILES:
            found[folder] = (*found.get(folder, ()), file)
    return found


def is_own_in_bucket(staged: StagedFile) -> bool:
    """As `is_own_output`, of files with a name as this package gives them; only they are read."""
    if not is_own_output_name(staged.file.name):
        return False
    try:
        staged.bring()
    except ValueError:  # Reading it will tell.
        return False
    is_own = is_own_output(staged.path)
    staged.release()
    return is_own


def _list(bucket: Bucket, address: str) -> tuple[str, dict[str, BucketFile]]:
    """What names are relative to, and the files by their addresses."""
    below = bucket.find(address)
    if below or not glob.has_magic(address):
        return address, {f"{address}/{name}": file for name, file in below.items()}
    root = address
    while glob.has_magic(root):
        root = root.rpartition("/")[0]
    files: dict[str, BucketFile] = {}
    for match, file in bucket.glob(address).items():
        if file is not None:
            files[match] = file
        elif not address.endswith("/**"):  # which lists the files below by itself
            below = bucket.find(match)
            files.update({f"{match}/{name}": file for name, file in below.items()})
    return root, files


def _path(address: str) -> Path:
    scheme, _, rest = address.partition("://")
    return Path(os.sep, scheme, *rest.split("/"))
