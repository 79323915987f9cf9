"""densedepth-tf: one photograph in, a depth map in metres out.

Public names are loaded on first use, so that command lines start before TensorFlow does.
"""

import importlib
from typing import TYPE_CHECKING, Any

from densedepth_tf.keras_registration import register_with_keras

if TYPE_CHECKING:
    from densedepth_tf.checkpoints import load
    from densedepth_tf.models.densedepth.loss import DenseDepthLoss
    from densedepth_tf.models.densedepth.network import DenseDepth
    from densedepth_tf.models.depth_estimator import DepthEstimator

__version__ = "0.1.0"
__all__ = ["DenseDepth", "DenseDepthLoss", "DepthEstimator", "load"]

_HOMES = {
    "DenseDepth": "densedepth_tf.models.densedepth.network",
    "DenseDepthLoss": "densedepth_tf.models.densedepth.loss",
    "DepthEstimator": "densedepth_tf.models.depth_estimator",
    "load": "densedepth_tf.checkpoints",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'densedepth_tf' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


register_with_keras()
