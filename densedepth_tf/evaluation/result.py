"""What an evaluation found."""

import dataclasses
from typing import Any

from densedepth_tf.evaluation.protocol import Protocol


@dataclasses.dataclass(frozen=True)
class ImageScore:
    """One image's own measures.

    Attributes:
        index: Its position in the source.
        name: Its name.
        valid_pixels: Pixels that counted.
        metrics: The nine measures.
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
        seconds_per_image: Time of one forward pass per image, the median over the batches.
        num_parameters: Weights of the network, where known.
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

    @property
    def num_images(self) -> int:
        """Number of measured images."""
        return len(self.images)

    def to_json(self) -> dict[str, Any]:
        """The content of `metrics.json`."""
        return {
            "model": self.model,
            "checkpoint": self.checkpoint,
            "dataset": self.dataset,
            "num_images": self.num_images,
            "protocol": self.protocol.to_config(),
            "metrics": self.metrics,
            "skipped": [dataclasses.asdict(image) for image in self.skipped],
        }
