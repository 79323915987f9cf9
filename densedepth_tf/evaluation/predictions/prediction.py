"""From samples to predictions under a protocol."""

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import cv2
import numpy as np

from densedepth_tf.data.any_source import SampleSource, as_source
from densedepth_tf.data.sample import Sample
from densedepth_tf.evaluation.crop import CROPS, Crop
from densedepth_tf.evaluation.predictions.sample_predictor import (
    CameraPredictor,
    RangedPredictor,
    SamplePredictor,
    at_size,
)
from densedepth_tf.evaluation.protocol import Protocol, get_protocol
from densedepth_tf.evaluation.sample_stream import Reading, stream_samples


def resolve_protocol(
    protocol: Protocol | str, predictor: SamplePredictor, source: SampleSource | None = None
) -> Protocol:
    """The protocol with nothing left open: the model's range and the data's own crop filled in.

    Where the protocol has no largest depth of its own, the model's range becomes the protocol's,
    so that predictions and truth end at the same metres. Median alignment leaves the range open:
    nobody knows what it is in metres.

    Args:
        protocol: A `Protocol` or the name of one.
        predictor: What is measured.
        source: The data; one with a `crop`, as `NYUTestArrays` has, is measured within it instead
            of NYU's usual one.

    Raises:
        ValueError: If there is no such protocol, or mirrored averaging is asked of predictions
            that cannot be made again.
    """
    if isinstance(protocol, str):
        protocol = get_protocol(protocol)
    if protocol.mirrored_averaging and not predictor.sees_images:
        raise ValueError(
            "Predictions in files have no mirrored partner; turn mirrored averaging off "
            f"(`mirrored_averaging=False`). Received: predictions '{predictor.name}'"
        )
    if protocol.alignment == "none" and predictor.max_depth is not None:
        nearest = predictor.min_depth if isinstance(predictor, RangedPredictor) else None
        nearest = (nearest or 0.0) * protocol.scale
        farthest = predictor.max_depth * protocol.scale
        protocol = protocol.replace(model_range=(nearest, farthest))
        if protocol.max_depth is None:
            lowest = max(protocol.min_depth, nearest)
            protocol = protocol.replace(min_depth=lowest, max_depth=farthest)
    data = None if source is None else as_source(source)
    edges, size = (None, None) if data is None else (data.crop, data.image_size)
    if edges is not None and size is not None and protocol.crop == CROPS["nyu"]:
        top, bottom, left, right = edges
        protocol = protocol.replace(crop=Crop.of_pixels((top, bottom), (left, right), size))
    return protocol


def predict_group(
    predictor: SamplePredictor,
    protocol: Protocol,
    images: Sequence[np.ndarray],
    names: list[str],
    factors: Sequence[float] | None = None,
) -> tuple[list[np.ndarray], float]:
    """Predicts images of one size, mirrored averaging and clipping included.

    Args:
        predictor: What predicts.
        protocol: Says how.
        images: uint8 (H, W, 3) RGB each.
        names: Of the images' samples.
        factors: What each prediction is multiplied by first, see `applied_factors`; None for 1.

    Returns:
        Metres, float32 (H, W) each, and the seconds of one forward pass per image.
    """
    batch = np.stack(images)
    start = time.perf_counter()
    predictions = predictor.predict_samples(batch, names)
    mirrored: Sequence[np.ndarray | None] = [None] * len(batch)
    if protocol.mirrored_averaging:
        mirrored = predictor.predict_samples(_mirror(batch), names)
    passes = 2 if protocol.mirrored_averaging else 1
    duration = (time.perf_counter() - start) / (passes * len(batch))
    if factors is not None:
        predictions = [_times(*pair) for pair in zip(predictions, factors, strict=True)]
        mirrored = [_times(*pair) for pair in zip(mirrored, factors, strict=True)]
    combined = map(protocol.combine, predictions, mirrored)
    return list(combined), duration


def lens_factor(predictor: SamplePredictor, sample: Sample) -> float | None:
    """What brings a prediction to its sample's camera; None where it is not known."""
    return predictor.lens_factor(sample) if isinstance(predictor, CameraPredictor) else None


def applied_factors(
    predictor: SamplePredictor, protocol: Protocol, samples: Iterable[Sample]
) -> list[float] | None:
    """What a protocol multiplies the predictions of samples by; None for nothing."""
    if protocol.lens == "ignore":
        return None
    found = [lens_factor(predictor, sample) for sample in samples]
    return [1.0 if factor is None else factor for factor in found]


def _times(depth: np.ndarray | None, factor: float) -> Any:  # noqa: ANN401 - as `depth`
    return None if depth is None else depth * np.float32(factor)


def _mirror(images: np.ndarray) -> np.ndarray:
    """uint8 (N, H, W, 3), left to right; NumPy would copy it byte by byte."""
    mirrored = np.empty_like(images)
    for image, place in zip(images, mirrored, strict=True):
        cv2.flip(image, 1, dst=place)
    return mirrored


def predict_again(
    predictor: SamplePredictor, source: SampleSource, protocol: Protocol, indexes: Iterable[int]
) -> Iterator[tuple[Reading, np.ndarray]]:
    """Reads and predicts some samples, in ascending order; a used-up iterator yields none.

    Yields:
        The reading, and metres, float32, of the truth's size (H, W).
    """
    source = as_source(source)
    if not source.repeatable:
        return
    for reading in stream_samples(source, indexes):
        if reading.error is None:
            sample = reading.sample
            truth = sample["depth"]
            (prediction,), _ = predict_group(
                predictor,
                protocol,
                [sample["image"]],
                [sample["name"]],
                applied_factors(predictor, protocol, [sample]),
            )
            height, width = truth.shape[:2]
            prediction = at_size(prediction, (height, width))
            yield reading, protocol.aligned(prediction, truth.reshape(height, width))
