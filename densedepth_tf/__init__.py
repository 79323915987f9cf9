"""densedepth-tf: one photograph in, a depth map in metres out.

Public names are loaded on first use, so that command lines start before TensorFlow does.
"""

import importlib
from typing import TYPE_CHECKING, Any

from densedepth_tf.keras_registration import register_with_keras
from densedepth_tf.models.preset_opener import set_preset_opener

if TYPE_CHECKING:
    from densedepth_tf.checkpoints import load, load_motion
    from densedepth_tf.geometry.intrinsics import intrinsics_from_fov
    from densedepth_tf.geometry.point_cloud import to_point_cloud
    from densedepth_tf.inference.outputs.point_cloud_writer import write_point_cloud
    from densedepth_tf.inference.predictor import Predictor
    from densedepth_tf.models.densedepth.loss import DenseDepthLoss
    from densedepth_tf.models.densedepth.network import DenseDepth
    from densedepth_tf.models.depth_estimator import DepthEstimator
    from densedepth_tf.models.eigen.loss import EigenLoss
    from densedepth_tf.models.eigen.network import Eigen
    from densedepth_tf.models.monodepth2.depth_network import Monodepth2
    from densedepth_tf.models.monodepth2.loss import Monodepth2Loss
    from densedepth_tf.models.monodepth2.motion_predictor import MotionPredictor
    from densedepth_tf.models.monodepth2.pose_network import PoseNetwork
    from densedepth_tf.visualization.colorize import colorize

__version__ = "0.1.0"
__all__ = [
    "DenseDepth",
    "DenseDepthLoss",
    "DepthEstimator",
    "Eigen",
    "EigenLoss",
    "Monodepth2",
    "Monodepth2Loss",
    "MotionPredictor",
    "PoseNetwork",
    "Predictor",
    "colorize",
    "intrinsics_from_fov",
    "load",
    "load_motion",
    "to_point_cloud",
    "write_point_cloud",
]

_HOMES = {
    "DenseDepth": "densedepth_tf.models.densedepth.network",
    "DenseDepthLoss": "densedepth_tf.models.densedepth.loss",
    "DepthEstimator": "densedepth_tf.models.depth_estimator",
    "Eigen": "densedepth_tf.models.eigen.network",
    "EigenLoss": "densedepth_tf.models.eigen.loss",
    "Monodepth2": "densedepth_tf.models.monodepth2.depth_network",
    "Monodepth2Loss": "densedepth_tf.models.monodepth2.loss",
    "MotionPredictor": "densedepth_tf.models.monodepth2.motion_predictor",
    "PoseNetwork": "densedepth_tf.models.monodepth2.pose_network",
    "Predictor": "densedepth_tf.inference.predictor",
    "colorize": "densedepth_tf.visualization.colorize",
    "intrinsics_from_fov": "densedepth_tf.geometry.intrinsics",
    "load": "densedepth_tf.checkpoints",
    "load_motion": "densedepth_tf.checkpoints",
    "to_point_cloud": "densedepth_tf.geometry.point_cloud",
    "write_point_cloud": "densedepth_tf.inference.outputs.point_cloud_writer",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'densedepth_tf' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def _open_preset(name: str) -> "DenseDepth":
    from densedepth_tf.presets.presets import load_preset

    return load_preset(name)


register_with_keras()
set_preset_opener(_open_preset)
