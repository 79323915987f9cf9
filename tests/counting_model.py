"""A model whose pictures can be counted."""

import numpy as np


class Counting:
    """A model that counts its pictures; another `factor` is another model."""

    def __init__(self, factor=1):
        self.weights = [np.float32(factor)]
        self.count = 0

    def predict_depth(self, images):
        self.count += len(images)
        return images.astype(np.float32).mean(axis=-1, keepdims=True) / 50 * self.weights[0]
