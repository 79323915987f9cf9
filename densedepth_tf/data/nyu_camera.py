"""The Kinect camera that took NYU Depth v2."""

import numpy as np

# Colour camera of the data set's own calibration (its toolbox, camera_params.m), at 480x640.
_FOCAL = (518.85790, 519.46961)
_CENTRE = (325.58245, 253.73617)
_SIZE = (480, 640)


def nyu_intrinsics(height: int, width: int) -> np.ndarray:
    """The camera matrix for NYU images resized to this size: float32 (3, 3), in pixels."""
    across, down = width / _SIZE[1], height / _SIZE[0]
    return np.array(
        [
            [_FOCAL[0] * across, 0.0, _CENTRE[0] * across],
            [0.0, _FOCAL[1] * down, _CENTRE[1] * down],
            [0.0, 0.0, 1.0],
        ],
        np.float32,
    )
