"""How well the edges of depth are found: their precision, recall and F1."""

import dataclasses

import cv2
import numpy as np

# Metres: a Sobel magnitude above one makes a pixel an edge.
EDGE_LIMITS = (0.25, 0.5, 1.0)
_MEASURES = ("precision", "recall", "f1")
EDGE_METRIC_NAMES = tuple(
    f"edge_{measure}_{limit:g}" for limit in EDGE_LIMITS for measure in _MEASURES
)


@dataclasses.dataclass(frozen=True)
class EdgeCounts:
    """Edge pixels of one image, or of many: `a + b` pools their pixels.

    Attributes:
        predicted: Pixels that are edges of the prediction, for each of `EDGE_LIMITS`.
        true: Pixels that are edges of the truth.
        both: Pixels that are edges of both.
    """

    predicted: tuple[int, ...] = (0,) * len(EDGE_LIMITS)
    true: tuple[int, ...] = (0,) * len(EDGE_LIMITS)
    both: tuple[int, ...] = (0,) * len(EDGE_LIMITS)

    def __add__(self, other: "EdgeCounts") -> "EdgeCounts":
        mine, theirs = dataclasses.astuple(self), dataclasses.astuple(other)
        return EdgeCounts(*(_added(a, b) for a, b in zip(mine, theirs, strict=True)))

    def metrics(self) -> dict[str, float]:
        """Precision, recall and F1 by name, e.g. `edge_f1_0.25`.

        - `edge_precision_*`: both / predicted, 0 where no edge is predicted
        - `edge_recall_*`: both / true
        - `edge_f1_*`: their harmonic mean, 2 both / (predicted + true)

        A threshold that the truth has no edge above has no measures.
        """
        measures: dict[str, float] = {}
        counts = zip(EDGE_LIMITS, self.predicted, self.true, self.both, strict=True)
        for limit, predicted, true, both in counts:
            if true:
                measures[f"edge_precision_{limit:g}"] = both / max(predicted, 1)
                measures[f"edge_recall_{limit:g}"] = both / true
                measures[f"edge_f1_{limit:g}"] = 2 * both / (predicted + true)
        return measures


NO_EDGES = EdgeCounts()


def edge_counts(
    prediction: np.ndarray, truth: np.ndarray, valid: np.ndarray | None = None
) -> EdgeCounts:
    """Counts where a prediction and its truth have edges, pixel by pixel.

    As Hu et al. 2019, "Revisiting Single Image Depth Estimation", section 4.1: a pixel is an edge
    above a threshold t if sqrt(gx^2 + gy^2) > t, with gx and gy the responses of the 3x3 Sobel
    filters (weights 1, 2, 1 and -1, 0, 1, not divided by anything) to depth in metres. So a step
    of h metres across one row or column answers with 4 h. An edge must be found at its very pixel.
    The paper measures maps of 228x304; larger maps have smaller steps from pixel to pixel and
    thinner edges, so figures of different sizes do not compare.

    Pixels count whose whole 3x3 neighbourhood is valid; a hole's outline is no edge, and neither is
    the image's border.

    Args:
        prediction: Metres, float (H, W).
        truth: Metres, float (H, W); 0 = missing.
        valid: bool (H, W), where the comparison counts; None takes every positive finite truth.

    Returns:
        The counts for each of `EDGE_LIMITS`.

    Raises:
        ValueError: If the shapes differ or are no maps.
    """
    if prediction.shape != truth.shape or truth.ndim != 2:
        raise ValueError(
            "Edges are found in two maps (H, W) of one size. "
            f"Received: prediction {prediction.shape}, truth {truth.shape}"
        )
    if valid is None:
        valid = (truth > 0) & np.isfinite(truth)
    around = cv2.erode(
        valid.astype(np.uint8),
        np.ones((3, 3), np.uint8),
        borderType=cv2.BORDER_CONSTANT,
        borderValue=(0,),
    )
    counts = around.astype(bool)
    predicted, true = _steepness(prediction)[counts], _steepness(truth)[counts]
    edges = [(predicted > limit, true > limit) for limit in EDGE_LIMITS]
    return EdgeCounts(
        tuple(int(np.count_nonzero(mine)) for mine, _ in edges),
        tuple(int(np.count_nonzero(theirs)) for _, theirs in edges),
        tuple(int(np.count_nonzero(mine & theirs)) for mine, theirs in edges),
    )


def _steepness(depth: np.ndarray) -> np.ndarray:
    depth = depth.astype(np.float32, copy=False)
    across = cv2.Sobel(depth, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(depth, cv2.CV_32F, 0, 1, ksize=3)
    return cv2.magnitude(across, down)


def _added(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(one, other, strict=True))
