"""A model that converts in a second, and images for it."""

import keras
import numpy as np

from densedepth_tf.export.exporters import FORMATS
from densedepth_tf.models.densedepth.inverse_depth_codec import InverseDepthCodec
from densedepth_tf.models.depth_estimator import DepthEstimator

SUFFIX = {name: known.suffix for name, known in FORMATS.items() if known.suffix}
SIZE = (64, 96)


def pictures(count, size=SIZE, seed=0):
    """Smooth shades, uint8 (N, H, W, 3)."""
    generator = np.random.default_rng(seed)
    coarse = generator.integers(0, 256, (count, 4, 4, 3)).astype(np.float32)
    rows, columns = (np.linspace(0, 3, side) for side in size)
    picture = [[coarse[:, int(r), int(c)] for c in columns] for r in rows]
    return np.moveaxis(np.array(picture), 2, 0).astype(np.uint8)


class TinyDepth(DepthEstimator):
    """Four convolutions, quick to export."""

    def __init__(self, image_size=None, name=None):
        keras.utils.set_random_seed(0)
        image = keras.Input((None, None, 3))
        hidden = keras.layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(image)
        hidden = keras.layers.BatchNormalization()(hidden)
        # Large enough for int8.
        large = keras.layers.Conv2D(48, 3, padding="same", activation="relu")
        hidden = large(keras.layers.Conv2D(48, 1, activation="relu")(hidden))
        target = keras.layers.Conv2D(1, 3, padding="same", dtype="float32", bias_initializer="ones")
        super().__init__(image, target(hidden), InverseDepthCodec(0.1, 10), image_size, name)

    def get_config(self):
        return {"image_size": self.image_size, "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)
