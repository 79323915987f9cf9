"""The sizes of KITTI's images: as they were rectified, and as people resize them.

Geiger et al. (2013), section 4: every day of recording was rectified with its own focal length, to
its own size. The odometry sequences are of those days, but their calib.txt has no size.
"""

import math

import numpy as np

from densedepth_tf.geometry.cameras.intrinsics import rescale_intrinsics, same_shape

# Focal length in pixels -> (height, width) of the rectified images of that day.
_BY_FOCAL_LENGTH = {
    721.5377: (375, 1242),  # 2011_09_26; odometry 03
    707.0493: (370, 1224),  # 2011_09_28
    718.3351: (374, 1238),  # 2011_09_29
    707.0912: (370, 1226),  # 2011_09_30; odometry 04 to 10
    718.856: (376, 1241),  # 2011_10_03; odometry 00 to 02
}
_SAME_FOCAL_LENGTH = 2e-5
# Networks' inputs, to which whole images are stretched: Zhou et al. 2017, Godard et al. 2017 and
# 2019, Alhashim and Wonka 2018; Zou et al. 2018 (DF-Net), Zhan et al. 2018, Pillai et al. 2019.
NETWORK_SIZES = (
    *((128, 416), (256, 832), (256, 512), (192, 640), (320, 1024), (384, 1280)),
    *((160, 576), (160, 608), (384, 1024)),
)


def rectified_size(intrinsics: np.ndarray) -> tuple[int, int] | None:
    """(height, width) of the images that KITTI's own intrinsics (3, 3) belong to.

    None if no day of KITTI was recorded with this focal length.
    """
    focal = float(intrinsics[0][0])
    if not focal > 0:
        return None
    nearest = min(_BY_FOCAL_LENGTH, key=lambda known: abs(math.log(known / focal)))
    is_same = abs(math.log(nearest / focal)) < _SAME_FOCAL_LENGTH
    return _BY_FOCAL_LENGTH[nearest] if is_same else None


def resized_intrinsics(
    intrinsics: np.ndarray, old_size: tuple[int, int], new_size: tuple[int, int]
) -> np.ndarray:
    """The float32 (3, 3) of images that were resized as a whole from (height, width) to another.

    Raises:
        ValueError: If the images have another shape and are not of a network's size
            (`NETWORK_SIZES`): then they were cropped, turned or padded.
    """
    if not same_shape(old_size, new_size) and tuple(new_size) not in NETWORK_SIZES:
        raise ValueError(
            f"The camera takes images of {old_size[0]}x{old_size[1]} and the image is "
            f"{new_size[0]}x{new_size[1]}: cropped, turned, padded or stretched. Use the images as "
            "KITTI gives them, or resized as a whole, to their own shape or to one of "
            f"{', '.join(f'{height}x{width}' for height, width in NETWORK_SIZES)}"
        )
    return rescale_intrinsics(intrinsics, old_size, new_size)
