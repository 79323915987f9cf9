"""What an evaluation found."""

import dataclasses
import statistics
from typing import Any

from densedepth_tf.evaluation.protocol import Protocol


@dataclasses.dataclass(frozen=True)
class ImageScore:
    """One image's own measures.

    Attributes:
        index: Its position in the source.
        name: Its name.
        valid_pixels: Pixels that counted.
        metrics: Its measures by name, see `metrics.METRIC_NAMES`.
    """

    index: int
    name: str
    valid_pixels: int
    metrics: dict[str, float]


@dataclasses.dataclass(frozen=True)
class SkippedImage:
    """One image that could not be measured.

    Attributes:
        name: Its name.
        reason: What was wrong.
    """

    name: str
    reason: str


@dataclasses.dataclass(frozen=True)
class PixelCount:
    """Pixels of one kind, and the images they are in.

    Attributes:
        images: Images with at least one of them.
        pixels: How many there are in all.
    """

    images: int = 0
    pixels: int = 0

    @classmethod
    def of_image(cls, pixels: int) -> "PixelCount":
        """The count of one image."""
        return cls(int(pixels > 0), pixels)

    def __add__(self, other: "PixelCount") -> "PixelCount":
        return PixelCount(self.images + other.images, self.pixels + other.pixels)


@dataclasses.dataclass(frozen=True)
class LensEffect:
    """What the cameras of the images ask of predictions, whether or not the protocol does it.

    Attributes:
        images: How many tell their camera, to a model that knows the one it learnt from.
        factor: The median of what their depth is multiplied by; None if there are none.
    """

    images: int = 0
    factor: float | None = None

    @classmethod
    def of(cls, factors: list[float]) -> "LensEffect":
        """The effect of the images' factors."""
        return cls(len(factors), statistics.median(factors)) if factors else cls()


@dataclasses.dataclass(frozen=True)
class TrainingOverlap:
    """How many of the measured images the model knows from its training.

    Attributes:
        origin: "known"; "partly known", where the weights began as those of a model whose training
            data are not; or "unknown".
        trained_on: Images that it learned from, its neighbours included.
        neighbours: Those among them that were neighbours of others only.
        validated_on: Images that chose its best epoch and that it did not learn from.
        unknown: The model whose training data are not known, if "partly known".
    """

    origin: str = "unknown"
    trained_on: int = 0
    neighbours: int = 0
    validated_on: int = 0
    unknown: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Counts are None where nothing is known."""
        known = self.origin != "unknown"
        return {
            "origin": self.origin,
            "trained_on": self.trained_on if known else None,
            "as_neighbours_only": self.neighbours if known else None,
            "validated_on": self.validated_on if known else None,
            "weights_began_as": self.unknown,
        }


@dataclasses.dataclass(frozen=True)
class EvaluationResult:
    """Figures of one model on one data set.

    Attributes:
        model: The model's name.
        checkpoint: Where it was loaded from; `None` if it was not.
        dataset: The source's title, e.g. `nyu/test`.
        protocol: Every choice behind the figures.
        metrics: `{"per_image": {...}, "pooled": {...}}`.
        images: One score per measured image, in the source's order.
        skipped: Images left out.
        seconds_per_image: Time of one forward pass per image, the median over the batches but
            the first of each size, which compile.
        num_parameters: Weights of the network, where known.
        missing_predictions: Pixels with a truth that counts but without a prediction.
        truth_beyond_range: Pixels whose truth no prediction can reach, within crop and truth's
            limits: beyond the protocol's range or the model's.
        unlimited_predictions: Pixels predicted as far as can be where the protocol does not say
            how far that is; each counts as its image's farthest truth.
        pixels_with_truth: Pixels that could count, those two kinds included.
        scale_to_truth: What would bring predictions to the truth: the median over images of the
            geometric mean of truth / prediction.
        relative: Whether the prediction is a relative depth that nothing brought to metres.
        overlap: How many of the images the model's training has seen.
        lens: What the images' cameras ask of the predictions; `protocol.lens` says whether it is
            done.
    """

    model: str
    checkpoint: str | None
    dataset: str
    protocol: Protocol
    metrics: dict[str, dict[str, float]]
    images: list[ImageScore]
    skipped: list[SkippedImage]
    seconds_per_image: float
    num_parameters: int | None = None
    missing_predictions: PixelCount = PixelCount()
    truth_beyond_range: PixelCount = PixelCount()
    unlimited_predictions: PixelCount = PixelCount()
    pixels_with_truth: int = 0
    scale_to_truth: float = 1.0
    relative: bool = False
    overlap: TrainingOverlap = TrainingOverlap()
    lens: LensEffect = LensEffect()

    @property
    def num_images(self) -> int:
        """Number of measured images."""
        return len(self.images)

    @property
    def unit(self) -> str:
        """`"m"`, or nothing where the prediction's unit is not known."""
        return "" if self.relative else "m"

    def to_json(self) -> dict[str, Any]:
        """The content of `metrics.json`."""
        return {
            "model": self.model,
            "checkpoint": self.checkpoint,
            "dataset": self.dataset,
            "num_images": self.num_images,
            "protocol": self.protocol.to_config(),
            "metrics": self.metrics,
            "depth_unit": self.unit or None,
            "lens": {"rule": self.protocol.lens, **dataclasses.asdict(self.lens)},
            "training_data": self.overlap.to_json(),
            "missing_predictions": dataclasses.asdict(self.missing_predictions),
            "unlimited_predictions": dataclasses.asdict(self.unlimited_predictions),
            "truth_beyond_range": {
                **dataclasses.asdict(self.truth_beyond_range),
                "share": self.share(self.truth_beyond_range),
            },
            "skipped": [dataclasses.asdict(image) for image in self.skipped],
        }

    def share(self, count: PixelCount) -> float:
        """A count's share of the pixels with truth, 0..1."""
        return count.pixels / self.pixels_with_truth if self.pixels_with_truth else 0.0
