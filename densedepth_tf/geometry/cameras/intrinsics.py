"""Pinhole intrinsics: 3x3 matrices in pixels, and what resizing an image does to them.

Convention (OpenCV): the centre of the top left pixel is (0, 0), so an image covers -0.5 to
width - 0.5. A point (x right, y down, z forward) projects to u = fx x / z + cx, v = fy y / z + cy.
"""

import math

import numpy as np

# The Kinect's colour camera as calibrated by the NYU Depth v2 toolbox (Silberman et al. 2012).
NYU_IMAGE_SIZE = (480, 640)
NYU_FX, NYU_FY, NYU_CX, NYU_CY = 518.8579, 519.4696, 325.5824, 253.7362


MAX_ASPECT_CHANGE = 0.02

# EXIF orientation -> whether rows and columns swap, then whether x and y are mirrored.
_ORIENTATIONS = {
    **{1: (False, False, False), 2: (False, True, False), 3: (False, True, True)},
    **{4: (False, False, True), 5: (True, False, False), 6: (True, True, False)},
    **{7: (True, True, True), 8: (True, False, True)},
}


def intrinsics_matrix(fx: float, fy: float, cx: float, cy: float) -> np.ndarray:
    """Returns the float32 (3, 3) matrix of focal lengths and principal point, all in pixels."""
    return np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]], np.float32)


def check_intrinsics(intrinsics: np.ndarray) -> np.ndarray:
    """Checks a camera matrix and returns it as float64 (3, 3).

    Raises:
        ValueError: If it is not ((fx, 0, cx), (0, fy, cy), (0, 0, 1)) with positive, finite focal
            lengths.
    """
    matrix = np.asarray(intrinsics, np.float64)
    if matrix.shape != (3, 3):
        raise ValueError(f"Intrinsics are a (3, 3) matrix. Received: shape {matrix.shape}")
    fx, fy = matrix[0, 0], matrix[1, 1]
    plain = intrinsics_matrix(fx, fy, matrix[0, 2], matrix[1, 2])
    if not (np.isfinite(matrix).all() and fx > 0 and fy > 0 and np.allclose(matrix, plain)):
        raise ValueError(
            "Intrinsics are ((fx, 0, cx), (0, fy, cy), (0, 0, 1)) in pixels, focal lengths "
            f"positive. Received: {matrix.tolist()}"
        )
    return matrix


def orient_intrinsics(
    intrinsics: np.ndarray, image_size: tuple[int, int], orientation: int
) -> np.ndarray:
    """Returns the intrinsics of an image after its EXIF orientation was applied.

    Args:
        intrinsics: (3, 3) matrix in pixels of the image as stored.
        image_size: (height, width) of the image as stored.
        orientation: EXIF tag 0x0112, 1 to 8; anything else leaves the image as it is.

    Returns:
        float32 (3, 3), in pixels of the upright image.
    """
    (fx, _, cx), (_, fy, cy), _ = np.asarray(intrinsics, np.float64)
    height, width = image_size
    transposed, mirror_x, mirror_y = _ORIENTATIONS.get(orientation, _ORIENTATIONS[1])
    if transposed:
        fx, fy, cx, cy, width, height = fy, fx, cy, cx, height, width
    cx = width - 1 - cx if mirror_x else cx
    cy = height - 1 - cy if mirror_y else cy
    return intrinsics_matrix(fx, fy, cx, cy)


def rescale_intrinsics(
    intrinsics: np.ndarray, old_size: tuple[int, int], new_size: tuple[int, int]
) -> np.ndarray:
    """Returns the intrinsics of an image after it was resized as a whole.

    Args:
        intrinsics: (3, 3) matrix in pixels of the old image.
        old_size: (height, width) before.
        new_size: (height, width) after; another aspect ratio gives pixels that are not square.

    Returns:
        float32 (3, 3).
    """
    if min(*old_size, *new_size) < 1:
        raise ValueError(f"Image sizes must be positive. Received: {old_size} and {new_size}")
    scale_v, scale_u = new_size[0] / old_size[0], new_size[1] / old_size[1]
    (fx, _, cx), (_, fy, cy), _ = np.asarray(intrinsics, np.float64)
    return intrinsics_matrix(
        fx * scale_u, fy * scale_v, (cx + 0.5) * scale_u - 0.5, (cy + 0.5) * scale_v - 0.5
    )


def resize_whole(
    intrinsics: np.ndarray, old_size: tuple[int, int], new_size: tuple[int, int]
) -> np.ndarray:
    """`rescale_intrinsics` that refuses images which were cropped or turned on the way.

    Raises:
        ValueError: If the aspect ratios differ by more than 2 per cent.
    """
    if not same_shape(old_size, new_size):
        raise ValueError(
            f"The camera takes images of {old_size[0]}x{old_size[1]} and the image is "
            f"{new_size[0]}x{new_size[1]}: cropped, turned, or another camera's. Pass its own "
            "`intrinsics` or `hfov`"
        )
    return rescale_intrinsics(intrinsics, old_size, new_size)


def same_shape(size: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two (height, width) have one aspect ratio, but for rounding and 2 per cent."""
    # A side may have been rounded by up to a pixel.
    slack = MAX_ASPECT_CHANGE + 1 / min(*size, *other)
    return abs(math.log(size[0] / size[1] * other[1] / other[0])) <= slack


def nyu_intrinsics(image_size: tuple[int, int] = NYU_IMAGE_SIZE) -> np.ndarray:
    """Returns the float32 (3, 3) intrinsics of NYU Depth v2 resized to (height, width)."""
    original = np.array([[NYU_FX, 0, NYU_CX], [0, NYU_FY, NYU_CY], [0, 0, 1]])
    return rescale_intrinsics(original, NYU_IMAGE_SIZE, image_size)


def intrinsics_from_fov(horizontal_fov: float, image_size: tuple[int, int]) -> np.ndarray:
    """Returns float32 (3, 3) intrinsics with square pixels and a centred principal point.

    Args:
        horizontal_fov: angle from the left to the right border of the image, in degrees.
        image_size: (height, width) in pixels.
    """
    if not 0 < horizontal_fov < 180:
        raise ValueError(
            f"`horizontal_fov` must lie between 0 and 180 degrees. Received: {horizontal_fov}"
        )
    height, width = image_size
    focal = width / (2 * math.tan(math.radians(horizontal_fov) / 2))
    return intrinsics_matrix(focal, focal, (width - 1) / 2, (height - 1) / 2)


def horizontal_fov(intrinsics: np.ndarray, image_size: tuple[int, int]) -> float:
    """Returns the angle in degrees between the rays of the left and the right image border."""
    fx, cx = float(intrinsics[0][0]), float(intrinsics[0][2])
    left, right = math.atan((cx + 0.5) / fx), math.atan((image_size[1] - 0.5 - cx) / fx)
    return math.degrees(left + right)
