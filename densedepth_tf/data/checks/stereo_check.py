"""Are the two images of a stereo pair left and right, and do their rows agree?

In rectified pairs a point lies on the same row of both images, and further left in the right
camera's. Where neither holds, a baseline teaches the wrong depth, or none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from densedepth_tf.data.sequences.frame_targets import Target
from densedepth_tf.files.bad_sample import BadSampleError

_WIDTH = 320
_PATCH, _ROWS = 7, 6  # half a patch's side, and rows searched either way, at that width
_NUM_PATCHES = 60
_SIMILAR, _DISTINCT = 0.8, 0.05
_MOVED = 0.5  # pixels; less is infinity
_ENOUGH = 8
_MAX_OFF_ROW = 0.004  # of the height; 1.5 of KITTI's 375 rows


@dataclass(frozen=True)
class StereoShift:
    """How a pair's images lie to each other.

    Attributes:
        across: Median of the points' columns in the partner minus those in the image, as a
            share of the width; negative where the partner is the right camera.
        down: Likewise of the rows; 0 for rectified pairs.
        num_points: Points that were found in both.
    """

    across: float
    down: float
    num_points: int


def stereo_shift(image: np.ndarray, partner: np.ndarray) -> StereoShift | None:
    """Finds small patches of one image in the other.

    Args:
        image: uint8 (H, W, 3) RGB.
        partner: The other eye's, of the same size.

    Returns:
        None where too few patches are found again: no texture, or not a pair at all.
    """
    scale = min(1.0, _WIDTH / image.shape[1])
    first, second = (_grey(each, scale) for each in (image, partner))
    height, width = first.shape
    margin = _PATCH + 1
    corners = cv2.goodFeaturesToTrack(first, 4 * _NUM_PATCHES, 0.01, _PATCH)
    shifts = []
    for x, y in [] if corners is None else corners[:, 0].round().astype(int).tolist():
        if not (margin <= x < width - margin and margin <= y < height - margin):
            continue
        shift = _find(first, second, x, y)
        if shift is not None:
            shifts.append(shift)
        if len(shifts) == _NUM_PATCHES:
            break
    moved = [shift for shift in shifts if abs(shift[0]) > _MOVED]
    if len(moved) < _ENOUGH:
        return None
    across, down = np.median(moved, axis=0)
    return StereoShift(float(across) / width, float(down) / height, len(moved))


def stereo_warnings(targets: Sequence[Target]) -> tuple[list[str], list[str]]:
    """Opens the stereo partners of frames and judges the pairs.

    Returns:
        What is wrong with single pairs, and warnings about all of them.
    """
    bad, wrong_side, off_row, judged = [], 0, [], 0
    for sequence, number in targets:
        try:
            image = sequence.read_image(number)
        except BadSampleError:
            continue  # Reported where frames are looked at.
        try:
            partner = sequence.read_stereo_image(number)
        except BadSampleError as error:
            bad.append(str(error))
            continue
        if partner.shape != image.shape:
            bad.append(
                f"Frame {number} of '{sequence.title}' is {image.shape[0]}x{image.shape[1]}, its "
                f"stereo partner {partner.shape[0]}x{partner.shape[1]} (height x width)."
            )
            continue
        shift = stereo_shift(image, partner)
        if shift is None:
            continue
        judged += 1
        # Points go the way the transform moves them.
        transform = sequence.stereo_transform
        wrong_side += transform is not None and shift.across * float(transform[0, 3]) < 0
        off_row.append(abs(shift.down))
    said = []
    if wrong_side > judged / 2:
        said.append(
            f"in {wrong_side} of {judged} pairs the disparity has the wrong sign: left and right "
            "images are swapped, or the baseline has the wrong sign."
        )
    if off_row and (share := float(np.median(off_row))) > _MAX_OFF_ROW:
        said.append(
            f"rows of left and right images do not agree (off by {share:.1%} of the height in "
            "the median): the pairs are not rectified."
        )
    return bad, said


def _grey(image: np.ndarray, scale: float) -> np.ndarray:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def _find(first: np.ndarray, second: np.ndarray, x: int, y: int) -> tuple[int, int] | None:
    """Columns and rows from a patch to its like in the other image; None without one."""
    patch = first[y - _PATCH : y + _PATCH + 1, x - _PATCH : x + _PATCH + 1]
    top = max(0, y - _PATCH - _ROWS)
    band = second[top : y + _PATCH + _ROWS + 1]
    likeness = cv2.matchTemplate(band, patch, cv2.TM_CCOEFF_NORMED)
    row, column = np.unravel_index(likeness.argmax(), likeness.shape)
    best = likeness[row, column]
    others = likeness.copy()
    others[:, max(0, column - _PATCH) : column + _PATCH + 1] = -1
    if best < _SIMILAR or best - others.max() < _DISTINCT:
        return None
    return int(column) + _PATCH - x, int(row) + top + _PATCH - y
