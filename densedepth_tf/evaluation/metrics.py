"""Error measures of depth, summed per image so that they stream in constant memory."""

import dataclasses
import math
from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from densedepth_tf.evaluation.edges import EDGE_METRIC_NAMES, NO_EDGES, EdgeCounts
from densedepth_tf.evaluation.metric_table import METRIC_NAMES, OWN_METRICS, own_sums

_LIMITS = (1.25, 1.25**2, 1.25**3)
# Pixels worked on at once: what is computed of them stays in a core's cache.
_BLOCK = 2**15


@dataclasses.dataclass(frozen=True)
class ErrorSums:
    """Sums over the valid pixels of one image, or of many: `a + b` pools their pixels.

    Attributes:
        count: Valid pixels.
        within: Pixels whose ratio to the truth is below 1.25, 1.25^2 and 1.25^3.
        relative: Sum of |d - d*| / d*.
        squared_relative: Sum of (d - d*)^2 / d*.
        squared: Sum of (d - d*)^2.
        absolute_log: Sum of |ln d - ln d*|.
        log_mean: Mean of ln d - ln d*.
        log_spread: Sum of the squared distances of ln d - ln d* from `log_mean`. Keeping it
            instead of the sum of squares loses no digits where all pixels err by one factor.
        own_log_spread: The same, but from the mean of each pixel's own image.
        relative_squared: Sum of ((d - d*) / d*)^2.
        inverse_squared: Sum of (1 / d - 1 / d*)^2.
        own: Sum of each measure of one's own, see `register_metric`.
        missing: Pixels that have a truth that counts, but no prediction.
        beyond: Pixels whose truth lies where no prediction can.
        unlimited: Pixels predicted as far as can be, under a protocol without a largest depth.
        with_truth: Pixels that would count if all of them could be measured.
        edges: Pixels on edges, where they are asked for.
    """

    count: int = 0
    within: tuple[int, ...] = (0, 0, 0)
    relative: float = 0.0
    squared_relative: float = 0.0
    squared: float = 0.0
    absolute_log: float = 0.0
    log_mean: float = 0.0
    log_spread: float = 0.0
    own_log_spread: float = 0.0
    relative_squared: float = 0.0
    inverse_squared: float = 0.0
    own: Mapping[str, float] = dataclasses.field(default_factory=dict)
    missing: int = 0
    beyond: int = 0
    unlimited: int = 0
    with_truth: int = 0
    edges: EdgeCounts = NO_EDGES

    def __add__(self, other: "ErrorSums") -> "ErrorSums":
        count = self.count + other.count
        unmeasured = ErrorSums(
            missing=self.missing + other.missing,
            beyond=self.beyond + other.beyond,
            unlimited=self.unlimited + other.unlimited,
            with_truth=self.with_truth + other.with_truth,
            edges=self.edges + other.edges,
        )
        if count == 0:
            return unmeasured
        # The two groups' means and spreads are joined as by Chan, Golub and LeVeque (1979).
        apart = other.log_mean - self.log_mean
        return dataclasses.replace(
            unmeasured,
            count=count,
            within=tuple(a + b for a, b in zip(self.within, other.within, strict=True)),
            relative=self.relative + other.relative,
            squared_relative=self.squared_relative + other.squared_relative,
            squared=self.squared + other.squared,
            absolute_log=self.absolute_log + other.absolute_log,
            log_mean=self.log_mean + apart * other.count / count,
            log_spread=self.log_spread
            + other.log_spread
            + apart**2 * self.count * other.count / count,
            own_log_spread=self.own_log_spread + other.own_log_spread,
            relative_squared=self.relative_squared + other.relative_squared,
            inverse_squared=self.inverse_squared + other.inverse_squared,
            own={
                name: self.own.get(name, 0.0) + other.own.get(name, 0.0)
                for name in (*self.own, *(other.own.keys() - self.own.keys()))
            },
        )

    def metrics(self, names: Sequence[str] = METRIC_NAMES) -> dict[str, float]:
        """The measures over these pixels, with d the prediction and d* the truth.

        - `delta1..3`: share of pixels with max(d / d*, d* / d) < 1.25^k
        - `abs_rel`: mean |d - d*| / d*;  `sq_rel`: mean (d - d*)^2 / d*, metres
        - `rmse`: sqrt(mean (d - d*)^2), metres;  `rmse_log`: sqrt(mean (ln d - ln d*)^2)
        - `si_rmse_log`: sqrt(mean (ln d - ln d* + a)^2), where a, the same for all pixels of an
          image, makes it smallest (Eigen et al. 2014, equation 1)
        - `log10`: mean |log10 d - log10 d*|
        - `silog`: 100 sqrt(mean e^2 - (mean e)^2) with e = ln d - ln d*, as KITTI's benchmark
          reports it; blind to a factor common to all pixels. Of one image it is 100 times
          `si_rmse_log`; pooled over images it forgives one factor for all of them
        - `irmse`: 1000 sqrt(mean (1 / d - 1 / d*)^2), 1/km, and `sq_error_rel`:
          100 mean ((d - d*) / d*)^2, percent, as KITTI's development kit defines them; the
          latter divides by d*^2, where `sq_rel` divides by d*
        - `edge_precision_*`, `edge_recall_*`, `edge_f1_*`: see `EdgeCounts.metrics`

        Args:
            names: Those that are wanted; without a word the ten of `METRIC_NAMES`.

        Returns:
            The measures by name; without those of edges where the truth has none.

        Raises:
            ValueError: If there is no pixel.
        """
        if self.count == 0:
            raise ValueError("No valid pixel to measure. Received: count=0")
        variance = self.log_spread / self.count
        measures = {
            "delta1": self.within[0] / self.count,
            "delta2": self.within[1] / self.count,
            "delta3": self.within[2] / self.count,
            "abs_rel": self.relative / self.count,
            "sq_rel": self.squared_relative / self.count,
            "rmse": math.sqrt(self.squared / self.count),
            "rmse_log": math.sqrt(variance + self.log_mean**2),
            "si_rmse_log": math.sqrt(self.own_log_spread / self.count),
            "log10": self.absolute_log / self.count / math.log(10),
            "silog": 100 * math.sqrt(variance),
            "irmse": 1000 * math.sqrt(self.inverse_squared / self.count),
            "sq_error_rel": 100 * self.relative_squared / self.count,
            **self.edges.metrics(),
        }
        for name, total in self.own.items():
            measures[name] = OWN_METRICS[name].finish(total / self.count)
        wanted = [name for name in names if name in measures or name not in EDGE_METRIC_NAMES]
        return {name: measures[name] for name in wanted}


def valid_truth(truth: np.ndarray, above: float = 0.0, below: float = math.inf) -> np.ndarray:
    """Where the truth counts: finite, above `above` and below `below` metres; bool like `truth`."""
    return (truth > above) & (truth < below)


def error_sums(
    prediction: np.ndarray, truth: np.ndarray, valid: np.ndarray | None = None
) -> ErrorSums:
    """Compares one image's prediction with its truth.

    Element-wise work is done in float32, every sum in float64.

    Args:
        prediction: Metres, positive where the truth is valid.
        truth: Metres, of the same shape; 0 = missing.
        valid: bool, of the same shape; `None` takes every positive finite truth.

    Raises:
        ValueError: If the shapes differ, or a prediction is not a positive number where the
            truth is valid.
    """
    if prediction.shape != truth.shape:
        raise ValueError(
            "Prediction and truth differ in shape. "
            f"Received: prediction {prediction.shape}, truth {truth.shape}"
        )
    if valid is None:
        valid = valid_truth(truth)
    count = int(np.count_nonzero(valid))
    if count == 0:
        return ErrorSums()
    if count < truth.size:
        prediction, truth = prediction[valid], truth[valid]
    prediction = prediction.astype(np.float32, copy=False).ravel()
    truth = truth.astype(np.float32, copy=False).ravel()
    # Written so that NaN fails it too.
    if not (prediction.min() > 0 and prediction.max() < math.inf):
        raise ValueError("A prediction is not a positive, finite depth")

    sums = ErrorSums()
    for start in range(0, count, _BLOCK):
        block = slice(start, start + _BLOCK)
        sums += _block_sums(prediction[block], truth[block])
    return dataclasses.replace(sums, own_log_spread=sums.log_spread)


def _block_sums(prediction: np.ndarray, truth: np.ndarray) -> ErrorSums:
    """All sums but `own_log_spread`, over float32 (n,) of valid pixels; OpenCV sums in float64."""
    count = truth.size
    own = own_sums(prediction, truth)
    ratio = prediction / truth
    factor = np.divide(truth, prediction)
    np.maximum(factor, ratio, out=factor)
    within = tuple(int(np.count_nonzero(factor < limit)) for limit in _LIMITS)
    log_ratio = np.log(ratio, out=ratio)
    log_mean = cv2.sumElems(log_ratio)[0] / count
    absolute_log = cv2.norm(log_ratio, cv2.NORM_L1)
    log_ratio -= np.float32(log_mean)
    # What rounding the mean to float32 left in it is taken back.
    log_spread = cv2.norm(log_ratio, cv2.NORM_L2SQR) - cv2.sumElems(log_ratio)[0] ** 2 / count
    difference = np.subtract(prediction, truth, out=ratio)
    relative = np.divide(difference, truth, out=factor)
    relative_sum = cv2.norm(relative, cv2.NORM_L1)
    relative_squared = cv2.norm(relative, cv2.NORM_L2SQR)
    squared_relative = cv2.sumElems(cv2.multiply(difference, relative, dtype=cv2.CV_64F))[0]
    # (d - d*) / (d* d) is 1 / d* - 1 / d without the digits that subtracting costs.
    inverse = np.divide(relative, prediction, out=relative)
    return ErrorSums(
        count=count,
        within=within,
        relative=relative_sum,
        squared_relative=squared_relative,
        squared=cv2.norm(difference, cv2.NORM_L2SQR),
        absolute_log=absolute_log,
        log_mean=log_mean,
        log_spread=max(0.0, log_spread),
        relative_squared=relative_squared,
        inverse_squared=cv2.norm(inverse, cv2.NORM_L2SQR),
        own=own,
    )


class MetricsAccumulator:
    """Both ways to average over images, in constant memory.

    Published figures differ in the way they average and seldom say which: `per_image` is the
    mean of each image's measure, `pooled` is the measure over the pixels of all images. Where an
    image has no measure of edges, the mean is that of the others.

    Args:
        names: The measures, see `ErrorSums.metrics`.
    """

    def __init__(self, names: Sequence[str] = METRIC_NAMES) -> None:
        self.num_images = 0
        self._names = tuple(names)
        self._pooled = ErrorSums()
        self._totals = dict.fromkeys(self._names, 0.0)
        self._counts = dict.fromkeys(self._names, 0)

    def add(self, sums: ErrorSums) -> dict[str, float]:
        """Adds one image and returns its own measures.

        Raises:
            ValueError: If the image has no valid pixel.
        """
        metrics = sums.metrics(self._names)
        self.num_images += 1
        self._pooled += sums
        for name, value in metrics.items():
            self._totals[name] += value
            self._counts[name] += 1
        return metrics

    def result(self) -> dict[str, dict[str, float]]:
        """`{"per_image": {...}, "pooled": {...}}`.

        Raises:
            ValueError: If no image was added.
        """
        pooled = self._pooled.metrics(self._names)
        per_image = {name: self._totals[name] / self._counts[name] for name in pooled}
        return {"per_image": per_image, "pooled": pooled}
