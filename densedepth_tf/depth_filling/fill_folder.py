"""Filling a folder of depth maps, several at a time."""

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import cv2
from tqdm import tqdm

from densedepth_tf.atomic import write_bytes
from densedepth_tf.data.depth_file import MILLIMETRE, SENSOR_MAXIMUM, encode_depth_png
from densedepth_tf.data.depth_scale import check_scale
from densedepth_tf.data.file_tree import FolderTree
from densedepth_tf.data.folder import read_listing
from densedepth_tf.data.pair_list import Pair
from densedepth_tf.data.pairs_source import PairsSource
from densedepth_tf.data.sample import BadSampleError
from densedepth_tf.data.source import DepthSource
from densedepth_tf.data.validity_masks import find_masks
from densedepth_tf.depth_filling.colorization import check_options, fill_depth
from densedepth_tf.map_ahead import map_ahead
from densedepth_tf.writable_folder import check_writable_folder

MOST_JOBS = 1024


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

    Depth maps that are there already are left alone, so a run that was stopped goes on when it is
    started again. Ctrl-C finishes those under way.

    Args:
        data_dir: Photographs and depth maps: a folder, paired as `find_pairs` says, or a CSV file.
        output: The folder to write.
        alpha, method: As of `fill_depth`.
        depth_scale: Metres per stored unit of the input; by default decided by the files.
        png_scale: Metres per unit of the output.
        jobs: Depth maps filled at the same time, each in a thread.
        overwrite: Fill those that are there already, too.
        strict: Stop at the first pair that cannot be used, and at photographs without depth.

    Raises:
        BadSampleError: With `strict`.
        ValueError: If an option is out of range, an output would replace an input or another
            output, or not one pair can be used.
        OSError: If the output cannot be written; this is found out before the work begins.
        KeyboardInterrupt: On Ctrl-C; what was written is whole.
    """
    listing, folder = Path(data_dir), Path(output)
    if not listing.exists():
        raise ValueError(f"There is no data folder or file '{listing}'; check --data-dir.")
    root = listing if listing.is_dir() else listing.parent
    pairs = read_listing(listing, strict)
    paths = [folder / PurePosixPath(pair.depth).with_suffix(".png") for pair in pairs]
    _keep_files_safe(root, pairs, paths)
    tree = FolderTree(root)
    source = PairsSource(tree, pairs, str(listing), depth_scale, find_masks(tree, pairs))
    return _fill(source, paths, folder, alpha, method, png_scale, jobs, overwrite, strict)


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

    Writes `image/NAME.png` and `depth/NAME.png`, which `--dataset folder` pairs.

    Args:
        source: The frames.
        output, alpha, method, png_scale, jobs, overwrite, strict: As of `fill_folder`.

    Raises:
        BadSampleError, ValueError, OSError, KeyboardInterrupt: As `fill_folder`.
    """
    folder = Path(output)
    names = [PurePosixPath(source.sample_name(index)) for index in range(len(source))]
    paths = [folder / "depth" / name.with_suffix(".png") for name in names]
    images = [folder / "image" / name.with_suffix(".png") for name in names]
    return _fill(source, paths, folder, alpha, method, png_scale, jobs, overwrite, strict, images)


def _fill(
    source: DepthSource,
    paths: list[Path],
    folder: Path,
    alpha: float,
    method: str,
    png_scale: float,
    jobs: int,
    overwrite: bool,
    strict: bool,
    images: list[Path] | None = None,
) -> FillingReport:
    """Fills every sample of a source into its path, with the photographs if they have paths."""
    check_options(alpha, method)
    check_scale(png_scale)
    if not 1 <= jobs <= MOST_JOBS:
        raise ValueError(f"--jobs is at least 1 and at most {MOST_JOBS}. Received: {jobs}")
    check_writable_folder(folder)
    wanted = [index for index, path in enumerate(paths) if overwrite or not path.is_file()]
    report = FillingReport(num_skipped=len(paths) - len(wanted))

    def fill(index: int) -> str | bool:
        """What is wrong with a pair, or whether depth was cut off."""
        try:
            sample = source[index]
        except BadSampleError as error:
            if strict:
                raise
            return str(error)
        filled = fill_depth(sample["image"], sample["depth"], alpha, method)
        if images:
            write_bytes(
                images[index], cv2.imencode(".png", sample["image"][..., ::-1])[1].tobytes()
            )
        write_bytes(paths[index], encode_depth_png(filled, png_scale))
        return bool(filled.max() > (SENSOR_MAXIMUM - 1) * png_scale)

    done = map_ahead(fill, wanted, jobs, 2 * jobs)
    # A bar for people; `disable=None` keeps it out of log files.
    bar = tqdm(done, total=len(wanted), unit="map", disable=None if wanted else True, leave=False)
    try:
        for index, outcome in zip(wanted, bar, strict=True):
            if isinstance(outcome, str):
                report.bad.append(outcome)
                continue
            report.num_filled += 1
            if outcome:
                report.cut_off.append(str(paths[index].relative_to(folder)))
    except KeyboardInterrupt:
        done.close()
        raise KeyboardInterrupt("run the same command again to go on") from None
    if report.bad and not report.num_filled + report.num_skipped:
        raise ValueError(
            f"None of {len(paths)} pairs in '{source.title}' can be used: {report.bad[0]}"
        )
    return report


def _keep_files_safe(root: Path, pairs: list[Pair], paths: list[Path]) -> None:
    inputs = {os.path.realpath(root / name) for pair in pairs for name in pair}
    for path in paths:
        if os.path.realpath(path) in inputs:
            raise ValueError(
                f"The output would replace the input '{path}'; choose another --output folder."
            )
    path, times = Counter(paths).most_common(1)[0]
    if times > 1:
        raise ValueError(
            f"{times} depth maps would be written to '{path}'; give them different names."
        )
