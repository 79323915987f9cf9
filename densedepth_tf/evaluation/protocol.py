"""Every choice between a prediction and a figure: crop, cap, alignment, mirrored averaging."""

import dataclasses
import math
from typing import Any, Literal

import numpy as np

from densedepth_tf.evaluation.alignment import blend_with_ramps, median_scale
from densedepth_tf.evaluation.crop import CROPS, Crop
from densedepth_tf.evaluation.edges import EDGE_METRIC_NAMES, edge_counts
from densedepth_tf.evaluation.metric_table import KITTI_METRIC_NAMES, METRIC_NAMES, OWN_METRICS
from densedepth_tf.evaluation.metrics import (
    ErrorSums,
    error_sums,
    valid_truth,
)
from densedepth_tf.process.wording import did_you_mean


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
        truth_beyond: Whether truth outside `min_depth..max_depth` counts, where no prediction can
            be right: `"dropped"`, or `"counted"` as in Monodepth2's own benchmark.
        missing_predictions: What a pixel without a prediction counts as: `"nearest"`, i.e.
            `min_depth`, to which official evaluations clip the zeros that stand there; or
            `"exclude"`, nothing.
        alignment: `"none"`, or `"median"`: scale each image's prediction by
            median(truth) / median(prediction).
        scale: Factor on every prediction, e.g. 5.4 for a model trained with a stereo baseline of
            0.1 instead of KITTI's 0.54 m.
        lens: `"auto"` brings predictions to the camera of each sample, where it tells it and the
            model knows the one it learnt from, see `geometry.cameras.lens`; `"ignore"` does not, as
            published figures are.
        mirrored_averaging: Average with the mirrored-back prediction of the mirrored image.
        mirrored_blend: How: `"mean"` of the two depths, or `"ramps"`, see `blend_with_ramps`.
        kitti_measures: Report those of KITTI's depth benchmark, too.
        edges: Report how well edges are found, too, see `edges.edge_counts`.
        model_range: Metres (nearest, farthest) that the model can predict; `None` where it is not
            known or, as with median alignment, not in metres.
        description: One line for the help.
    """

    name: str
    crop: Crop | None = None
    min_depth: float = 1e-3
    max_depth: float | None = None
    truth_above: float = 0.0
    truth_below: float = math.inf
    truth_beyond: Literal["dropped", "counted"] = "dropped"
    missing_predictions: Literal["nearest", "exclude"] = "nearest"
    alignment: Literal["none", "median"] = "none"
    scale: float = 1.0
    lens: Literal["ignore", "auto"] = "ignore"
    mirrored_averaging: bool = False
    mirrored_blend: Literal["mean", "ramps"] = "mean"
    kitti_measures: bool = False
    edges: bool = False
    model_range: tuple[float, float] | None = None
    description: str = ""

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(
                    f"Use {' or '.join(map(repr, choices))}. "
                    f"Received: {name}='{getattr(self, name)}'"
                )
        if not 0 < self.scale < math.inf:
            raise ValueError(f"A scale factor is a positive number. Received: {self.scale}")
        max_depth = math.inf if self.max_depth is None else self.max_depth
        if not 0 < self.min_depth < max_depth:
            raise ValueError(
                "Depth must satisfy 0 < min_depth < max_depth. "
                f"Received: min_depth={self.min_depth}, max_depth={self.max_depth}"
            )

    @property
    def metric_names(self) -> tuple[str, ...]:
        """The measures that are reported."""
        kitti = KITTI_METRIC_NAMES if self.kitti_measures else ()
        edges = EDGE_METRIC_NAMES if self.edges else ()
        return (*METRIC_NAMES, *kitti, *edges, *OWN_METRICS)

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

        Where the protocol has no largest depth, a prediction that is as far as can be counts as
        the image's farthest truth.

        Args:
            prediction: Metres, (H, W); NaN = no prediction, infinity = as far as can be.
            truth: Metres, (H, W); 0 = missing.

        Returns:
            The sums over the valid pixels within the crop; `count` is 0 if there are none.

        Raises:
            ValueError: If the shapes differ.
        """
        if prediction.shape != truth.shape:
            raise ValueError(
                "Prediction and truth differ in shape. "
                f"Received: prediction {prediction.shape}, truth {truth.shape}"
            )
        prediction, truth = self._cropped(prediction), self._cropped(truth)
        valid, beyond, with_truth = self._valid(truth)
        missing = 0
        predicted = valid
        if np.isnan(np.min(prediction)):
            predicted = valid & ~np.isnan(prediction)
            missing = int(np.count_nonzero(valid) - np.count_nonzero(predicted))
        if self.alignment == "median" and predicted.any():
            prediction = prediction * median_scale(prediction[predicted], truth[predicted])
        if not self._clips_first:
            prediction = self._clip(prediction)
        if missing and self.missing_predictions == "exclude":
            valid = predicted
        elif missing:
            prediction = np.where(np.isnan(prediction), np.float32(self.min_depth), prediction)
        unlimited = 0
        if self.max_depth is None:
            infinite = valid & np.isinf(prediction)
            unlimited = int(np.count_nonzero(infinite))
            if unlimited:
                prediction = np.where(infinite, np.max(truth[valid]), prediction)
        sums = error_sums(prediction, truth, valid)
        if self.edges:
            sums = dataclasses.replace(sums, edges=edge_counts(prediction, truth, valid))
        return dataclasses.replace(
            sums, missing=missing, beyond=beyond, unlimited=unlimited, with_truth=with_truth
        )

    def aligned(self, prediction: np.ndarray, truth: np.ndarray) -> np.ndarray:
        """The whole of a `combine`d prediction, as `compare` sees its crop; for images.

        Args:
            prediction: Metres, (H, W).
            truth: Metres, (H, W); 0 = missing.

        Returns:
            Metres, float32 (H, W).
        """
        if self.alignment == "median":
            seen, predicted = self._cropped(truth), self._cropped(prediction)
            valid = self._valid(seen)[0] & ~np.isnan(predicted)
            if not valid.any():
                return prediction
            prediction = prediction * median_scale(predicted[valid], seen[valid])
        return prediction if self._clips_first else self._clip(prediction)

    def to_config(self) -> dict[str, Any]:
        """Every choice, ready for JSON."""
        config = dataclasses.asdict(self)
        config.pop("description")
        if not self.edges:  # As records of before it could be chosen.
            config.pop("edges")
        config["crop"] = None if self.crop is None else self.crop.to_config()
        if math.isinf(self.truth_below):
            config["truth_below"] = None
        return config

    def _valid(self, truth: np.ndarray) -> tuple[np.ndarray, int, int]:
        """Where truth counts; `beyond` and `with_truth` of `ErrorSums`."""
        valid = valid_truth(truth, self.truth_above, self.truth_below)
        low, high = self.min_depth, self.max_depth
        inside = valid if self.truth_beyond == "counted" else valid & _within(truth, low, high)
        reached = inside
        if self.model_range is not None:
            reached = inside & _within(truth, *self.model_range)
        with_truth = int(np.count_nonzero(valid))
        beyond = with_truth - int(np.count_nonzero(reached))
        return inside, beyond, with_truth

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


def _within(truth: np.ndarray, low: float, high: float | None) -> np.ndarray:
    return (truth >= low) & (truth <= (math.inf if high is None else high))


_CHOICES = {
    "truth_beyond": ("dropped", "counted"),
    "missing_predictions": ("nearest", "exclude"),
    "alignment": ("none", "median"),
    "lens": ("ignore", "auto"),
    "mirrored_blend": ("mean", "ramps"),
}
_KITTI = Protocol(
    name="kitti-eigen",
    description="KITTI's Eigen split against LiDAR: 1 mm..80 m, Garg's crop",
    crop=CROPS["garg"],
    min_depth=1e-3,
    max_depth=80.0,
    truth_above=1e-3,
    truth_below=80.0,
    mirrored_blend="ramps",
    kitti_measures=True,
)
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
        kitti_measures=True,
        description="Eigen et al. 2014 on KITTI's Eigen split: LiDAR, 1 mm..80 m, Eigen's crop",
    ),
    "kitti-eigen": _KITTI,
    "kitti-eigen-improved": _KITTI.replace(
        name="kitti-eigen-improved",
        description="kitti-eigen-improved-bts by the name it had before the other came",
    ),
    "kitti-eigen-improved-bts": _KITTI.replace(
        name="kitti-eigen-improved-bts",
        description="KITTI's improved ground truth as BTS, AdaBins and later supervised papers "
        "measure: Garg's crop, truth of 1 mm..80 m",
    ),
    "kitti-eigen-improved-monodepth2": _KITTI.replace(
        name="kitti-eigen-improved-monodepth2",
        description="KITTI's improved ground truth as Monodepth2's eigen_benchmark does: the whole "
        "image, all truth however far, predictions clipped to 1 mm..80 m",
        crop=None,
        truth_above=0.0,
        truth_below=math.inf,
        truth_beyond="counted",
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
        meant = did_you_mean(name, PROTOCOLS)
        raise ValueError(f"Use one of {', '.join(PROTOCOLS)}.{meant} Received: protocol='{name}'")
    return PROTOCOLS[name]
