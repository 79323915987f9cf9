"""From samples to predictions under a protocol."""

import time
from collections.abc import Iterable, Iterator
from typing import Any

import cv2
import numpy as np

from densedepth_tf.evaluation.crop import CROPS, Crop
from densedepth_tf.evaluation.predictions.sample_predictor import SamplePredictor, at_size
from densedepth_tf.evaluation.protocol import Protocol, get_protocol
from densedepth_tf.evaluation.sample_stream import Reading, stack_images, stream_samples


def resolve_protocol(
    protocol: Protocol | str, predictor: SamplePredictor, source: Any = None
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
            f"(--no-mirrored). Received: predictions '{predictor.name}'"
        )
    if protocol.alignment == "none" and predictor.max_depth is not None:
        nearest = (getattr(predictor, "min_depth", None) or 0.0) * protocol.scale
        farthest = predictor.max_depth * protocol.scale
        protocol = protocol.replace(model_range=(nearest, farthest))
        if protocol.max_depth is None:
            lowest = max(protocol.min_depth, nearest)
            protocol = protocol.replace(min_depth=lowest, max_depth=farthest)
    edges = getattr(source, "crop", None)
    if edges is not None and protocol.crop == CROPS["nyu"]:
        crop = Crop.of_pixels(edges[:2], edges[2:], source.image_size)
        protocol = protocol.replace(crop=crop)
    return protocol


def predict_group(
    predictor: SamplePredictor, protocol: Protocol, group: list[Reading]
) -> tuple[list[np.ndarray], float]:
    """Predicts samples of one image size, mirrored averaging and clipping included.

    Returns:
        Metres, float32 (H, W) each, and the seconds of one forward pass per image.
    """
    samples = [reading.sample for reading in group]
    names = [sample["name"] for sample in samples]
    batch = stack_images(samples)
    start = time.perf_counter()
    predictions = predictor.predict_samples(batch, names)
    passes = 1
    mirrored: list[np.ndarray | None] = [None] * len(group)
    if protocol.mirrored_averaging:
        mirrored = predictor.predict_samples(_mirror(batch), names)
        passes = 2
    duration = (time.perf_counter() - start) / (passes * len(group))
    combined = map(protocol.combine, predictions, mirrored)
    return list(combined), duration


def _mirror(images: np.ndarray) -> np.ndarray:
    """uint8 (N, H, W, 3), left to right; NumPy would copy it byte by byte."""
    mirrored = np.empty_like(images)
    for image, place in zip(images, mirrored, strict=True):
        cv2.flip(image, 1, dst=place)
    return mirrored


def predict_again(
    predictor: SamplePredictor, source: Any, protocol: Protocol, indexes: Iterable[int]
) -> Iterator[tuple[Reading, np.ndarray]]:
    """Reads and predicts some samples, in ascending order; a used-up iterator yields none.

    Yields:
        The reading, and metres, float32, of the truth's size (H, W).
    """
    if iter(source) is source:
        return
    for reading in stream_samples(source, indexes):
        if reading.sample is not None:
            (prediction,), _ = predict_group(predictor, protocol, [reading])
            truth = reading.sample["depth"]
            truth = truth.reshape(truth.shape[:2])
            yield reading, protocol.aligned(at_size(prediction, truth.shape), truth)
