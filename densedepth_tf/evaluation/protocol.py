"""Every choice between a prediction and a figure: crop, cap, alignment, mirrored averaging."""

import dataclasses
import math
from typing import Any, Literal

import numpy as np

from densedepth_tf.evaluation.crop import CROPS, Crop
from densedepth_tf.evaluation.metrics import ErrorSums, error_sums, valid_truth


@dataclasses.dataclass(frozen=True)
class Protocol:
    """How predictions become figures.

    The order of the steps is that of the official DenseDepth evaluation: each prediction is
    clipped, the mirrored one is averaged in, both are cropped. With median alignment or ramps
    the clipping comes last instead, as a prediction without scale cannot be capped.

    Attributes:
        name: Its name on the command line.
        crop: The part that counts; `None` for all of it.
        min_depth: Metres the prediction is clipped to from below.
        max_depth: Metres the prediction is clipped to from above; `None` is the model's own.
        truth_above: Truth counts above this many metres.
        truth_below: Truth counts below this many metres.
        alignment: `"none"`, or `"median"`: scale each image's prediction by
            median(truth) / median(prediction).
        scale: Factor on every prediction, e.g. 5.4 for a model trained with a stereo baseline of
            0.1 instead of KITTI's 0.54 m.
        mirrored_averaging: Average with the mirrored-back prediction of the mirrored image.
        mirrored_blend: How: `"mean"` of the two depths, or `"ramps"`, see `blend_with_ramps`.
        description: One line for `--help`.
    """

    name: str
    crop: Crop | None = None
    min_depth: float = 1e-3
    max_depth: float | None = None
    truth_above: float = 0.0
    truth_below: float = math.inf
    alignment: Literal["none", "median"] = "none"
    scale: float = 1.0
    mirrored_averaging: bool = False
    mirrored_blend: Literal["mean", "ramps"] = "mean"
    description: str = ""

    def __post_init__(self) -> None:
        if self.alignment not in ("none", "median"):
            raise ValueError(f"Use 'none' or 'median'. Received: alignment='{self.alignment}'")
        if self.mirrored_blend not in ("mean", "ramps"):
            raise ValueError(
                f"Use 'mean' or 'ramps'. Received: mirrored_blend='{self.mirrored_blend}'"
            )
        if not 0 < self.scale < math.inf:
            raise ValueError(f"A scale factor is a positive number. Received: {self.scale}")
        max_depth = math.inf if self.max_depth is None else self.max_depth
        if not 0 < self.min_depth < max_depth:
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
        prediction = self._prepare(prediction)
        if mirrored is None:
            return prediction
        mirrored = self._prepare(mirrored)[..., ::-1]
        if self.mirrored_blend == "ramps":
            return blend_with_ramps(prediction, mirrored)
        # What was clipped is a copy, which may hold the sum.
        total = np.add(prediction, mirrored, out=prediction if self._clips_first else None)
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
            prediction = prediction * median_scale(prediction[valid], truth[valid])
        if not self._clips_first:
            prediction = self._clip(prediction)
        return error_sums(prediction, truth, valid)

    def aligned(self, prediction: np.ndarray, truth: np.ndarray) -> np.ndarray:
        """The whole of a `combine`d prediction, as `compare` sees its crop; for pictures.

        Args:
            prediction: Metres, (H, W).
            truth: Metres, (H, W); 0 = missing.

        Returns:
            Metres, float32 (H, W).
        """
        if self.alignment == "median":
            seen = self._cropped(truth)
            valid = valid_truth(seen, self.truth_above, self.truth_below)
            if not valid.any():
                return prediction
            factor = median_scale(self._cropped(prediction)[valid], seen[valid])
            prediction = prediction * factor
        return prediction if self._clips_first else self._clip(prediction)

    def to_config(self) -> dict[str, Any]:
        """Every choice, ready for JSON."""
        config = dataclasses.asdict(self)
        config.pop("description")
        if math.isinf(self.truth_below):
            config["truth_below"] = None
        return config

    def _cropped(self, depth: np.ndarray) -> np.ndarray:
        return depth if self.crop is None else depth[self.crop.slices(*depth.shape)]

    @property
    def _clips_first(self) -> bool:
        return self.alignment == "none" and self.mirrored_blend == "mean"

    def _prepare(self, prediction: np.ndarray) -> np.ndarray:
        if self.scale != 1:
            prediction = prediction * np.float32(self.scale)
        return self._clip(prediction) if self._clips_first else prediction

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


def blend_with_ramps(prediction: np.ndarray, mirrored: np.ndarray) -> np.ndarray:
    """Blends two predictions of one image, made from it and from its mirrored self.

    Godard et al. 2017, section 4: near the left border the mirrored one is taken, near the right
    border the other, each over 5 % of the width with a ramp over the next 5 %; in between, their
    mean. What is blended is inverse depth, which networks of this kind predict.

    Args:
        prediction: Depth, float32 (..., H, W).
        mirrored: Depth from the mirrored image, mirrored back.

    Returns:
        Depth, float32 (..., H, W).
    """
    across = np.linspace(0, 1, prediction.shape[-1], dtype=np.float32)
    left = 1 - np.clip(20 * (across - 0.05), 0, 1)
    right = left[::-1]
    first, second = (1 / np.maximum(depth, np.float32(1e-6)) for depth in (prediction, mirrored))
    return 1 / (right * first + left * second + (1 - left - right) * 0.5 * (first + second))


_KITTI = {
    "crop": CROPS["garg"],
    "min_depth": 1e-3,
    "max_depth": 80.0,
    "truth_above": 1e-3,
    "truth_below": 80.0,
    "mirrored_blend": "ramps",
}
PROTOCOLS: dict[str, Protocol] = {
    "nyu": Protocol(
        name="nyu",
        crop=CROPS["nyu"],
        min_depth=0.1,
        max_depth=10.0,
        mirrored_averaging=True,
        description="DenseDepth's on NYU: 0.1..10 m, mirrored averaging, Eigen's crop",
    ),
    "eigen-nyu": Protocol(
        name="eigen-nyu",
        crop=CROPS["nyu"],
        min_depth=0.1,
        max_depth=10.0,
        description="Eigen et al. 2014 on NYU: 0.1..10 m, Eigen's crop, one prediction an image",
    ),
    "eigen-kitti": Protocol(
        name="eigen-kitti",
        crop=CROPS["eigen"],
        min_depth=1e-3,
        max_depth=80.0,
        truth_above=1e-3,
        truth_below=80.0,
        description="Eigen et al. 2014 on KITTI's Eigen split: LiDAR, 1 mm..80 m, Eigen's crop",
    ),
    "kitti-eigen": Protocol(
        name="kitti-eigen",
        description="KITTI's Eigen split against LiDAR: 1 mm..80 m, Garg's crop",
        **_KITTI,
    ),
    "kitti-eigen-improved": Protocol(
        name="kitti-eigen-improved",
        description="the same against KITTI's improved ground truth",
        **_KITTI,
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
