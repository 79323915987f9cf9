"""Images that are several frames side by side, such as SfMLearner's prepared data."""

import itertools
from collections import defaultdict
from collections.abc import Sequence

import cv2
import numpy as np

from densedepth_tf.data.checks.image_motion import motion_between, working_image
from densedepth_tf.data.sequences.frame_sequence import FrameSequence
from densedepth_tf.data.sequences.frame_targets import Target
from densedepth_tf.files.bad_sample import BadSampleError

# How well neighbouring parts must match; unrelated images reach 0.18.
_MIN_LIKENESS = 0.5
_COUNTS = (5, 3, 2)
_NUM_LOOKED_AT = 3
_MIN_SIDE = 240


def strip_warnings(targets: Sequence[Target]) -> list[str]:
    """One line for the sequences whose images are strips of frames or stereo pairs.

    Args:
        targets: Frames; a few of each sequence are looked at.
    """
    by_sequence: dict[FrameSequence, list[Target]] = defaultdict(list)
    for target in targets:
        by_sequence[target.sequence].append(target)
    strips: dict[int, list[str]] = defaultdict(list)
    for sequence, found in by_sequence.items():
        middle = found[len(found) // 2 :][:_NUM_LOOKED_AT]
        counts = {count for count in map(_count, middle) if count is not None}
        if len(counts) == 1 and (count := counts.pop()) > 1:
            strips[count].append(sequence.name)
    return [
        f"images of {names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''} are "
        f"{count} frames side by side, each read as one: cut them apart, into files of their own."
        for count, names in strips.items()
    ]


def frames_in_strip(image: np.ndarray) -> int:
    """How many frames an image uint8 (H, W, 3) RGB shows side by side: 5, 3, 2, or 1.

    Parts of equal width are frames of one scene if each looks like the next once motion is undone.
    """
    for count in _COUNTS:
        width = image.shape[1] // count
        if image.shape[1] % count or width < 32:
            continue
        parts = [_part(image[:, i * width : (i + 1) * width]) for i in range(count)]
        motions = [motion_between(a, b) for a, b in itertools.pairwise(parts)]
        if all(_MIN_LIKENESS <= motion.likeness < 1 for motion in motions):
            return count
    return 1


def _part(image: np.ndarray) -> np.ndarray:
    # Flow fits anything to anything in images of a few patches.
    image = working_image(image)
    scale = max(1.0, _MIN_SIDE / max(image.shape))
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)


def _count(target: Target) -> int | None:
    try:
        return frames_in_strip(target.sequence.read_image(target.number))
    except BadSampleError:
        return None
