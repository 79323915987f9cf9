"""One's own sequences: folders of frames and video files."""

import os
import warnings
from collections import Counter, defaultdict
from pathlib import Path, PurePosixPath

from densedepth_tf.data.holdout import held_out_title, hold_out
from densedepth_tf.data.pairs.folder_pairs import find_pairs, list_files
from densedepth_tf.data.sequences.frame_folder import FrameFolder
from densedepth_tf.data.sequences.frame_names import Snippet, find_snippets
from densedepth_tf.data.sequences.frame_sequence import FrameSequence
from densedepth_tf.data.sequences.frame_targets import FrameTargets, Target
from densedepth_tf.data.sequences.sequence_split import SplitLine, read_distance, read_split
from densedepth_tf.data.sequences.usable import open_usable
from densedepth_tf.data.sequences.video_frames import VideoFrames
from densedepth_tf.files.suffixes import (
    DEPTH_SUFFIXES,
    IMAGE_SUFFIXES,
    VIDEO_SUFFIXES,
    count_kinds,
    has_suffix,
    suffix_of,
)
from densedepth_tf.geometry.cameras.camera_file import INTRINSICS_FILES
from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource

_MOST_NAMED = 5


def open_own_sequences(
    data_dir: str | os.PathLike,
    split: str,
    *,
    split_file: str | os.PathLike | None = None,
    holdout_every: int = 0,
    holdout_block: int = 1,
    camera: IntrinsicsSource | None = None,
    every: int = 1,
    depth_scale: float | None = None,
    strict: bool = False,
) -> FrameTargets:
    """The frames of a video file, or of all folders of frames and videos below a folder.

    Every folder that holds images is a sequence, or several: one for each of the snippets that
    `frame_names.find_snippets` tells apart. Depth maps are told from images, and belong to them,
    as `folder_pairs.find_pairs` says; poses are `frame-000000.pose.txt` beside
    `frame-000000.color.jpg`. There is no test list: test is everything.

    Args:
        data_dir: The file or folder.
        split: "train", "validation" or "test".
        split_file: Lines `sequence frame [l]`, in any spelling that `parse_split` reads. A
            sequence is the path of its folder or video below `data_dir` (the name of `data_dir`
            itself for frames right in it), with `/aachen_000000`, say, behind it for one of several
            snippets. A frame's number is the one in its file's name; of a video, its place from 0.
        holdout_every: k sets frames k-1, 2k-1, ... aside for validation.
        holdout_block: So many of them are set aside together, see `hold_out`.
        camera: The camera; videos need one, folders may have `camera-intrinsics.txt` instead.
        every: Every N-th frame only, to take a high frame rate down; neighbours of frames that
            `split_file` lists are N frames away.
        depth_scale: Metres per stored unit of depth maps.
        strict: Stop at the first sequence that cannot be used; without, it is left out with a
            warning.

    Raises:
        ValueError: If there is nothing to read, of no sequence the camera is known and fits and
            all frames have one size, or `split_file` lists what is not there.
        OSError: If a file cannot be read.
    """
    root = Path(data_dir)
    if every < 1:
        raise ValueError(f"`every` takes every N-th frame, N at least 1. Received: {every}")
    sequences = _find(root, camera, every, depth_scale, strict)
    title = f"{root.resolve().stem}/{split}"
    if split_file is not None:
        title = f"{root.resolve().stem}/{os.path.basename(split_file)}"
        listed = _Listed(root, sequences, split_file)
        targets = [listed.target(line) for line in read_split(split_file)]
        distance = read_distance(split_file)
        return FrameTargets(targets, title, str(split_file), listed_distance=distance)
    frames = [Target(sequence, number) for sequence in sequences for number in sequence.numbers]
    if split != "test":
        frames = hold_out(frames, split, holdout_every, f"'{root}'", holdout_block)
    else:
        title = f"{root.resolve().stem}/all frames"
    if split == "validation":
        title = held_out_title(title, holdout_every, holdout_block)
    return FrameTargets(frames, title)


class _Listed:
    """Finds the frames that the lines of a split file name."""

    def __init__(self, root: Path, sequences: list[FrameSequence], split_file: str | os.PathLike):
        self._root, self._split_file = root, split_file
        self._by_name = {sequence.name: sequence for sequence in sequences}
        # The last part of a name will do where it is the only one.
        last = Counter(PurePosixPath(name).name for name in self._by_name)
        self._by_last = {
            PurePosixPath(name).name: sequence
            for name, sequence in self._by_name.items()
            if last[PurePosixPath(name).name] == 1
        }
        self._images: dict[str, Target] | None = None

    def target(self, line: SplitLine) -> Target:
        image = line.image
        target = self._frame(line) if image is None else self._image(image)
        if line.side != target.sequence.side:
            raise ValueError(
                f"'{self._split_file}' lists '{line}', the right camera, but "
                f"'{target.sequence.title}' has one camera only; write l."
            )
        return target

    def _frame(self, line: SplitLine) -> Target:
        sequence = self._by_name.get(line.folder) or self._by_last.get(line.folder)
        if sequence is None:
            alike = [
                n for n in self._by_name if f"/{line.folder}" in n or n.startswith(line.folder)
            ]
            names = alike or list(self._by_name)
            more = ", ..." if len(names) > 3 else ""
            raise ValueError(
                f"'{self._root}' has no sequence '{line.folder}' that '{self._split_file}' lists. "
                f"There is: {', '.join(names[:3])}{more}."
            )
        return Target(sequence, line.frame)

    def _image(self, image: str) -> Target:
        if self._images is None:
            self._images = {
                name: Target(sequence, number)
                for sequence in self._by_name.values()
                if isinstance(sequence, FrameFolder)
                for number, name in sequence.images.items()
            }
        inside = PurePosixPath(image).parts[1:]
        for name in (image, "/".join(inside)):
            if name in self._images:
                return self._images[name]
        raise ValueError(f"'{self._root}' has no frame '{image}' that '{self._split_file}' lists.")


def _find(
    root: Path,
    camera: IntrinsicsSource | None,
    every: int,
    depth_scale: float | None,
    strict: bool,
) -> list[FrameSequence]:
    if root.exists() and not root.is_dir():
        return [_video(root, root.name, camera, every)]
    if not root.is_dir():
        raise ValueError(f"There is no data folder or file '{root}'; check `data_dir`.")
    pairs, alone = find_pairs(root)
    depths = {pair.image: pair.depth for pair in pairs}
    snippets = _snippets(root, [*depths, *alone])
    alone_in_folder = [next(iter(s.frames.values())) for s in snippets.values() if _is_alone(s)]
    if alone_in_folder and len(snippets) > len(alone_in_folder):
        # A title image, say, beside the folder of the frames.
        shown = ", ".join(alone_in_folder[:_MOST_NAMED])
        more = len(alone_in_folder) - _MOST_NAMED
        rest = f" and {more} more" if more > 0 else ""
        warnings.warn(f"Not frames of a sequence: {shown}{rest}.", stacklevel=3)
        snippets = {name: s for name, s in snippets.items() if not _is_alone(s)}
    videos = sorted(p for p in root.rglob("*") if has_suffix(p, VIDEO_SUFFIXES))
    videos = [path for path in videos if not path.name.startswith(".")]

    def open_one(place: str | Path) -> FrameSequence:
        if isinstance(place, Path):
            return _video(place, place.relative_to(root).as_posix(), camera, every)
        snippet = snippets[place]
        return FrameFolder(
            root, place, snippet, depths, camera, every=every, depth_scale=depth_scale
        )

    if not (snippets or videos):
        raise ValueError(f"'{root}' holds no frames and no videos.")
    places: list[str | Path] = [*snippets, *videos]
    found = open_usable(places, open_one, "sequences", strict)
    _count_others(root)
    return found


def _count_others(root: Path) -> None:
    """Tells what lies there and is neither read nor a pose or a camera."""
    known = IMAGE_SUFFIXES + DEPTH_SUFFIXES + VIDEO_SUFFIXES
    others = [
        name
        for name in list_files(root)
        if suffix_of(name) not in known
        and not name.endswith(".pose.txt")
        and PurePosixPath(name).name not in INTRINSICS_FILES
    ]
    if others:
        message = f"Left out of '{root}', neither frames nor videos: {count_kinds(others)}."
        warnings.warn(message, stacklevel=4)


def _snippets(root: Path, images: list[str]) -> dict[str, Snippet]:
    """All snippets below a folder, each by a name of its own."""
    folders: dict[str, list[str]] = defaultdict(list)
    for name in images:
        folders[str(PurePosixPath(name).parent)].append(name)
    named: dict[str, Snippet] = {}
    for folder in sorted(folders):
        snippets = find_snippets(folders[folder])
        labels = Counter(snippet.label for snippet in snippets)
        inside = root.resolve().name if folder == "." else folder
        several = sum(not _is_alone(snippet) for snippet in snippets) > 1
        for snippet in snippets:
            unique = snippet.label and labels[snippet.label] == 1
            below = f"{inside}/{snippet.label if unique else snippet.pattern}"
            name = below if several or (_is_alone(snippet) and len(snippets) > 1) else inside
            # A folder may be called like a snippet, or like the folder that all of them are in.
            while name in named or (name in folders and name != folder):
                name += "/*"
            named[name] = snippet
    return named


def _is_alone(snippet: Snippet) -> bool:
    return len(snippet.frames) == 1


def _video(path: Path, name: str, camera: IntrinsicsSource | None, every: int) -> VideoFrames:
    if camera is None:
        raise ValueError(
            f"The camera of '{path}' is not known: pass `intrinsics` fx,fy,cx,cy, `hfov` DEG or "
            "`preset`."
        )
    return VideoFrames(path, camera, name=name, every=every)
