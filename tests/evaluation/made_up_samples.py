"""Random pictures with depth, and a model that is not symmetric under mirroring."""

import numpy as np

from densedepth_tf.data.source import DepthSource
from densedepth_tf.files.bad_sample import BadSampleError


def make_sample(index: int, size=(24, 32)) -> dict:
    rng = np.random.default_rng(index)
    depth = rng.uniform(1, 9, (*size, 1)).astype(np.float32)
    depth[rng.random(depth.shape) < 0.1] = 0
    image = rng.integers(0, 256, (*size, 3), np.uint8)
    return {"image": image, "depth": depth, "name": f"folder/{index:03}.jpg"}


class Samples(DepthSource):
    title = "random/test"

    def __init__(self, count=7, bad=(), sizes=((24, 32),)):
        self.count, self.bad, self.sizes = count, bad, sizes

    def __len__(self):
        return self.count

    def sample_name(self, index):
        return f"folder/{self.check_index(index):03}.jpg"

    def __getitem__(self, index):
        index = self.check_index(index)
        if index in self.bad:
            raise BadSampleError(f"'{self.sample_name(index)}' is cut off.")
        return make_sample(index, self.sizes[index % len(self.sizes)])


class RedModel:
    """Depth is 1 m plus the red channel; not symmetric under mirroring."""

    name, max_depth = "red", 10.0

    def __init__(self):
        self.batches = []

    def predict_depth(self, images):
        self.batches.append(len(images))
        ramp = np.linspace(0, 2, images.shape[2], dtype=np.float32)
        return (1 + ramp + images[..., 0] / np.float32(64))[..., None]
