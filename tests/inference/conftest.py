"""A small real checkpoint, and a model whose depth is known for every pixel."""

from fractions import Fraction

import numpy as np
import pytest


class BrightnessModel:
    """Depth of a pixel is its mean channel / 50 metres: shows what was read and where it went."""

    def __init__(self):
        self.batches = []

    def predict_depth(self, images):
        self.batches.append(images.shape)
        scaled = images.astype(np.float32) * (1 if images.dtype == np.uint8 else 255)
        return scaled.mean(axis=-1, keepdims=True) / 50


@pytest.fixture
def model():
    return BrightnessModel()


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory):
    """A DenseDepth with random weights whose depth lies inside its range, as a .keras file."""
    import keras

    from densedepth_tf import DenseDepth

    keras.utils.set_random_seed(0)
    network = DenseDepth("mobilenetv2", encoder_weights=None, decoder_filters=16)
    kernel, bias = network.get_layer("conv3").get_weights()
    network.get_layer("conv3").set_weights([kernel, bias + 4])
    path = tmp_path_factory.mktemp("checkpoint") / "model.keras"
    network.save(path)
    return path


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def make_clip(tmp_path):
    """Writes a small video: `make_clip("a.mp4", images, rate=25, times=None)` gives its path."""
    import av

    def make(name, images, rate=25, times=None, codec="libx264", pixels="yuv420p", **options):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        turn = options.pop("turn", 0)
        with av.open(str(path), "w", options=options) as container:
            # Each frame by itself and in order, so that a cut takes the last ones and no others.
            stream = container.add_stream(codec, rate=rate)
            stream.options = {"preset": "ultrafast", "qp": "4", "bf": "0", "g": "4"}
            stream.height, stream.width = images[0].shape[:2]
            stream.pix_fmt = pixels
            if times is not None:
                stream.codec_context.time_base = Fraction(1, 1000)
            if turn:
                stream.set_display_rotation(turn)
            for index, image in enumerate(images):
                frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format=pixels)
                if times is not None:
                    frame.pts, frame.time_base = times[index], Fraction(1, 1000)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return path

    return make


@pytest.fixture
def grey_clip(make_clip):
    """`grey_clip(name, levels, size)`: frame i is grey of level `levels[i]`."""

    def make(name, levels, size=(48, 64), **options):
        return make_clip(name, [np.full((*size, 3), int(v), np.uint8) for v in levels], **options)

    return make
