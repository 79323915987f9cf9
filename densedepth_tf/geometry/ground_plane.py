"""The ground in a depth map: a plane below the camera, found whatever else is in view.

A pixel of depth z sees the point P = z r, r = ((u - cx) / fx, (v - cy) / fy, 1). For a plane of
unit normal n at distance h, n . P = h, that is 1 / z = m . r with m = n / h: inverse depth is
linear over the image, and a linear fit of it, over any window, gives a plane. Multiplying depth
by k multiplies h by k and changes neither n nor which pixels agree with it.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from densedepth_tf.geometry.back_projection import back_project

MAX_PITCH = 50.0  # degrees that a camera looks down or up
MAX_ROLL = 20.0  # degrees that it is turned about its axis
TOLERANCE = 0.06  # how far, relatively, depth of the ground may be off its plane,
MAX_ANGLE = 25.0  # and the slope around it, in degrees
MIN_SHARE = 0.1
MAX_BENEATH = 0.15  # of what lies on the plane
_NUM_CELLS = 2000
_WINDOWS = 1 / 6, 1 / 3  # sides, of the height of the lower half
_NUM_REFINEMENTS = 12


@dataclass(frozen=True)
class GroundPlane:
    """The ground as a camera sees it.

    Attributes:
        height: Of the camera above it, in the unit of depth.
        normal: float64 (3,) of length 1 in camera coordinates (x right, y down, z forward),
            pointing down: its points P have normal . P = height.
        share: Share of the lower half of the image that lies on it, of what has depth.
        spread: Median deviation of that from the plane, relative to depth.
    """

    height: float
    normal: np.ndarray
    share: float
    spread: float

    @property
    def pitch(self) -> float:
        """Degrees that the camera looks up; below 0 it looks down."""
        return math.degrees(math.atan2(-self.normal[2], math.hypot(*self.normal[:2])))


def find_ground(depth: np.ndarray, intrinsics: np.ndarray) -> GroundPlane | None:
    """Finds the ground: the lowest plane in the lower half of an image, if there is one.

    Windows all over the lower half propose planes. A proposal counts if the camera is held above
    it in a usual way (at most 50 degrees of pitch and 20 of roll) and nearly nothing in view lies
    beneath it, as there does beneath a table's top. Of these the one is taken that most of the
    half agrees with, in depth and in slope, and fitted to that (biweight, reweighted).

    Where a level surface hides all of the ground, such as a bed, it is taken for the ground.

    Args:
        depth: (H, W) or (H, W, 1), in any unit; 0 or not finite = missing, sparse is fine.
        intrinsics: (3, 3), in pixels of this depth map.

    Returns:
        The ground, or None if less than a tenth of the lower half lies on such a plane.

    Raises:
        ValueError: If the depth is not a map or the intrinsics are not valid.
    """
    rays, inverse = _cells_of_lower_half(depth, intrinsics)
    valid = inverse > 0
    small, large = (_planes_of_windows(rays, inverse, share) for share in _WINDOWS)
    cells = _Cells(rays[valid], inverse[valid], _unit(small[valid]))
    planes = np.concatenate([small[::2, ::2].reshape(-1, 3), large[::3, ::3].reshape(-1, 3)])
    planes = planes[_is_below_camera(planes)]
    if not len(planes):
        return None
    scores = cells.scores(planes)
    if not scores.max():
        return None
    plane = planes[scores.argmax()]
    for _ in range(_NUM_REFINEMENTS):
        deviation, on = cells.compare(plane)
        if not on.any():
            return None
        spread = float(np.median(np.abs(deviation[on])))
        # Six times the median deviation is four standard ones; never quite nothing.
        limit = min(TOLERANCE, 6 * spread + 1e-4)
        weights = on * np.maximum(0, 1 - (deviation / limit) ** 2)
        plane = cells.fit(plane, weights)
    if not (_is_below_camera(plane) and cells.scores(plane[None])[0]):
        return None
    distance = float(np.linalg.norm(plane))
    return GroundPlane(1 / distance, plane / distance, float(on.mean()), spread)


@dataclass(frozen=True)
class _Cells:
    """Places with depth: rays (N, 3), inverse depth (N,) and normals (N, 3), NaN = unknown."""

    rays: np.ndarray
    inverse: np.ndarray
    normals: np.ndarray

    def compare(self, plane: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Relative deviations of inverse depth from planes (..., 3), and whether cells are on them.

        Both are (N, ...). A deviation below 0 is beneath the plane; infinite where the plane is
        behind the camera.
        """
        expected = self.rays @ plane.T
        deviation = np.full(expected.shape, np.inf)
        inverse = self.inverse.reshape(-1, *[1] * (plane.ndim - 1))
        np.divide(inverse, expected, out=deviation, where=expected > 0)
        deviation -= 1
        level = self.normals @ _unit(plane).T > math.cos(math.radians(MAX_ANGLE))
        return deviation, level & (np.abs(deviation) < TOLERANCE)

    def scores(self, planes: np.ndarray) -> np.ndarray:
        """(K,): how well cells agree with planes (K, 3); 0 for too few, or too much beneath."""
        deviation, on = self.compare(planes)
        beneath = np.count_nonzero(deviation < -3 * TOLERANCE, axis=0)
        count = np.count_nonzero(on, axis=0)
        fits = (count >= MIN_SHARE * len(self.rays)) & (beneath <= MAX_BENEATH * count)
        closeness = np.where(on, 1 - (deviation / TOLERANCE) ** 2, 0)
        return np.where(fits, closeness.sum(axis=0), 0)

    def fit(self, plane: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The plane (3,) nearest to the cells in relative depth, as seen from a plane near it."""
        some = weights > 0
        weights = weights[some] / (self.rays[some] @ plane)
        rays = self.rays[some] * weights[:, None]
        return np.linalg.lstsq(rays, self.inverse[some] * weights, rcond=None)[0]


def _cells_of_lower_half(
    depth: np.ndarray, intrinsics: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Means over square cells: rays (h, w, 3) and inverse depth (h, w), 0 = missing.

    Both are averaged over the pixels that have depth, which keeps planes.
    """
    depth = np.nan_to_num(np.asarray(depth, np.float32), nan=0, posinf=0, neginf=0)
    rays = back_project(np.ones_like(depth), intrinsics)
    lower = rays.shape[0] // 2
    depth, rays = depth.reshape(rays.shape[:2])[lower:], rays[lower:]
    valid = depth > 0
    values = np.dstack([rays, 1 / np.where(valid, depth, 1)]) * valid[..., None]
    side = max(1, round(math.sqrt(depth.size / _NUM_CELLS)))
    size = [max(1, length // side) for length in depth.shape]
    mean = cv2.resize(values, size[::-1], interpolation=cv2.INTER_AREA).astype(np.float64)
    mean = mean.reshape(*size, 4)
    share = mean[..., 2:3]  # of valid pixels: every ray's third component is 1
    mean = np.divide(mean, share, out=np.zeros_like(mean), where=share > 0)
    return mean[..., :3], mean[..., 3]


def _planes_of_windows(rays: np.ndarray, inverse: np.ndarray, share: float) -> np.ndarray:
    """(h, w, 3): the plane through the square window around each cell; NaN where there is none."""
    valid = inverse > 0
    rays = rays * valid[..., None]
    squares = (rays[..., :, None] * rays[..., None, :]).reshape(*valid.shape, 9)
    side = max(3, round(share * len(rays)))
    means = np.stack(
        [
            cv2.boxFilter(np.ascontiguousarray(values), -1, (side, side))
            for values in np.moveaxis(np.dstack([squares, rays * inverse[..., None]]), -1, 0)
        ],
        axis=-1,
    )
    matrices, sides = means[..., :9].reshape(*valid.shape, 3, 3), means[..., 9:, None]
    solvable = np.linalg.det(matrices) > 1e-15
    planes = np.full(rays.shape, np.nan)
    planes[solvable] = np.linalg.solve(matrices[solvable], sides[solvable])[..., 0]
    return planes


def _is_below_camera(planes: np.ndarray) -> np.ndarray:
    """Whether planes (..., 3) lie below a camera that is held in a usual way; not where NaN."""
    right, down, forward = np.moveaxis(planes, -1, 0)
    pitch, roll = (math.tan(math.radians(limit)) for limit in (MAX_PITCH, MAX_ROLL))
    return (down > 0) & (np.abs(forward) <= pitch * down) & (np.abs(right) <= roll * down)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
