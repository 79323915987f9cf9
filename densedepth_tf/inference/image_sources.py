"""Files, folders and glob patterns -> the images to predict, each with its name in the output."""

import collections
import functools
import glob
import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from densedepth_tf.files.bucket import is_bucket
from densedepth_tf.files.outputs.own_outputs import COMPANIONS, is_own_output
from densedepth_tf.files.staged_file import Stage, Staged, StagedFile
from densedepth_tf.files.suffixes import IMAGE_SUFFIXES, RECORD_SUFFIXES, count_kinds, has_suffix
from densedepth_tf.files.web_address import check_no_bucket, check_no_web_address
from densedepth_tf.geometry.cameras.camera_file import INTRINSICS_FILES
from densedepth_tf.inference.bucket_images import expand_address, is_own_in_bucket
from densedepth_tf.process.wording import counted


@dataclass(frozen=True)
class ImageFile:
    """An image on disk.

    Attributes:
        path: Where it is, or will be once it is brought.
        name: What its outputs are called: a path relative to the output folder, without the
            suffix, e.g. `holiday/beach` for outputs `holiday/beach.depth.png`.
        origin: The file in a bucket, or the record, that `bring` brings to `path`; None where it is
            no copy.
    """

    path: Path
    name: str
    origin: Staged | None = None

    @property
    def title(self) -> str:
        """What it is called: its path, or its address."""
        return os.fspath(self.path) if self.origin is None else self.origin.title

    @property
    def source(self) -> Path | Staged:
        """What records of outputs know it by."""
        return self.path if self.origin is None else self.origin

    @property
    def here(self) -> Path | None:
        """The file on this machine that it is read from; None if it comes from elsewhere."""
        return self.path if self.origin is None else self.origin.here

    def bring(self) -> None:
        """Sees to it that there is a file at `path`.

        Raises:
            BadSampleError: If it cannot be brought.
        """
        if self.origin is not None:
            self.origin.bring()

    def release(self) -> None:
        """Says that `path` is not read again."""
        if self.origin is not None:
            self.origin.release()


def find_images(
    inputs: Sequence[str | os.PathLike],
    exclude: str | os.PathLike | None = None,
    suffixes: tuple[str, ...] = IMAGE_SUFFIXES,
) -> list[ImageFile]:
    """Finds images and names their outputs so that no two of them share one.

    Folders are searched to any depth for files that end like images; hidden files are left
    alone, others are counted by kind in a warning. A file given by its own name is taken whatever
    it ends in. Names keep the folder tree below what all inputs have in common. `a.jpg` is named
    `a`; where that is taken twice, as by `a.jpg` and `a.png` in one folder, both keep their suffix:
    `a.jpg`, `a.png`.

    What this package wrote is never taken for a photograph, see `own_outputs`.

    Args:
        inputs: Paths of files and folders, glob patterns (`**` for any depth), or addresses of
            any of them in a bucket.
        exclude: A folder, or its address, below inputs whose images are left out unless given by
            name, e.g. the output of an earlier run.
        suffixes: What the files to be found end in.

    Returns:
        The images in the order of the inputs, sorted within each; each file once.

    Raises:
        ValueError: If an input does not exist, matches nothing or has no image, or all there
            is was written by this package.
        OSError: If a folder or a bucket cannot be read.
    """
    excluded = None if exclude is None else Path(os.path.realpath(exclude))
    resolved = functools.cache(os.path.realpath)
    roots, paths = [], {}
    staged: dict[Path, StagedFile] = {}
    stage: Stage | None = None
    for entry in inputs:
        in_bucket = is_bucket(entry)
        if in_bucket:
            stage = stage or Stage()
            address = os.fspath(exclude) if exclude is not None and is_bucket(exclude) else None
            root, in_it, others = expand_address(os.fspath(entry), suffixes, address, stage)
            staged.update(in_it)
            found = list(in_it)
        else:
            root, found, others = _expand(os.fspath(entry), suffixes)
        is_inside = in_bucket or excluded in Path(resolved(root), "_").parents

        def is_left_out(path: Path) -> bool:
            # Links and `..` may lead there, too.
            return excluded in Path(resolved(path.parent), "_").parents

        others = [path for path in others if not path.name.endswith(COMPANIONS)]
        others = [path for path in others if path.name not in INTRINSICS_FILES]
        shards = [path for path in found if has_suffix(path, RECORD_SUFFIXES)]
        indexes = {path.with_name(f"{path.name.partition('-')[0]}.json") for path in shards}
        others = [path for path in others if path not in indexes]
        others = [path for path in others if is_inside or not is_left_out(path)]
        if others:
            warnings.warn(
                f"Left out of '{entry}', which are of another kind: {count_kinds(others)}.",
                stacklevel=2,
            )
        # A file that is named is always meant.
        if found != [Path(os.path.abspath(entry))] and not is_inside:
            found = [path for path in found if not is_left_out(path)]
        if not found:
            raise ValueError(
                f"No file to predict found; they end in {', '.join(suffixes)}. "
                f"Received: input '{entry}'"
            )
        roots.append(root)
        paths.update(dict.fromkeys(found))
    photographs = [
        path
        for path in paths
        if not (is_own_in_bucket(staged[path]) if path in staged else is_own_output(path))
    ]
    if not photographs:
        raise ValueError(
            f"Nothing to predict but {counted(len(paths), 'file')} that this package wrote. "
            f"Received: input '{inputs[0]}'"
        )
    named = _name(photographs, Path(os.path.commonpath(roots)))
    origins = [staged.get(path) for path, _ in named]
    return [
        ImageFile(path if origin is None else origin.path, name, origin)
        for (path, name), origin in zip(named, origins, strict=True)
    ]


def _expand(entry: str, suffixes: tuple[str, ...]) -> tuple[Path, list[Path], list[Path]]:
    """The folder that names are relative to, the files, and those of other kinds, all absolute."""
    if not entry:
        raise ValueError("An input is a file, a folder or a pattern. Received: an empty name")
    check_no_web_address(entry)
    check_no_bucket(entry)
    path = Path(os.path.abspath(entry))
    if path.is_dir():
        return path, *_split(_walk(path, set()), suffixes)
    if os.path.lexists(path):
        return path.parent, [path], []
    if not glob.has_magic(entry):
        raise ValueError(f"No such file or folder. Received: input '{entry}'")
    root = path
    while glob.has_magic(str(root)):
        root = root.parent
    found: list[Path] = []
    for match in map(Path, sorted(glob.glob(str(path), recursive=True))):
        if match.is_dir():
            # `**` lists the folders below by itself.
            found += [] if path.name == "**" else _walk(match, set())
        else:
            found.append(match)
    return root, *_split(found, suffixes)


def _split(paths: Iterable[Path], suffixes: tuple[str, ...]) -> tuple[list[Path], list[Path]]:
    found: list[Path] = []
    others: list[Path] = []
    for path in paths:
        (found if has_suffix(path, suffixes) else others).append(path)
    return found, others


def _walk(folder: Path, seen: set[str]) -> Iterator[Path]:
    """Files below `folder`; linked folders too, each once so that loops end."""
    seen.add(os.path.realpath(folder))
    with os.scandir(folder) as scanned:
        entries = sorted(scanned, key=lambda entry: entry.name)
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            if os.path.realpath(entry.path) not in seen:
                yield from _walk(Path(entry.path), seen)
        else:
            yield Path(entry.path)


def _name(paths: list[Path], root: Path) -> list[tuple[Path, str]]:
    full = [path.relative_to(root).as_posix() for path in paths]
    names = [path.relative_to(root).with_suffix("").as_posix() for path in paths]
    # Keeping one's suffix may take the name of a third, `a.jpg.png`: repeat until nothing changes.
    while True:
        uses = collections.Counter(names)
        resolved = [
            name if uses[name] == 1 else complete
            for name, complete in zip(names, full, strict=True)
        ]
        if resolved == names:
            return list(zip(paths, names, strict=True))
        names = resolved
