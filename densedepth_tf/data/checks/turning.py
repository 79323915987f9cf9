"""Does turning the camera explain all that moved between two frames?

A camera that turns on the spot sees no parallax: every point x of the first frame goes to
K R K^-1 x whatever its distance (Hartley and Zisserman, "Multiple View Geometry", 8.4.2), and such
frames show no depth. Two things are asked of the flow of textured places. Does a homography, fitted
without regard to the camera, leave next to nothing? And is it the homography of a rotation? A
homography also explains a plane that was passed, but not with a rotation.
"""

import cv2
import numpy as np

from densedepth_tf.geometry.cameras.intrinsics import rescale_intrinsics

# Shares of the longer side: less motion cannot be judged, and this much parallax is no parallax.
MIN_SHIFT, MAX_PARALLAX = 0.002, 0.0002
# Most parallax as a share of the motion: what 10 % too short a focal length makes of a turn.
MAX_PARALLAX_SHARE = 0.035
# Most that a homography may leave, for flow is not exact.
_MAX_REST = 0.0008
_NUM_POINTS, _NUM_STEPS = 2000, 8
# Smaller images are enlarged to this longer side.
_SIDE = 320


def is_turn(
    first: np.ndarray, second: np.ndarray, textured: np.ndarray, intrinsics: np.ndarray
) -> bool:
    """Whether the camera only turned from one image to the other.

    Args:
        first: uint8 (h, w), grey.
        second: Likewise.
        textured: bool (h, w), where flow is no guess.
        intrinsics: (3, 3), in pixels of the images.
    """
    scale = _SIDE / max(first.shape)
    if scale > 1:  # Flow is exact to a share of a pixel.
        height, width = size = tuple(round(side * scale) for side in first.shape)
        intrinsics = rescale_intrinsics(intrinsics, first.shape, size)
        first, second = (
            cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC)
            for image in (first, second)
        )
        textured = cv2.resize(
            textured.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST
        ).astype(bool)
    side = max(first.shape)
    points, moved = _matches(first, second, textured)
    if len(points) < 50:
        return False
    shift = _median_length(moved - points)
    if shift < MIN_SHIFT * side:
        return False
    homography, _ = cv2.findHomography(points, moved, cv2.RANSAC, 1.0)
    if homography is None:
        return False  # type: ignore[unreachable]  # OpenCV's types forget that none may be found.
    plane = cv2.perspectiveTransform(points[None], homography)[0]
    if _median_length(moved - plane) > max(_MAX_REST * side, MAX_PARALLAX_SHARE * shift):
        return False
    turned = _project(points, fit_rotation(points, moved, intrinsics), intrinsics)
    return _median_length(plane - turned) <= max(MAX_PARALLAX * side, MAX_PARALLAX_SHARE * shift)


def fit_rotation(points: np.ndarray, moved: np.ndarray, intrinsics: np.ndarray) -> np.ndarray:
    """The rotation that explains most of what moved, float64 (3, 3).

    Gauss-Newton steps with Cauchy's weights, so that what moves by itself counts little.

    Args:
        points: (N, 2) pixels (x, y).
        moved: (N, 2), where they are in the other image.
        intrinsics: (3, 3), pixels.
    """
    focal = np.diag(intrinsics)[:2]
    rotation = np.eye(3)
    for _ in range(_NUM_STEPS):
        projected = _project(points, rotation, intrinsics)
        off = moved - projected
        length = np.hypot(*off.T)
        weights = 1 / (1 + (length / max(2 * np.median(length), 1e-6)) ** 2)
        x, y = ((projected - intrinsics[:2, 2]) / focal).T
        # How a projected point moves with small turns about the three axes.
        slopes = np.stack(
            [
                np.stack([-x * y, 1 + x * x, -y], axis=-1) * focal[0],
                np.stack([-(1 + y * y), x * y, x], axis=-1) * focal[1],
            ],
            axis=1,
        )
        square = np.einsum("n,nij,nik->jk", weights, slopes, slopes) + 1e-9 * np.eye(3)
        step = np.linalg.solve(square, np.einsum("n,nij,ni->j", weights, slopes, off))
        rotation = cv2.Rodrigues(step)[0] @ rotation
    return rotation


def _matches(
    first: np.ndarray, second: np.ndarray, textured: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flow = search.calc(first, second, None)  # type: ignore[call-overload]  # None is no start
    rows, columns = np.nonzero(textured)
    chosen = np.linspace(0, len(rows) - 1, min(_NUM_POINTS, len(rows))).astype(int)
    rows, columns = rows[chosen], columns[chosen]
    points = np.stack([columns, rows], axis=-1).astype(np.float64)
    moved = points + flow[rows, columns]
    inside = ((moved >= 0) & (moved <= np.array(first.shape[::-1]) - 1)).all(axis=-1)
    return points[inside], moved[inside]


def _project(points: np.ndarray, rotation: np.ndarray, intrinsics: np.ndarray) -> np.ndarray:
    rays = (points - intrinsics[:2, 2]) / np.diag(intrinsics)[:2]
    turned = np.column_stack([rays, np.ones(len(rays))]) @ rotation.T
    # Points that a wild step turns behind the camera are far off, and no more.
    depth = np.maximum(turned[:, 2:], 1e-3)
    return turned[:, :2] / depth * np.diag(intrinsics)[:2] + intrinsics[:2, 2]


def _median_length(vectors: np.ndarray) -> float:
    return float(np.median(np.hypot(*vectors.T)))
