"""What every reader checks before it hands out a sample."""

import warnings

import numpy as np

from densedepth_tf.data.sample import Sample
from densedepth_tf.files.bad_sample import BadSampleError

# Medians outside this range, in metres, are taken for a wrong unit.
PLAUSIBLE_MEDIAN = (0.05, 200.0)
# 8-bit values saved in 16 bits and read as millimetres end at 0.255 m.
IMPLAUSIBLE_MAXIMUM = 0.256
ASPECT_TOLERANCE = 0.01


class UnitCheck:
    """Whether depth could be metres.

    Args:
        believed: The unit or the range was named by who uses the data: implausible depth is
            warned of, the first time, and an error otherwise.
    """

    def __init__(self, believed: bool = False):
        self._believed = believed
        self._warned = False

    def __call__(self, depth: np.ndarray, name: str) -> None:
        """Looks at a depth map in metres, 0 = missing.

        Raises:
            BadSampleError: If no depth is valid, or it is implausible and not believed.
        """
        # Every eighth pixel of every eighth row is enough to judge by, unless nearly all depth is
        # missing.
        values = depth[::8, ::8]
        values = values[values > 0]
        if values.size < 64:
            values = depth[depth > 0]
        if values.size == 0:
            raise BadSampleError(f"'{name}' has no valid depth: every pixel is missing.")
        median = float(np.median(values))
        low, high = PLAUSIBLE_MEDIAN
        if low <= median <= high and values.max() >= IMPLAUSIBLE_MAXIMUM:
            return
        if not self._believed:
            raise BadSampleError(
                f"'{name}' has an implausible unit: its median depth would be {median:.4g} m and "
                f"its largest {values.max():.4g} m. Pass `depth_scale` with the right metres per "
                "unit (1 for metres)."
            )
        if not self._warned:
            self._warned = True
            warnings.warn(
                f"Depth is unusual, but used, because its unit or range was given: '{name}' has a "
                f"median of {median:.4g} m; its largest is {values.max():.4g} m.",
                stacklevel=3,
            )


REFUSE_IMPLAUSIBLE = UnitCheck()


def checked_sample(
    image: np.ndarray,
    depth: np.ndarray,
    name: str,
    intrinsics: np.ndarray | None = None,
    check_unit: UnitCheck = REFUSE_IMPLAUSIBLE,
) -> Sample:
    """A sample whose depth fits its image and could be metres.

    Depth of another size but the same shape (aspect ratios within 1 %) is brought to the image's
    size by its nearest neighbours, which invents no depth at edges or holes.

    Args:
        image: uint8 (H, W, 3) RGB.
        depth: float32 (H, W, 1) metres, 0 = missing.
        name: The sample's name, for messages.
        intrinsics: float32 (3, 3) in pixels of `image`, where known.
        check_unit: Judges the unit.

    Raises:
        BadSampleError: If the sizes do not fit, no depth is valid, or the unit is implausible.
    """
    depth = _fit(depth, image.shape[:2], name)
    check_unit(depth, name)
    sample = Sample(image=image, depth=depth, name=name)
    if intrinsics is not None:
        sample["intrinsics"] = np.asarray(intrinsics, np.float32)
    return sample


def _fit(depth: np.ndarray, size: tuple[int, int], name: str) -> np.ndarray:
    if depth.shape[:2] == size:
        return depth
    (image_height, image_width), (height, width) = size, depth.shape[:2]
    ratio = (image_width * height) / (image_height * width)
    if abs(ratio - 1.0) > ASPECT_TOLERANCE:
        raise BadSampleError(
            f"'{name}': the image is {image_height}x{image_width} (height x width) but its depth "
            f"is {height}x{width}; crop or turn one of them so that they show the same view."
        )
    import cv2  # Not above: what only parses flags need not wait for it.

    resized = cv2.resize(depth, (image_width, image_height), interpolation=cv2.INTER_NEAREST_EXACT)
    return resized[..., np.newaxis]
