"""What every training can be told about its data, and about the camera of one's own frames."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from densedepth_tf.data.datasets import DATASETS
from densedepth_tf.data.holdout import check_holdout
from densedepth_tf.data.sequence_datasets import SequenceOptions
from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource
from densedepth_tf.training.option import height_width, option
from densedepth_tf.training.option_values import check_at_least, check_choice

DATA, SEQUENCES, AUGMENTATION = "data", "consecutive frames", "augmentation"


@dataclass(frozen=True)
class DataOptions:
    """The part of `TrainingOptions` that is about data."""

    dataset: str = option("rooms", "what to train on", DATA, choices=DATASETS)
    data_dir: str | None = option(
        None, "folder or file of the data set; see docs/data.md", DATA, reads=True
    )
    holdout_every: int = option(0, "k: every k-th training row is kept for validation", DATA)
    holdout_block: int = option(
        1, "n: blocks of n consecutive rows are kept together, as scenes are neighbours", DATA
    )
    validation_split: Literal["validation", "test"] = option(
        "validation", "split that chooses the best checkpoint", DATA
    )
    num_images: int | None = option(None, "at most so many training images", DATA)
    num_validation_images: int | None = option(None, "at most so many for validation", DATA)
    image_size: str = option("480x640", "HEIGHTxWIDTH the network sees", DATA, fixed=True)
    cache: bool = option(False, "keep decoded samples in memory", DATA)
    strict: bool = option(False, "stop at the first unreadable sample, do not skip it", DATA)

    split_file: str | None = option(
        None, "training frames, lines 'folder frame side'", SEQUENCES, reads=True
    )
    validation_split_file: str | None = option(
        None, "the same for validation", SEQUENCES, reads=True
    )
    every: int = option(1, "every N-th frame of `dataset='sequence'` only", SEQUENCES)
    intrinsics: str | None = option(
        None,
        "fx,fy,cx,cy in pixels of the frames, or in shares of their width and height; for "
        "`dataset='sequence'`",
        SEQUENCES,
    )
    intrinsics_size: str | None = option(
        None, "HEIGHTxWIDTH that `intrinsics` belong to; default: the frames' own", SEQUENCES
    )
    hfov: float | None = option(
        None, "instead: degrees from the left to the right border", SEQUENCES
    )
    camera: str | None = option(None, "instead: a known camera, e.g. 7scenes", SEQUENCES)

    flip: float = option(0.5, "probability of a horizontal flip", AUGMENTATION)
    channel_swap: float = option(0.0, "probability of a channel permutation", AUGMENTATION)
    scale_crop: float = option(
        1.0, "largest zoom of a random crop, 1 = none", AUGMENTATION, most=100
    )
    color: float = option(0.0, "half-width of random channel factors", AUGMENTATION)
    rotation: float = option(0.0, "largest rotation in degrees either way", AUGMENTATION)

    def check(self) -> None:
        """Raises ValueError for values that cannot be used; the message names the option."""
        check_at_least(self, 1, "num_images", "num_validation_images", "every")
        check_choice("dataset", self.dataset, self.datasets())
        check_holdout(self.holdout_every, self.holdout_block)
        self._check_lists()
        if self.cache and self.dataset == "tfrecord":
            raise ValueError(
                "`cache` does not apply to `dataset='tfrecord'`, whose records are read as a "
                "stream. Received: True"
            )
        self.camera_source()

    def datasets(self) -> Iterable[str]:
        """What `dataset` may be."""
        return DATASETS

    @property
    def image_height_width(self) -> tuple[int, int]:
        """`image_size` as two integers."""
        return height_width("image_size", self.image_size)

    def camera_source(self) -> IntrinsicsSource | None:
        """The camera that the options describe; None if they do not."""
        given = (self.intrinsics, self.intrinsics_size, self.hfov, self.camera)
        if all(option is None for option in given):
            return None
        numbers, size = None, None
        if self.intrinsics is not None:
            try:
                fx, fy, cx, cy = map(float, self.intrinsics.split(","))
            except ValueError as error:
                raise ValueError(
                    f"`intrinsics` are fx,fy,cx,cy in pixels. Received: '{self.intrinsics}'"
                ) from error
            numbers = (fx, fy, cx, cy)
        if self.intrinsics_size:
            size = height_width("intrinsics_size", self.intrinsics_size)
        return IntrinsicsSource(numbers, size, self.hfov, self.camera)

    def sequence_options(self, split: str) -> SequenceOptions:
        """How the frames of a split are found."""
        path = self.split_file if split == "train" else self.validation_split_file
        return SequenceOptions(
            split_file=path,
            camera=self.camera_source(),
            every=self.every,
            strict=self.strict,
        )

    def _check_lists(self) -> None:
        """A list of frames for one split alone would share frames with the other split."""
        training, validation = self.split_file, self.validation_split_file
        if validation and not training:
            raise ValueError(
                "`validation_split_file` needs `split_file`: without, its frames are trained on "
                f"too. Received: '{validation}'"
            )
        if training and not validation and self.validation_split == "validation":
            raise ValueError(
                "`split_file` lists the training frames: pass `validation_split_file` as well, or "
                f"`validation_split='test'`. Received: '{training}'"
            )
