"""densedepth-tf: one photograph in, a depth map in metres out.

Public names are loaded on first use, so that command lines start before TensorFlow does.
"""

import importlib
from typing import TYPE_CHECKING

from densedepth_tf.keras_registration import register_with_keras
from densedepth_tf.models.keras_model.preset_shelf import PresetShelf, set_preset_shelf
from densedepth_tf.old_paths import support_old_paths
from densedepth_tf.process.optional_package import telling_what_to_install
from densedepth_tf.version import __version__ as __version__

if TYPE_CHECKING:
    from densedepth_tf.checkpoints import load, load_motion
    from densedepth_tf.data.datasets import register_dataset
    from densedepth_tf.data.sequence_datasets import SequenceOptions, open_sequences
    from densedepth_tf.data.source import DepthSource
    from densedepth_tf.data.sources import open_source
    from densedepth_tf.depth_filling import fill_depth
    from densedepth_tf.evaluation.metric_table import register_metric
    from densedepth_tf.files.images.image_file import read_image
    from densedepth_tf.geometry.cameras.intrinsics import intrinsics_from_fov
    from densedepth_tf.geometry.ground_plane import find_ground
    from densedepth_tf.geometry.point_cloud import to_point_cloud
    from densedepth_tf.inference.metres.metric_scale import (
        KnownDepth,
        calibrate_by_depths,
        calibrate_by_height,
    )
    from densedepth_tf.inference.outputs.depth_writers import register_output_format
    from densedepth_tf.inference.outputs.point_cloud_writer import write_point_cloud
    from densedepth_tf.inference.predictor import Predictor
    from densedepth_tf.inference.quick_load import quick_load
    from densedepth_tf.models.densedepth.loss import DenseDepthLoss
    from densedepth_tf.models.densedepth.loss_terms import register_loss_term
    from densedepth_tf.models.densedepth.network import DenseDepth
    from densedepth_tf.models.depth_estimator import DepthEstimator
    from densedepth_tf.models.depth_metric import DepthMetric
    from densedepth_tf.models.eigen.loss import EigenLoss
    from densedepth_tf.models.eigen.network import Eigen
    from densedepth_tf.models.encoders import register_encoder
    from densedepth_tf.models.monodepth2.depth_network import Monodepth2
    from densedepth_tf.models.monodepth2.loss import Monodepth2Loss
    from densedepth_tf.models.monodepth2.motion_predictor import MotionPredictor
    from densedepth_tf.models.monodepth2.pose_network import PoseNetwork
    from densedepth_tf.rescaled_copy import save_rescaled
    from densedepth_tf.training.families import read_options, register_family
    from densedepth_tf.training.option import option
    from densedepth_tf.training.supervised import SupervisedTraining
    from densedepth_tf.training.supervised_options import SupervisedOptions
    from densedepth_tf.training.train import train
    from densedepth_tf.visualization.colorize import colorize

__all__ = [
    "DenseDepth",
    "DenseDepthLoss",
    "DepthEstimator",
    "DepthMetric",
    "DepthSource",
    "Eigen",
    "EigenLoss",
    "KnownDepth",
    "Monodepth2",
    "Monodepth2Loss",
    "MotionPredictor",
    "PoseNetwork",
    "Predictor",
    "SequenceOptions",
    "SupervisedOptions",
    "SupervisedTraining",
    "calibrate_by_depths",
    "calibrate_by_height",
    "colorize",
    "fill_depth",
    "find_ground",
    "intrinsics_from_fov",
    "load",
    "load_motion",
    "open_sequences",
    "open_source",
    "option",
    "quick_load",
    "read_image",
    "read_options",
    "register_dataset",
    "register_encoder",
    "register_family",
    "register_loss_term",
    "register_metric",
    "register_output_format",
    "save_rescaled",
    "to_point_cloud",
    "train",
    "write_point_cloud",
]

_HOMES = {
    "DenseDepth": "densedepth_tf.models.densedepth.network",
    "DenseDepthLoss": "densedepth_tf.models.densedepth.loss",
    "DepthEstimator": "densedepth_tf.models.depth_estimator",
    "DepthMetric": "densedepth_tf.models.depth_metric",
    "DepthSource": "densedepth_tf.data.source",
    "Eigen": "densedepth_tf.models.eigen.network",
    "EigenLoss": "densedepth_tf.models.eigen.loss",
    "KnownDepth": "densedepth_tf.inference.metres.metric_scale",
    "Monodepth2": "densedepth_tf.models.monodepth2.depth_network",
    "Monodepth2Loss": "densedepth_tf.models.monodepth2.loss",
    "MotionPredictor": "densedepth_tf.models.monodepth2.motion_predictor",
    "PoseNetwork": "densedepth_tf.models.monodepth2.pose_network",
    "Predictor": "densedepth_tf.inference.predictor",
    "SequenceOptions": "densedepth_tf.data.sequence_datasets",
    "SupervisedOptions": "densedepth_tf.training.supervised_options",
    "SupervisedTraining": "densedepth_tf.training.supervised",
    "calibrate_by_depths": "densedepth_tf.inference.metres.metric_scale",
    "calibrate_by_height": "densedepth_tf.inference.metres.metric_scale",
    "colorize": "densedepth_tf.visualization.colorize",
    "fill_depth": "densedepth_tf.depth_filling",
    "find_ground": "densedepth_tf.geometry.ground_plane",
    "intrinsics_from_fov": "densedepth_tf.geometry.cameras.intrinsics",
    "load": "densedepth_tf.checkpoints",
    "load_motion": "densedepth_tf.checkpoints",
    "open_sequences": "densedepth_tf.data.sequence_datasets",
    "open_source": "densedepth_tf.data.sources",
    "option": "densedepth_tf.training.option",
    "quick_load": "densedepth_tf.inference.quick_load",
    "read_image": "densedepth_tf.files.images.image_file",
    "read_options": "densedepth_tf.training.families",
    "register_dataset": "densedepth_tf.data.datasets",
    "register_encoder": "densedepth_tf.models.encoders",
    "register_family": "densedepth_tf.training.families",
    "register_loss_term": "densedepth_tf.models.densedepth.loss_terms",
    "register_metric": "densedepth_tf.evaluation.metric_table",
    "register_output_format": "densedepth_tf.inference.outputs.depth_writers",
    "save_rescaled": "densedepth_tf.rescaled_copy",
    "to_point_cloud": "densedepth_tf.geometry.point_cloud",
    "train": "densedepth_tf.training.train",
    "write_point_cloud": "densedepth_tf.inference.outputs.point_cloud_writer",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'densedepth_tf' has no attribute {name!r}")
    with telling_what_to_install():
        value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def _preset_shelf() -> PresetShelf:
    return importlib.import_module("densedepth_tf.presets.from_preset")


register_with_keras()
support_old_paths()
set_preset_shelf(_preset_shelf)
