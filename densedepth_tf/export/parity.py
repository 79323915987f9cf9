"""Whether an exported artefact computes what the model it came from computes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from densedepth_tf.geometry.depth_predictor import DepthPredictor

# Largest relative difference of any pixel's depth, for the precisions that must not change it.
BOUNDS = {"float32": 1e-4, "float16": 1e-2}
# One is no multiple of the network's stride; one has more columns than bfloat16 can count.
ODD_SIZES = ((64, 96), (75, 101), (160, 301))


class ParityError(ValueError):
    """An artefact's depth differs from its model's by more than it may."""


@dataclass(frozen=True)
class Parity:
    """How far an artefact is from its model.

    Attributes:
        max_relative_difference: Largest |artefact - model| / model over all pixels, of depth in
            metres.
        bound: The largest difference that is accepted; None if any is.
        sizes: (height, width) of the batches compared.
    """

    max_relative_difference: float
    bound: float | None
    sizes: tuple[tuple[int, int], ...]

    def __str__(self) -> str:
        sizes = ", ".join(f"{height}x{width}" for height, width in self.sizes)
        bound = "" if self.bound is None else f" (bound {self.bound:.0e})"
        return f"loaded back and compared on {sizes}; {self.summary()}{bound}"

    def summary(self) -> str:
        """The figure, in words."""
        return f"largest relative difference {self.max_relative_difference:.1e}"

    def as_dict(self) -> dict[str, Any]:
        """For a JSON file."""
        return asdict(self)


def check_parity(
    model: DepthPredictor,
    artefact: DepthPredictor,
    bound: float | None = BOUNDS["float32"],
    sizes: Sequence[tuple[int, int]] = ODD_SIZES,
    seed: int = 0,
) -> Parity:
    """Compares two estimators on images of several sizes, alone and in batches.

    Args:
        model: The reference, with `predict_depth`.
        artefact: What was exported, with `predict_depth`.
        bound: Largest relative difference of any pixel's depth; None for any.
        sizes: (height, width) of the images.
        seed: Seed of the images.

    Raises:
        ParityError: If it differs by more than the bound.
        ValueError: If the shape, the type or the depth differs, or is not finite.
    """
    largest = 0.0
    generator = np.random.default_rng(seed)
    for count, size in enumerate(sizes, start=1):
        images = np.stack([synthetic_image(size, generator) for _ in range(count)])
        expected, actual = model.predict_depth(images), artefact.predict_depth(images)
        if actual.shape != expected.shape or actual.dtype != np.float32:
            raise ValueError(
                f"The exported model gives {actual.dtype} {actual.shape}, the model float32 "
                f"{expected.shape}, for images of shape {images.shape}"
            )
        for name, depth in (("model", expected), ("exported model", actual)):
            if not np.isfinite(depth).all():
                raise ValueError(f"The {name}'s depth is not finite; nothing was written")
        difference = np.max(np.abs(actual.astype(np.float64) - expected) / expected)
        # A NaN compares as "within" unless asked the other way round.
        if bound is not None and not difference <= bound:
            raise ParityError(
                f"The exported model differs from the model by a relative {difference:.2g}, more "
                f"than {bound:.2g}, on images of {size[0]}x{size[1]}; nothing was written"
            )
        largest = max(largest, float(difference))
    return Parity(largest, bound, tuple((height, width) for height, width in sizes))


def synthetic_image(size: tuple[int, int], generator: np.random.Generator) -> np.ndarray:
    """Shades with edges and grain, uint8 (H, W, 3): neither flat nor pure noise."""
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32)
    waves = generator.uniform(0.02, 0.2, (3, 2))
    shades = [np.sin(rows * down) + np.cos(columns * across) for down, across in waves]
    edge = 0.8 * (rows * size[1] > columns * size[0])
    image = np.stack(shades, axis=-1) + edge[..., None] + generator.normal(0, 0.15, (*size, 3))
    return np.clip(128 + 45 * image, 0, 255).astype(np.uint8)
