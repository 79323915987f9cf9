"""What quantising a model's weights and activations cost."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from densedepth_tf.evaluation.metrics import MetricsAccumulator, error_sums
from densedepth_tf.export.parity import ODD_SIZES, synthetic_image
from densedepth_tf.export.quantization.int8_calibration import Int8Calibration
from densedepth_tf.geometry.depth_predictor import DepthPredictor

MIN_AGREEMENT = 0.9


@dataclass(frozen=True)
class QuantizationLoss:
    """A quantised artefact beside its float model.

    Attributes:
        images: What both saw, e.g. "100 calibration images".
        agreement: Share of pixels where the two depths are within a factor of 1.25, mean over
            images.
        mean_relative_difference: Mean of |artefact - model| / model.
        model: delta1 and abs_rel of the model against measured depth; None where there is none.
        artefact: The same of the artefact.
    """

    images: str
    agreement: float
    mean_relative_difference: float
    model: dict[str, float] | None = None
    artefact: dict[str, float] | None = None

    def __str__(self) -> str:
        return f"loaded back and compared on {self.images}; {self.summary()}"

    def summary(self) -> str:
        """The figures, in words."""
        text = (
            f"within a factor of 1.25 of the model on {self.agreement:.2%} of the pixels, mean "
            f"relative difference {self.mean_relative_difference:.2%}"
        )
        for name, before in (self.model or {}).items():
            after = (self.artefact or {})[name]
            text += f"; {name} {before:.4f} -> {after:.4f} ({after - before:+.4f})"
        return text

    def as_dict(self) -> dict[str, Any]:
        """For a JSON file."""
        return asdict(self)


def measure_quantization_loss(
    model: DepthPredictor,
    artefact: DepthPredictor,
    calibration: Int8Calibration | None = None,
    size: tuple[int, int] | None = None,
) -> QuantizationLoss:
    """Compares two estimators on photographs, and with measured depth where it is known.

    Args:
        model: The reference, with `predict_depth`.
        artefact: The quantised one.
        calibration: The photographs; synthetic images without.
        size: `(height, width)` of the only images that the artefact takes, or None.

    Raises:
        ValueError: If the artefact's depth is not finite, or agrees on fewer than `MIN_AGREEMENT`
            of the pixels: then something broke, and no choice of precision explains it.
    """
    agreement = MetricsAccumulator()
    measured = {"model": MetricsAccumulator(), "artefact": MetricsAccumulator()}
    pairs = _synthetic(size) if calibration is None else calibration.pairs(size)
    for image, truth in pairs:
        expected, actual = model.predict_depth(image), artefact.predict_depth(image)
        for name, depth in (("model", expected), ("exported model", actual)):
            if not np.isfinite(depth).all():
                raise ValueError(f"The {name}'s depth is not finite; nothing was written")
        agreement.add(error_sums(actual, expected))
        if truth is not None and np.any(truth > 0):
            measured["model"].add(error_sums(expected, truth))
            measured["artefact"].add(error_sums(actual, truth))
    means = agreement.result()["per_image"]
    if means["delta1"] < MIN_AGREEMENT:
        raise ValueError(
            f"The quantised model is within a factor of 1.25 of the model on only "
            f"{means['delta1']:.1%} of the pixels; nothing was written. Give more or more varied "
            "`calibration` images, or choose `precision='float16'`."
        )
    kind = "synthetic images" if calibration is None else "calibration images"
    scores = {
        name: {key: accumulator.result()["per_image"][key] for key in ("delta1", "abs_rel")}
        for name, accumulator in measured.items()
        if accumulator.num_images
    }
    return QuantizationLoss(
        f"{agreement.num_images} {kind}", means["delta1"], means["abs_rel"], **scores
    )


def _synthetic(size: tuple[int, int] | None) -> Iterator[tuple[np.ndarray, None]]:
    generator = np.random.default_rng(0)
    for shape in ODD_SIZES if size is None else [size]:
        yield synthetic_image(shape, generator), None
