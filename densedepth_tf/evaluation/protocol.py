"""Every choice between a prediction and a figure: crop, cap, alignment, mirrored averaging."""

import dataclasses
import math
from typing import Any, Literal

import numpy as np

from densedepth_tf.evaluation.metrics import ErrorSums, error_sums, valid_truth


@dataclasses.dataclass(frozen=True)
class Crop:
    """The part of the truth that counts, as fractions of its size; the ends are exclusive.

    Attributes:
        top: First row / height.
        bottom: (Last row + 1) / height.
        left: First column / width.
        right: (Last column + 1) / width.
    """

    top: float
    bottom: float
    left: float
    right: float

    @classmethod
    def of_pixels(cls, rows: tuple[int, int], columns: tuple[int, int], size: tuple[int, int]):
        """The crop of `rows` and `columns`, ends inclusive, of an image of `size` (H, W)."""
        height, width = size
        return cls(
            rows[0] / height, (rows[1] + 1) / height, columns[0] / width, (columns[1] + 1) / width
        )

    def slices(self, height: int, width: int) -> tuple[slice, slice]:
        """Rows and columns of an image of this size; fractions of a pixel are cut off."""
        ends = (
            self.top * height,
            self.bottom * height,
            self.left * width,
            self.right * width,
        )
        top, bottom, left, right = (math.floor(end + 1e-6) for end in ends)
        return slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1))


@dataclasses.dataclass(frozen=True)
class Protocol:
    """How predictions become figures.

    The order of the steps is that of the official DenseDepth evaluation: each prediction is
    clipped, the mirrored one is averaged in, both are cropped. With median alignment the
    clipping comes after the scaling instead, as a prediction without scale cannot be capped.

    Attributes:
        name: Its name on the command line.
        crop: The part that counts; `None` for all of it.
        min_depth: Metres the prediction is clipped to from below.
        max_depth: Metres the prediction is clipped to from above; `None` is the model's own.
        truth_above: Truth counts above this many metres.
        truth_below: Truth counts below this many metres.
        alignment: `"none"`, or `"median"`: scale each image's prediction by
            median(truth) / median(prediction).
        mirrored_averaging: Average with the mirrored-back prediction of the mirrored image.
        description: One line for `--help`.
    """

    name: str
    crop: Crop | None = None
    min_depth: float = 1e-3
    max_depth: float | None = None
    truth_above: float = 0.0
    truth_below: float = math.inf
    alignment: Literal["none", "median"] = "none"
    mirrored_averaging: bool = False
    description: str = ""

    def __post_init__(self) -> None:
        if self.alignment not in ("none", "median"):
            raise ValueError(f"Use 'none' or 'median'. Received: alignment='{self.alignment}'")
        if self.min_depth <= 0 or (self.max_depth or math.inf) <= self.min_depth:
            raise ValueError(
                "Depth must satisfy 0 < min_depth < max_depth. "
                f"Received: min_depth={self.min_depth}, max_depth={self.max_depth}"
            )

    def replace(self, **changes: Any) -> "Protocol":
        """A copy with some choices changed."""
        return dataclasses.replace(self, **changes)

    def combine(self, prediction: np.ndarray, mirrored: np.ndarray | None = None) -> np.ndarray:
        """Clips a prediction and averages it with the mirrored image's.

        Args:
            prediction: Metres, float32 (..., H, W).
            mirrored: The prediction of the mirrored image, not mirrored back; `None` for none.

        Returns:
            Metres, float32 (..., H, W).
        """
        prediction = self._clip_before(prediction)
        if mirrored is None:
            return prediction
        total = prediction + self._clip_before(mirrored)[..., ::-1]
        total *= np.float32(0.5)
        return total

    def compare(self, prediction: np.ndarray, truth: np.ndarray) -> ErrorSums:
        """Compares one image's `combine`d prediction with its truth.

        Args:
            prediction: Metres, (H, W).
            truth: Metres, (H, W); 0 = missing.

        Returns:
            The sums over the valid pixels within the crop; `count` is 0 if there are none.

        Raises:
            ValueError: If the shapes differ or a prediction is not a finite number.
        """
        prediction, truth = self._cropped(prediction), self._cropped(truth)
        valid = valid_truth(truth, self.truth_above, self.truth_below)
        if self.alignment == "median" and valid.any():
            prediction = self._clip(prediction * median_scale(prediction[valid], truth[valid]))
        return error_sums(prediction, truth, valid)

    def aligned(self, prediction: np.ndarray, truth: np.ndarray) -> np.ndarray:
        """The whole of a `combine`d prediction, as `compare` sees its crop; for pictures.

        Args:
            prediction: Metres, (H, W).
            truth: Metres, (H, W); 0 = missing.

        Returns:
            Metres, float32 (H, W).
        """
        if self.alignment == "none":
            return prediction
        seen = self._cropped(truth)
        valid = valid_truth(seen, self.truth_above, self.truth_below)
        if not valid.any():
            return prediction
        return self._clip(prediction * median_scale(self._cropped(prediction)[valid], seen[valid]))

    def to_config(self) -> dict[str, Any]:
        """Every choice, ready for JSON."""
        config = dataclasses.asdict(self)
        config.pop("description")
        if math.isinf(self.truth_below):
            config["truth_below"] = None
        return config

    def _cropped(self, depth: np.ndarray) -> np.ndarray:
        return depth if self.crop is None else depth[self.crop.slices(*depth.shape)]

    def _clip_before(self, prediction: np.ndarray) -> np.ndarray:
        return self._clip(prediction) if self.alignment == "none" else prediction

    def _clip(self, prediction: np.ndarray) -> np.ndarray:
        return np.clip(prediction, self.min_depth, self.max_depth)


def median_scale(prediction: np.ndarray, truth: np.ndarray) -> np.float32:
    """The factor median(truth) / median(prediction) that takes a prediction to the truth's scale.

    Args:
        prediction: Depth at the valid pixels, any unit.
        truth: Metres at the valid pixels.

    Raises:
        ValueError: If the prediction's median is not a positive number.
    """
    middle = np.median(prediction)
    if not 0 < middle < math.inf:
        raise ValueError(f"A prediction cannot be scaled. Received: median {middle} m")
    return np.float32(np.median(truth) / middle)


PROTOCOLS: dict[str, Protocol] = {
    "nyu": Protocol(
        name="nyu",
        crop=Crop.of_pixels(rows=(20, 459), columns=(24, 615), size=(480, 640)),
        min_depth=0.1,
        max_depth=10.0,
        mirrored_averaging=True,
        description="DenseDepth's on NYU: 0.1..10 m, mirrored averaging, Eigen's crop",
    ),
    "full": Protocol(
        name="full",
        description="every pixel, 1 mm up to the model's largest depth, no averaging",
    ),
}


def get_protocol(name: str) -> Protocol:
    """Looks a protocol up by name.

    Raises:
        ValueError: If there is none of that name.
    """
    if name not in PROTOCOLS:
        raise ValueError(f"Use one of {', '.join(PROTOCOLS)}. Received: protocol='{name}'")
    return PROTOCOLS[name]
