"""One door to every data set: its name and folder in, a source out."""

import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from densedepth_tf.data.datasets import DATASETS, SEQUENCE_DATASETS, Opener, check_split
from densedepth_tf.data.holdout import check_holdout, hold_out
from densedepth_tf.data.sample import Sample
from densedepth_tf.data.sample_check import UnitCheck
from densedepth_tf.data.source import DepthSource, Source
from densedepth_tf.files.bucket import is_bucket
from densedepth_tf.files.local_copy import on_this_machine
from densedepth_tf.files.web_address import check_no_bucket, check_no_web_address

if TYPE_CHECKING:
    from densedepth_tf.data.sequence_datasets import SequenceOptions

ROOMS_IMAGE_SIZE = (240, 320)
ROOMS_NUM_IMAGES = {"train": 800, "validation": 80, "test": 80}
_LABELED, _TEST_ZIP, _DATA_ZIP = "nyu_depth_v2_labeled.mat", "nyu_test.zip", "nyu_data.zip"


def open_source(
    dataset: str,
    data_dir: str | os.PathLike | None,
    split: str,
    *,
    depth_scale: float | None = None,
    believe_unit: bool = False,
    holdout_every: int = 0,
    holdout_block: int = 1,
    num_images: int | None = None,
    image_size: tuple[int, int] | None = None,
    seed: int = 0,
    strict: bool = False,
    sequence_options: "SequenceOptions | None" = None,
    rooms_lenses: tuple[float, float] | None = None,
    rooms_hand_held: float = 0.0,
) -> Source[Sample]:
    """Opens a data set.

    Args:
        dataset: One of `DATASETS`.
        data_dir: Where it is, see docs/data.md; in a bucket, see docs/how_to/buckets.md. Rooms need
            none: they are rendered on the fly.
        split: "train", "validation" or "test".
        depth_scale: Metres per stored unit for image files, which is believed; by default their
            bit depth decides, and implausible depth is bad.
        believe_unit: Implausible depth is warned of only: the range of depth was named.
        holdout_every: k sets training rows k-1, 2k-1, ... aside for validation where a data set
            has no validation list.
        holdout_block: So many consecutive rows are set aside together, see `hold_out`.
        num_images: At most so many samples, from the beginning; for rooms, exactly so many.
        image_size: (height, width) in which rooms are rendered; the others keep their own.
        seed: For rooms.
        strict: Photographs without a depth map are an error, instead of left out with a warning.
        sequence_options: For `SEQUENCE_DATASETS`; of these, the frames whose depth is known are
            read. `sequences.open_sequences` gives frames with their neighbours instead. "nyu" looks
            at its split file only, a list of BTS (`nyu_pair_list`).
        rooms_lenses: Range of the focal lengths through which rooms are rendered, see
            `RoomsSource`; by default NYU's camera.
        rooms_hand_held: Share of rendered rooms that a camera sees that is carried about.

    Returns:
        A `DepthSource`, or for "tfrecord" a `RecordSource`, which is read in order.

    Raises:
        ValueError: If an argument is wrong or there is nothing to read; the message says what to
            change.
        OSError: If a file or folder cannot be read.
    """
    if dataset not in DATASETS:
        raise ValueError(f"`dataset` must be one of {', '.join(DATASETS)}. Received: '{dataset}'")
    check_split(split)
    if num_images is not None and num_images < 1:
        raise ValueError(f"`num_images` must be at least 1. Received: {num_images}")
    if depth_scale is not None and (dataset in ("rooms", "tfrecord") or DATASETS[dataset]):
        raise ValueError(f"`depth_scale` does not apply to '{dataset}': its depth is in metres.")
    check_holdout(holdout_every, holdout_block)
    if holdout_every and dataset in ("rooms", "tfrecord"):
        raise ValueError(f"`holdout_every` does not apply to '{dataset}': it has lists of its own.")
    holdout = {"holdout_every": holdout_every, "holdout_block": holdout_block}
    if sequence_options is not None and dataset not in SEQUENCE_DATASETS:
        sequence_options.check_unused(dataset, *(["split_file"] if dataset == "nyu" else []))
    if opener := DATASETS[dataset]:
        source = _open_own(dataset, opener, data_dir, split, holdout)
        return _limited(source, num_images)
    in_bucket = False
    if data_dir is not None:  # What others register may read from wherever it likes.
        check_no_web_address(data_dir, "data_dir")
        in_bucket = is_bucket(data_dir)
        if dataset != "tfrecord" and not in_bucket:
            check_no_bucket(data_dir, "data_dir")
    if dataset == "rooms":
        return _open_rooms(
            data_dir, split, num_images, image_size, seed, rooms_lenses, rooms_hand_held
        )
    if data_dir is None:
        raise ValueError(f"`dataset='{dataset}'` needs `data_dir`.")
    if dataset == "tfrecord":
        from densedepth_tf.data.tfrecord.tfrecord_source import TFRecordSource

        return TFRecordSource(data_dir, split, num_images=num_images)
    if dataset in SEQUENCE_DATASETS:
        source = _open_frames_with_depth(
            dataset, data_dir, split, holdout, depth_scale, sequence_options
        )
    elif dataset == "nyu" and sequence_options is not None and sequence_options.split_file:
        from densedepth_tf.data.pairs.nyu_pair_list import NYUPairList
        from densedepth_tf.files.bucket_tree import open_bucket_tree
        from densedepth_tf.files.file_tree import open_tree

        tree = open_bucket_tree(os.fspath(data_dir)) if in_bucket else open_tree(data_dir)
        source = NYUPairList(tree, sequence_options.split_file, depth_scale)
    elif dataset == "nyu" and in_bucket:
        from densedepth_tf.data.pairs.nyu import NYUSource
        from densedepth_tf.files.bucket_tree import open_bucket_tree

        tree = open_bucket_tree(os.fspath(data_dir))
        source = NYUSource(tree, split, depth_scale=depth_scale, **holdout)
    elif dataset == "nyu":
        source = _open_nyu(Path(data_dir), split, holdout, depth_scale)
    else:
        from densedepth_tf.data.pairs.folder import FolderSource

        source = FolderSource(
            data_dir,
            split,
            depth_scale=depth_scale,
            **holdout,
            strict=strict,
        )
    if believe_unit or depth_scale is not None:
        source.check_unit = UnitCheck(believed=True)
    return _limited(source, num_images)


def _limited(source: DepthSource, num_images: int | None) -> DepthSource:
    from densedepth_tf.data.subset import FirstSamples

    return source if num_images is None else FirstSamples(source, num_images)


def _open_own(
    dataset: str,
    opener: Opener,
    data_dir: str | os.PathLike | None,
    split: str,
    holdout: dict[str, int],
) -> DepthSource:
    every, block = holdout.values()
    sets_aside = every and split != "test"
    source = opener(data_dir, "train" if sets_aside else split)
    if not isinstance(source, DepthSource):
        raise TypeError(
            f"The data set '{dataset}' is opened as a DepthSource. "
            f"Received: {type(source).__name__}"
        )
    if not sets_aside:
        return source
    from densedepth_tf.data.subset import ChosenSamples

    kept = hold_out(range(len(source)), split, every, source.title, block)
    return ChosenSamples(source, kept)


def _open_rooms(
    data_dir: str | os.PathLike | None,
    split: str,
    num_images: int | None,
    image_size: tuple[int, int] | None,
    seed: int,
    lenses: tuple[float, float] | None,
    hand_held: float,
) -> DepthSource:
    if data_dir is not None:
        from densedepth_tf.data.rooms.rooms_folder import read_rooms

        return _limited(read_rooms(on_this_machine(data_dir), split), num_images)
    from densedepth_tf.data.rooms.rooms import RoomsSource

    return RoomsSource(
        split,
        num_images=num_images or ROOMS_NUM_IMAGES[split],
        image_size=image_size or ROOMS_IMAGE_SIZE,
        seed=seed,
        lenses=lenses,
        hand_held=hand_held,
    )


def _open_frames_with_depth(
    dataset: str,
    data_dir: str | os.PathLike,
    split: str,
    holdout: dict[str, int],
    depth_scale: float | None,
    options: "SequenceOptions | None",
) -> DepthSource:
    from densedepth_tf.data.sequence_datasets import open_frames
    from densedepth_tf.data.sequences.sequence_depth_source import SequenceDepthSource

    frames = open_frames(
        dataset,
        data_dir,
        split,
        depth_scale=depth_scale,
        options=options,
        **holdout,
    )
    return SequenceDepthSource(frames)


def _open_nyu(
    path: Path, split: str, holdout: dict[str, int], depth_scale: float | None
) -> DepthSource:
    """Tells the published forms of NYU Depth v2 apart by what the file or folder holds."""
    from densedepth_tf.data.pairs.nyu import NYUSource, has_list, list_name
    from densedepth_tf.data.pairs.nyu_test_arrays import RGB, NYUTestArrays
    from densedepth_tf.files.file_tree import ZipTree, open_tree

    if path.is_file() and not zipfile.is_zipfile(path):
        return _open_labeled(path, split, holdout, depth_scale)
    tree = open_tree(path)
    has_arrays = tree.holds(RGB) if isinstance(tree, ZipTree) else tree.exists(RGB)
    if has_list(tree, split):
        return NYUSource(tree, split, depth_scale=depth_scale, **holdout)
    if has_arrays and (split == "test" or path.is_file()):
        _refuse_other_uses(path, split, depth_scale)
        return NYUTestArrays(path)
    if path.is_dir():
        downloads = [_LABELED, _DATA_ZIP] if split != "test" else [_TEST_ZIP, _DATA_ZIP, _LABELED]
        for name in downloads:
            if (path / name).is_file():
                return _open_nyu(path / name, split, holdout, depth_scale)
    raise ValueError(
        f"'{path}' holds no {split} split of NYU Depth v2: no {list_name(split)} (neither in it "
        f"nor in its folder 'data') and none of {_DATA_ZIP}, {_TEST_ZIP} and {_LABELED}. For "
        "images of your own use `dataset='folder'`."
    )


def _open_labeled(
    path: Path, split: str, holdout: dict[str, Any], depth_scale: float | None
) -> DepthSource:
    from densedepth_tf.data.pairs.nyu_labeled import NYULabeledSource

    if path.suffix.lower() == ".zip":
        raise ValueError(f"'{path}' is not a complete zip archive; download it again.")
    if depth_scale is not None:
        raise ValueError(f"`depth_scale` does not apply to '{path}': its depth is in metres.")
    return NYULabeledSource(path, split, **holdout)


def _refuse_other_uses(path: Path, split: str, depth_scale: float | None) -> None:
    if split != "test":
        raise ValueError(f"'{path}' holds test images only; it has no {split} split.")
    if depth_scale is not None:
        raise ValueError(f"`depth_scale` does not apply to '{path}': its depth is in metres.")
