"""Figures of how a training is doing."""

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
from typing_extensions import override

from densedepth_tf.data.sample import Sample
from densedepth_tf.data.source import Reader, Source
from densedepth_tf.files.atomic import write_bytes
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.geometry.finite import NotFiniteError
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.training.callbacks.averaged_weights import averaged_weights
from densedepth_tf.visualization.panel import sample_panel

PANEL_HEIGHT = 240


class Panels(keras.callbacks.Callback):
    """After every epoch, the same few validation samples: to TensorBoard and a PNG file each.

    Args:
        draw: Draws them, given the model: uint8 RGB, always the same number.
        folder: PNG files `training_<n>.png`, overwritten every epoch.
        log_dir: TensorBoard's folder.
        ema: The callback that swaps averaged weights in, if the run averages them.
    """

    def __init__(
        self,
        draw: Callable[[keras.Model], list[np.ndarray]],
        folder: Path,
        log_dir: Path,
        ema: keras.callbacks.SwapEMAWeights | None = None,
    ):
        super().__init__()
        self.ema = ema
        self.draw = draw
        self.folder = Path(folder)
        self.log_dir = str(log_dir)
        self._writer: Any = None

    @override
    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        import tensorflow as tf

        self._writer = self._writer or tf.summary.create_file_writer(self.log_dir)
        with averaged_weights(self.ema):
            figures = self.draw(self.model)
        for number, figure in enumerate(figures):
            _, png = cv2.imencode(".png", figure[..., ::-1])
            write_bytes(self.folder / f"training_{number}.png", png.tobytes())
            with self._writer.as_default():
                tf.summary.image(f"panel_{number}", figure[None], step=epoch + 1)
        self._writer.flush()


def draw_sample(model: DepthEstimator, sample: Sample) -> np.ndarray:
    """Photo, truth, prediction and error of one sample, uint8 RGB."""
    height, width = sample["image"].shape[:2]
    size = (round(width * PANEL_HEIGHT / height), PANEL_HEIGHT)
    image = cv2.resize(sample["image"], size, interpolation=cv2.INTER_AREA)
    try:
        depth = model.predict_depth(image)
    except NotFiniteError:  # The training says so itself; here it is drawn as missing.
        depth = np.zeros(image.shape[:2], np.float32)
    return sample_panel(image, sample["depth"], depth, height=PANEL_HEIGHT)


def spread_samples(source: Source[Sample], number: int = 4) -> list[Sample]:
    """A few readable samples from all over a source, always the same; of a stream the first."""
    return list(itertools.islice(_readable(source.spread_readers(number)), number))


def _readable(readers: Iterable[Reader[Sample]]) -> Iterator[Sample]:
    for read in readers:
        with contextlib.suppress(BadSampleError):  # The loader reports it, with its name.
            yield read()
