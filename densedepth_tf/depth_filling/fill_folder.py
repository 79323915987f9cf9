"""Filling a folder of depth maps, several at a time."""

import itertools
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import cv2

from densedepth_tf.data.pairs.folder import read_listing
from densedepth_tf.data.pairs.pairs_source import PairsSource
from densedepth_tf.data.pairs.validity_masks import find_masks
from densedepth_tf.data.source import DepthSource
from densedepth_tf.depth_filling.colorization import check_options, fill_depth
from densedepth_tf.files.atomic import write_bytes
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.bucket import is_bucket
from densedepth_tf.files.depth.depth_file import MILLIMETRE, count_cut_off, encode_depth_png
from densedepth_tf.files.depth.depth_scale import check_scale
from densedepth_tf.files.file_tree import FolderTree
from densedepth_tf.files.images.encoded_image import PNG_START, check_complete
from densedepth_tf.files.images.png_text import add_png_text, read_png_text
from densedepth_tf.files.local_copy import on_this_machine
from densedepth_tf.files.outputs.input_safety import InputSafety
from densedepth_tf.files.outputs.output_place import OutputPlace, output_place
from densedepth_tf.files.outputs.output_record import OutputRecord, stamp
from densedepth_tf.files.outputs.own_outputs import SOFTWARE, is_own_output
from densedepth_tf.process.map_ahead import map_ahead
from densedepth_tf.process.progress_bar import ProgressBar

MOST_JOBS = 1024
COPY = {"Source": SOFTWARE}  # of photographs: no outputs, which nobody would predict


@dataclass
class FillingReport:
    """What `fill_folder` did.

    Attributes:
        num_filled: Depth maps written.
        num_skipped: Depth maps left alone because they were there already.
        cut_off: Names of depth maps with depth beyond what their 16-bit PNG can hold.
        bad: What is wrong with pairs that could not be used.
    """

    num_filled: int = 0
    num_skipped: int = 0
    cut_off: list[str] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)


def fill_folder(
    data_dir: str | os.PathLike,
    output: str | os.PathLike,
    *,
    alpha: float = 1.0,
    method: str = "exact",
    depth_scale: float | None = None,
    png_scale: float = MILLIMETRE,
    jobs: int = 1,
    overwrite: bool = False,
    strict: bool = False,
) -> FillingReport:
    """Fills depth maps with `fill_depth` and writes 16-bit PNG below a folder, by the same names.

    Depth maps that are there already, complete, of these very files with these options are left
    alone, so a run that was stopped goes on when it is started again; so are whole depth maps that
    no run of this function recorded. Ctrl-C and SIGTERM finish those under way.

    Args:
        data_dir: Photographs and depth maps: a folder, paired as `find_pairs` says, or a CSV file.
        output: The folder to write, or its address in a bucket.
        alpha: As of `fill_depth`.
        method: Likewise.
        depth_scale: Metres per stored unit of the input; by default decided by the files.
        png_scale: Metres per unit of the output.
        jobs: Depth maps filled at the same time, each in a thread.
        overwrite: Fill those that are there already, too.
        strict: Stop at the first pair that cannot be used, and at photographs without depth.

    Raises:
        BadSampleError: With `strict`.
        ValueError: If an option is out of range, an output would replace an input or another
            output, or not one pair can be used.
        OSError: If the output cannot be written, or another process is writing it; this is found
            out before the work begins.
        KeyboardInterrupt: On Ctrl-C; what was written is whole.
    """
    listing, place = _local(data_dir), output_place(output)
    if not listing.exists():
        raise ValueError(f"There is no data folder or file '{listing}'; check `data_dir`.")
    root = listing if listing.is_dir() else listing.parent
    pairs = read_listing(listing, strict)
    tree = FolderTree(root)
    masks = find_masks(tree, pairs)
    source = PairsSource(tree, pairs, str(listing), depth_scale, masks)
    maps = []
    for pair in pairs:
        inputs = [root / pair.image, root / pair.depth]
        inputs += [root / masks[pair.depth]] if pair.depth in masks else []
        maps.append(_DepthMap(str(PurePosixPath(pair.depth).with_suffix(".png")), inputs))
    read = itertools.chain.from_iterable(each.inputs for each in maps)
    InputSafety([listing, *read]).check(place.folder / each.output for each in maps)
    if is_bucket(data_dir):
        above = os.fspath(data_dir).rstrip("/")
        above = above if listing.is_dir() else above.rpartition("/")[0]
        given = (f"{above}/{name}" for pair in pairs for name in (pair.image, pair.depth))
        place.check_apart(given, [each.output for each in maps])
    settings = alpha, method, png_scale
    return _fill(source, maps, place, settings, depth_scale, jobs, overwrite, strict)


def _local(data_dir: str | os.PathLike) -> Path:
    """A folder or list as a path; of one in a bucket a copy, of a list with all of its folder."""
    folder, _, name = os.fspath(data_dir).rpartition("/")
    if is_bucket(data_dir) and name.lower().endswith(".csv"):
        return Path(on_this_machine(folder), name)
    return Path(on_this_machine(data_dir))


def fill_frames(
    source: DepthSource,
    output: str | os.PathLike,
    *,
    alpha: float = 1.0,
    method: str = "exact",
    png_scale: float = MILLIMETRE,
    jobs: int = 1,
    overwrite: bool = False,
    strict: bool = False,
) -> FillingReport:
    """The same for frames of any source, KITTI's scans say, which become pairs to train on.

    Writes `image/NAME.png` and `depth/NAME.png`, which the data set "folder" pairs. Files that are
    there already are replaced only if this package wrote them.

    Args:
        source: The frames.
        output: As of `fill_folder`, as is everything below.
        alpha: How firmly known depth holds.
        method: "exact" or "approximate".
        png_scale: Metres per unit of the output.
        jobs: Depth maps filled at the same time.
        overwrite: Fill those that are there already, too.
        strict: Stop at the first frame that cannot be used.

    Raises:
        BadSampleError, ValueError, OSError, KeyboardInterrupt: As `fill_folder`.
    """
    place = output_place(output)
    names = [PurePosixPath(source.sample_name(index)) for index in range(len(source))]
    depths = [str("depth" / name.with_suffix(".png")) for name in names]
    images = [str("image" / name.with_suffix(".png")) for name in names]
    place.check_own([*depths, *images], lambda path: is_own_output(path) or _is_own_copy(path))
    maps = [_DepthMap(depth, [], image) for depth, image in zip(depths, images, strict=True)]
    settings = alpha, method, png_scale
    return _fill(source, maps, place, settings, source.title, jobs, overwrite, strict)


class _DepthMap(NamedTuple):
    """What becomes of a sample: names relative to the output folder, and the files it is of."""

    output: str
    inputs: list[Path]
    image: str | None = None


def _fill(
    source: DepthSource,
    maps: list[_DepthMap],
    place: OutputPlace,
    settings: tuple[float, str, float],
    origin: object,
    jobs: int,
    overwrite: bool,
    strict: bool,
) -> FillingReport:
    """Fills every sample of a source into its file, with the photographs if they have names.

    `settings` are `alpha`, `method` and `png_scale` of `fill_folder`; `origin` is what else decides
    how the outputs look.
    """
    alpha, method, png_scale = settings
    check_options(alpha, method)
    check_scale(png_scale)
    if not 1 <= jobs <= MOST_JOBS:
        raise ValueError(f"`jobs` is at least 1 and at most {MOST_JOBS}. Received: {jobs}")
    _keep_apart(place, maps)
    place.check_writable()
    folder, names = place.folder, [each.output for each in maps]
    with place.claim(names), place.record(("fill", *settings, origin)) as record:
        wanted = [
            index
            for index, each in enumerate(maps)
            if overwrite or not _is_done(record, place, each)
        ]

        def fill(index: int) -> str | bool:
            """What is wrong with a pair, or whether depth was cut off."""
            each = maps[index]
            stamps = [stamp(path) for path in each.inputs]
            try:
                sample = source[index]
            except BadSampleError as error:
                if strict:
                    raise
                return str(error)
            filled = fill_depth(sample["image"], sample["depth"], alpha, method)
            if each.image is not None:
                _, photograph = cv2.imencode(".png", sample["image"][..., ::-1])
                write_bytes(folder / each.image, add_png_text(photograph.tobytes(), COPY))
            write_bytes(folder / each.output, encode_depth_png(filled, png_scale))
            place.publish([*filter(None, [each.image]), each.output])
            record.add(each.inputs, [each.output], stamps)
            return count_cut_off(filled, png_scale) > 0

        report = _run(fill, names, wanted, jobs)
    if report.bad and not report.num_filled + report.num_skipped:
        raise ValueError(
            f"None of {len(maps)} pairs in '{source.title}' can be used: {report.bad[0]}"
        )
    return report


def _run(
    fill: Callable[[int], str | bool], names: list[str], wanted: list[int], jobs: int
) -> FillingReport:
    report = FillingReport(num_skipped=len(names) - len(wanted))
    done = map_ahead(fill, wanted, jobs, 2 * jobs)
    bar = ProgressBar(done, total=len(wanted), unit="map", disable=not wanted, leave=False)
    try:
        for index, outcome in zip(wanted, bar, strict=True):
            if isinstance(outcome, str):
                report.bad.append(outcome)
                continue
            report.num_filled += 1
            if outcome:
                report.cut_off.append(names[index])
    except KeyboardInterrupt:
        done.close()
        raise KeyboardInterrupt("run the same command again to go on") from None
    return report


def _is_done(record: OutputRecord, place: OutputPlace, each: _DepthMap) -> bool:
    if each.image is not None and not place.has(each.image):
        return False
    if record.knows(each.output):
        return record.is_current(each.inputs, [each.output])
    try:
        with place.brought(each.output) as path:
            content = path.read_bytes()
        check_complete(content, each.output)
    except (OSError, BadSampleError):
        return False
    return content.startswith(PNG_START)


def _is_own_copy(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            return COPY.items() <= read_png_text(file.read(4096)).items()
    except OSError:
        return False


def _keep_apart(place: OutputPlace, maps: list[_DepthMap]) -> None:
    name, times = Counter(each.output for each in maps).most_common(1)[0]
    if times > 1:
        raise ValueError(
            f"{times} depth maps would be written to '{place.shown(place.folder / name)}'; give "
            "them different names."
        )
