"""Whether predictions in files show the whole image, upright, and bringing them to its size."""

import warnings

import numpy as np

from densedepth_tf.evaluation.predictions.prediction_file import to_depth
from densedepth_tf.evaluation.predictions.sample_predictor import at_size
from densedepth_tf.files.bad_sample import BadSampleError

# Networks of 192x640 or 320x1024 stretch KITTI's 370x1226..376x1242 by up to 4 %.
SHAPE_TOLERANCE = 0.05
# Sides of what is cropped for an evaluation and never padded again, as shares of the image's:
# Eigen's and BTS' crops of NYU are .87 to .93, BTS' of KITTI .93 to .99.
CROPPED_SIDES = (0.85, 0.98)
# The same shape but for rounding sides to whole pixels.
SAME_SHAPE = 0.02


class ImageFit:
    """Takes predictions of the whole image, of any size, and tells of what may be a part of it.

    Warnings name the first that has another shape than its image, or is a little smaller, and the
    first that is not of the others' size.

    Args:
        kind: "depth" or "disparity".
    """

    def __init__(self, kind: str):
        self._kind = kind
        self._warned = self._differed = False
        self._first: tuple[tuple[int, int], float] | None = None

    def __call__(self, values: np.ndarray, size: tuple[int, int], name: str) -> np.ndarray:
        """A prediction as depth; disparities are brought to the image's size beforehand.

        Args:
            values: float32 (h, w) as `prediction_file.meaning` gives it: metres, or 1 / metres.
            size: The image's (H, W).
            name: What to call the prediction in messages.

        Returns:
            Metres, float32: (h, w), of disparities (H, W).

        Raises:
            BadSampleError: If the prediction lies on its side.
        """
        (height, width), (full_height, full_width) = values.shape, size
        shape = width * full_height / (height * full_width)
        turned = height * full_height / (width * full_width)
        if abs(turned - 1) < SAME_SHAPE < abs(shape - 1):
            raise BadSampleError(
                f"'{name}' lies on its side: it is {height}x{width} (height x width), its image "
                f"{full_height}x{full_width}. Save it upright, as the image is shown, rows first."
            )
        sides = sorted((height / full_height, width / full_width))
        is_cropped = CROPPED_SIDES[0] < sides[0] < CROPPED_SIDES[1] and sides[1] <= 1
        if not self._warned and (is_cropped or abs(shape - 1) > SHAPE_TOLERANCE):
            self._warned = True
            warnings.warn(
                f"Predictions are stretched to their images: '{name}' is {height}x{width} "
                f"(height x width), its image {full_height}x{full_width}. If predictions show a "
                "part of it only, pad them to its size with 0.",
                stacklevel=2,
            )
        self._compare_with_first(values.shape, sides[0], name)
        return to_depth(at_size(values, size)) if self._kind == "disparity" else values

    def _compare_with_first(self, shape: tuple[int, int], share: float, name: str) -> None:
        """Networks predict at one size, or at a fixed share of the image's."""
        first, first_share = self._first = self._first or (shape, share)
        if self._differed or shape == first or abs(share / first_share - 1) < SHAPE_TOLERANCE:
            return
        self._differed = True
        warnings.warn(
            f"Predictions differ in size: '{name}' is {shape[0]}x{shape[1]} (height x width), the "
            f"first was {first[0]}x{first[1]}. Are all of them one model's?",
            stacklevel=3,
        )
