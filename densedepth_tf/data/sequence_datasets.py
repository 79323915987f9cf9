"""One door to every data set of consecutive frames."""

import dataclasses
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from densedepth_tf.data.datasets import NEIGHBOUR_DATASETS, check_split
from densedepth_tf.data.kitti.drive import Truth
from densedepth_tf.data.kitti.lidar_projection import LidarDistance
from densedepth_tf.data.sequences.frame_targets import FrameTargets
from densedepth_tf.data.sequences.sequence_source import FrameOffset, SequenceSource
from densedepth_tf.files.local_copy import on_this_machine
from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource


@dataclass(frozen=True)
class SequenceOptions:
    """Choices that only data sets of consecutive frames know.

    Attributes:
        split_file: Lines `folder frame side` that take the place of the split, in any spelling
            that `sequence_split.parse_split` reads.
        truth: Which depth of KITTI raw is true: "lidar" or "improved".
        lidar_distance: What "lidar" measures: metres along the "camera"'s axis or ahead of the
            "velodyne".
        depth_dir: Where KITTI's improved depth maps are, if not with the raw data.
        camera: The camera of one's own frames.
        every: Every N-th of one's own frames only.
        strict: Stop at the first drive or sequence that cannot be used, do not leave it out.
    """

    split_file: str | os.PathLike | None = None
    truth: Truth = "lidar"
    lidar_distance: LidarDistance = "camera"
    depth_dir: str | os.PathLike | None = None
    camera: IntrinsicsSource | None = None
    every: int = 1
    strict: bool = False

    def check_unused(self, dataset: str, *used: str) -> None:
        """Refuses choices that a data set would not look at.

        Args:
            dataset: Its name, for the message.
            *used: The choices that it does look at.

        Raises:
            ValueError: If another one is not the default; the message names it.
        """
        for field in dataclasses.fields(self):
            if field.name not in (*used, "strict") and getattr(self, field.name) != field.default:
                name = _NAMES.get(field.name, f"`{field.name}`")
                hint = _INSTEAD.get(field.name, "")
                raise ValueError(f"{name} does not apply to '{dataset}'{hint}.")


# What each data set looks at, besides a split file.
_USED = {
    "kitti": ("truth", "lidar_distance", "depth_dir"),
    "kitti-odometry": (),
    "sequence": ("camera", "every"),
    "rooms": (),
}
_NAMES = {"camera": "A camera (`intrinsics`, `hfov`, `preset`)"}
# What does for these, which come with their calibration and every frame.
_INSTEAD = {
    "camera": ": its own calibration is used",
    "every": ": all its frames are used; a `split_file` lists fewer, and Monodepth2's `frame_step` "
    "takes neighbours further away",
}


def open_frames(
    dataset: str,
    data_dir: str | os.PathLike | None,
    split: str,
    *,
    holdout_every: int = 0,
    holdout_block: int = 1,
    depth_scale: float | None = None,
    options: SequenceOptions | None = None,
) -> FrameTargets:
    """The frames of a split of "kitti", "kitti-odometry", "sequence" or "rooms"; see docs/data.md.

    Raises:
        ValueError: If an argument is wrong, does not apply to the data set, or there is nothing
            to read; the message says what to change.
        OSError: If a file or folder cannot be read.
    """
    options = options or SequenceOptions()
    if dataset not in NEIGHBOUR_DATASETS:
        raise ValueError(
            f"Data sets of consecutive frames are {', '.join(NEIGHBOUR_DATASETS)}. "
            f"Received: `dataset` '{dataset}'"
        )
    check_split(split)
    if data_dir is None:
        raise ValueError(f"`dataset='{dataset}'` needs `data_dir`.")
    if depth_scale is not None and dataset != "sequence":
        raise ValueError(f"`depth_scale` does not apply to '{dataset}': its unit is known.")
    options.check_unused(dataset, "split_file", *_USED[dataset])
    data_dir = on_this_machine(data_dir)
    if options.depth_dir is not None:
        options = dataclasses.replace(options, depth_dir=on_this_machine(options.depth_dir))
    if dataset == "rooms":
        from densedepth_tf.data.rooms.room_walks import open_room_walks

        if holdout_every or options.split_file is not None:
            raise ValueError(
                "`holdout_every` and split files do not apply to 'rooms': it has lists of its own."
            )
        return open_room_walks(data_dir, split)
    common: dict[str, Any] = {
        "split_file": options.split_file,
        "holdout_every": holdout_every,
        "holdout_block": holdout_block,
    }
    if dataset == "kitti":
        from densedepth_tf.data.kitti.raw import open_kitti_raw

        return open_kitti_raw(
            data_dir,
            split,
            truth=options.truth,
            lidar_distance=options.lidar_distance,
            depth_dir=options.depth_dir,
            strict=options.strict,
            **common,
        )
    if dataset == "kitti-odometry":
        from densedepth_tf.data.kitti.odometry import open_kitti_odometry

        return open_kitti_odometry(data_dir, split, strict=options.strict, **common)
    from densedepth_tf.data.sequences.own_sequences import open_own_sequences

    return open_own_sequences(
        data_dir,
        split,
        camera=options.camera,
        every=options.every,
        depth_scale=depth_scale,
        strict=options.strict,
        **common,
    )


def open_sequences(
    dataset: str,
    data_dir: str | os.PathLike | None,
    split: str,
    *,
    frame_offsets: Sequence[FrameOffset] = (-1, 1),
    static_shift: float | None = None,
    holdout_every: int = 0,
    holdout_block: int = 1,
    options: SequenceOptions | None = None,
) -> SequenceSource:
    """Opens frames with their neighbours, for learning depth from motion and stereo.

    Args:
        dataset: One of `NEIGHBOUR_DATASETS`.
        data_dir: Where it is; what is in a bucket is downloaded as a whole, once.
        split: "train", "validation" or "test".
        frame_offsets: Which neighbours, e.g. (-1, 1), (-1, 1, "s") or ("s",).
        static_shift: Leave out frames that move less; see `static_frames`. None keeps all.
        holdout_every: k sets frames k-1, 2k-1, ... aside for validation.
        holdout_block: So many of them are set aside together, see `hold_out`.
        options: Everything else.

    Raises:
        ValueError: As `open_frames`; and if frames that a list names lack neighbours, none has
            them, or all are static.
        OSError: If a file or folder cannot be read.
    """
    frames = open_frames(
        dataset,
        data_dir,
        split,
        holdout_every=holdout_every,
        holdout_block=holdout_block,
        options=options,
    )
    source = SequenceSource(frames, frame_offsets)
    source.prepare()
    if dataset == "sequence":
        from densedepth_tf.data.checks.frame_strip import strip_warnings

        first = source.targets[0].sequence
        for said in strip_warnings([t for t in source.targets if t.sequence is first]):
            warnings.warn(said, stacklevel=2)
    if static_shift is None:
        return source
    from densedepth_tf.data.checks.static_frames import remove_static

    return remove_static(source, static_shift)
