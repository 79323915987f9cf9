"""How long one prediction takes on this machine."""

import time

import numpy as np

from densedepth_tf.geometry.depth_predictor import DepthPredictor

WARM_UP, RUNS = 2, 15


def milliseconds(model: DepthPredictor, image: np.ndarray) -> float:
    """Shortest time of `predict_depth` of one image, after a warm-up.

    Other work on the machine can only lengthen a prediction.

    Args:
        model: Anything with `predict_depth`.
        image: uint8 RGB `(H, W, 3)`.
    """
    seconds = []
    for _ in range(WARM_UP + RUNS):
        started = time.perf_counter()
        model.predict_depth(image)
        seconds.append(time.perf_counter() - started)
    return 1000 * min(seconds[WARM_UP:])
