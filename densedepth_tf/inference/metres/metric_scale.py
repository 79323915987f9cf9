"""What relative depth has to be multiplied by to be metres, from something known in metres."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from densedepth_tf.geometry.ground_plane import MIN_SHARE, find_ground

MAX_DISAGREEMENT = 0.2


@dataclass(frozen=True)
class MetricScale:
    """A factor for depth, and how far to trust it.

    Attributes:
        factor: Metres per unit of depth.
        spread: How far what it was taken from disagrees, relative to the factor: half the
            distance between the largest and the smallest of known depths; the median deviation
            over images.
        description: What it was taken from, in one line.
        warnings: Reasons to doubt it, one line each.
        focal_length: Of the camera that it was found with, as the model would have learnt from it,
            in widths of its training images; None where one of the two is not known.
    """

    factor: float
    spread: float
    description: str
    warnings: tuple[str, ...] = ()
    focal_length: float | None = None


@dataclass(frozen=True)
class KnownDepth:
    """A pixel whose depth is known.

    Args:
        column: Pixels from the centre of the left-most column.
        row: Pixels from the centre of the top row.
        depth: Metres along the camera's axis, as all depth in this package: not the straight
            line to the camera, which is longer away from the middle of the image.

    Raises:
        ValueError: If the depth is not above 0.
    """

    column: float
    row: float
    depth: float

    def __post_init__(self) -> None:
        if not 0 < self.depth < math.inf:
            raise ValueError(f"A known depth is above 0, in metres. Received: {self}")

    def __str__(self) -> str:
        return f"{self.column:g},{self.row:g}={self.depth:g}"


def calibrate_by_depths(depth: np.ndarray, known: Sequence[KnownDepth]) -> MetricScale:
    """The factor that brings an image's depth to two or more known ones.

    It is the median of known over predicted depth, on a logarithmic scale: the geometric mean of
    two, and of more what a single wrong one hardly moves. The pixel nearest to each is taken.

    Args:
        depth: Predicted, (H, W) or (H, W, 1), in any unit; 0 or not finite = missing.
        known: Two or more pixels.

    Raises:
        ValueError: If there are fewer, or one is outside the image or without depth.
    """
    if len(known) < 2:
        raise ValueError(
            "One known depth cannot be checked: give two or more "
            f"(`known`). Received: {', '.join(map(str, known)) or 'none'}"
        )
    depth = np.asarray(depth)
    height, width = depth.shape[:2]
    ratios = []
    for point in known:
        # Half a pixel is rounded up: the borders lie half a pixel outside of the outer centres.
        column, row = math.floor(point.column + 0.5), math.floor(point.row + 0.5)
        if not (0 <= column < width and 0 <= row < height):
            raise ValueError(
                f"A known depth is outside the image, which has columns 0 to {width - 1} and "
                f"rows 0 to {height - 1}. Received: {point}"
            )
        predicted = float(depth[row, column].item())
        if not 0 < predicted < math.inf:
            raise ValueError(f"No depth was predicted where one is known. Received: {point}")
        ratios.append(point.depth / predicted)
    factor = math.exp(np.median(np.log(ratios)))
    disagreement = max(ratios) / min(ratios) - 1
    warnings: tuple[str, ...] = ()
    if disagreement > MAX_DISAGREEMENT:
        each = ", ".join(
            f"{point} asks for {ratio:.3g}" for point, ratio in zip(known, ratios, strict=True)
        )
        warnings = (
            f"the known depths disagree by {disagreement:.0%}, so the factor is uncertain: {each}",
        )
    return MetricScale(
        factor=factor,
        spread=(max(ratios) - min(ratios)) / 2 / factor,
        description=f"{len(known)} known depths, which differ by {disagreement:.0%}",
        warnings=warnings,
    )


def calibrate_by_height(
    views: Iterable[tuple[np.ndarray, np.ndarray]], height: float
) -> MetricScale:
    """The factor that brings the camera as high above the ground as it was.

    The ground is looked for in every image (`geometry.ground_plane.find_ground`); the factor
    is the median over those that show it.

    Args:
        views: Per image its predicted depth, (H, W) or (H, W, 1) in any unit, the same for
            all, and its intrinsics, (3, 3) in pixels.
        height: Of the camera above flat ground, metres.

    Raises:
        ValueError: If the height is not above 0, or no image shows the ground.
    """
    if not 0 < height < math.inf:
        raise ValueError(
            f"The camera's height is above 0, in metres (`height`). Received: {height}"
        )
    grounds = [find_ground(depth, intrinsics) for depth, intrinsics in views]
    found = [ground for ground in grounds if ground is not None]
    if not found:
        raise ValueError(
            f"No ground in view: none of {len(grounds)} images shows a flat floor or road on at "
            f"least {MIN_SHARE:.0%} of its lower half. Take images that do (`images`), "
            "check the camera (`intrinsics`), or give known depths (`known`)"
        )
    factors = height / np.array([ground.height for ground in found])
    factor = float(np.median(factors))
    deviations = np.abs(factors / factor - 1)
    agreeing = np.count_nonzero(deviations <= MAX_DISAGREEMENT)
    spread = float(np.median(deviations))
    share = float(np.median([ground.share for ground in found]))
    warnings = []
    if len(found) == 1:
        warnings.append("the factor rests on a single image; more of them would make it surer")
    elif agreeing < 2 / 3 * len(found):
        warnings.append(
            f"only {agreeing} of {len(found)} images agree with the factor to "
            f"{MAX_DISAGREEMENT:.0%}: is the camera as high in all of them, the ground flat, and "
            "the scene of a kind that the model knows?"
        )
    return MetricScale(
        factor=factor,
        spread=spread,
        description=f"camera {height:g} m above the ground, seen in {len(found)} of "
        f"{len(grounds)} images on {share:.0%} of their lower half; {agreeing} agree to "
        f"{MAX_DISAGREEMENT:.0%}, median deviation {spread:.1%}",
        warnings=tuple(warnings),
    )
