"""Modules that have moved, under the names they had before.

Code written against an earlier layout still imports, with a `DeprecationWarning` that says the new
place. Public names belong to `densedepth_tf` itself and never move.
"""

import importlib
import importlib.abc
import importlib.machinery
import sys
import warnings
from collections.abc import Callable, Sequence
from types import ModuleType

# New room -> old room -> the modules that kept their names.
_MOVED = {
    "data.batches": {
        "data": (
            "augmentation cached color_jitter loader pipeline resize_depth "
            "sequence_augmentation sequence_camera sequence_loader sequence_pipeline "
            "sparse_depth"
        ),
    },
    "data.checks": {
        "data": (
            "camera_check depth_coverage depth_range frame_strip image_motion inspection "
            "motion_check preflight spread static_frames stereo_check turning"
        ),
    },
    "data.kitti": {
        "data": "lidar_projection",
    },
    "data.pairs": {
        "data": (
            "folder folder_pairs nyu nyu_labeled nyu_pair_list nyu_test_arrays pair_list "
            "pairs_source validity_masks"
        ),
    },
    "data.rooms": {
        "data": "room_walks rooms_folder rooms_writer",
    },
    "data.sequences": {
        "data": (
            "frame_folder frame_names frame_sequence frame_targets name_numbers "
            "own_sequences sequence_depth_source sequence_source sequence_split "
            "usable video_frames"
        ),
    },
    "data.tfrecord": {
        "data": "tfrecord_example tfrecord_lengths tfrecord_writer",
    },
    "evaluation.odometry": {
        "evaluation": "trajectory trajectory_alignment trajectory_plot",
    },
    "evaluation.predictions": {
        "evaluation": (
            "prediction prediction_file predictions_folder predictions_stack sample_predictor"
        ),
    },
    "export.onnx": {
        "export": "onnx_weights",
    },
    "export.openvino": {
        "export": "openvino_float32",
    },
    "export.quantization": {
        "export": "quantization_loss quantize small_convolutions",
    },
    "files": {
        "": (
            "atomic claims durable file_lock json_text regular_file workspace writable_folder "
            "yaml_file"
        ),
        "data": "file_tree suffixes text_file",
    },
    "files.arrays": {
        "data": "mat_file npy_header npy_map poses_file trajectory_file",
    },
    "files.depth": {
        "data": "depth_file depth_scale exact_depth pfm_file written_depth",
    },
    "files.images": {
        "data": "encoded_image image_file jpeg_file jpeg_segments png_text tiff_file tone_mapping",
    },
    "files.outputs": {
        "": "input_safety output_record",
        "data": "own_outputs",
    },
    "files.video": {
        "data": "display_matrix ffmpeg_path video_file",
    },
    "geometry": {
        "": "finite images",
    },
    "geometry.cameras": {
        "geometry": "camera_presets exif_intrinsics intrinsics intrinsics_size",
        "data": "intrinsics_source",
        "data.sequences": "camera_file intrinsics_source",
    },
    "geometry.resizing": {
        "geometry": "lanczos lanczos_by_matmul lanczos_weights_in_graph resize resize_by_matmul",
    },
    "inference.metres": {
        "inference": "scaled_estimator",
    },
    "inference.outputs": {
        "inference": (
            "clip_colors clip_painter depth_colors depth_writers frame_files output_files "
            "output_options point_cloud_writer sidecar video_writer"
        ),
    },
    "inference.video": {
        "inference": "clip_sources predict_clip temporal_smoothing video_options",
    },
    "models": {
        "training": "torch_adam",
    },
    "models.eigen": {
        "training": "layerwise_sgd",
    },
    "models.keras_model": {
        "models": "checked_model first_mistakes keras_archive precision rebuilt_model",
    },
    "models.monodepth2.pytorch_files": {
        "models.monodepth2": "encoder_weights official_names state_dict",
    },
    "process": {
        "": "available_cores interruption map_ahead memory optional_package quiet read_ahead",
    },
    "runtimes": {
        "inference": (
            "artefact_metadata fastdepth litert onnx onnx_session openvino preset "
            "runtime_estimator saved_model"
        ),
        "presets": "preset_archive",
    },
    "training.callbacks": {
        "training": (
            "averaged_weights best_checkpoint constant_prediction non_finite nothing_known "
            "panels progress"
        ),
    },
    "training.densedepth": {
        "training": "batch_norm_momentum distillation starting_weights",
    },
    "training.monodepth2": {
        "models.monodepth2": "training_model",
        "training": "sequence_panel",
    },
    "training.run": {
        "training": "backup curves model_card notes run_folder",
    },
}
# Old name -> new name.
_RENAMED = {
    "data.deep_picture": "files.images.deep_image",
    "data.frame": "files.video.clip",
    "data.kitti_calibration": "data.kitti.calibration",
    "data.kitti_drive": "data.kitti.drive",
    "data.kitti_odometry": "data.kitti.odometry",
    "data.kitti_raw": "data.kitti.raw",
    "data.kitti_sizes": "data.kitti.sizes",
    "data.picture_opener": "files.images.image_opener",
    "data.picture_size": "files.images.image_size",
    "evaluation.picture_fit": "evaluation.predictions.image_fit",
    "export.calibration": "export.quantization.int8_calibration",
    "inference.calibrate_model": "inference.metres.fit_metric_scale",
    "inference.calibration": "inference.metres.metric_scale",
    "inference.camera": "inference.video.webcam",
    "inference.readable_image": "geometry.cameras.photograph_file",
    "training.distillation_options": "training.densedepth.options",
    "training.eigen_options": "training.eigen.options",
    "training.monodepth2_options": "training.monodepth2.options",
    "training.self_supervised": "training.monodepth2.system",
}
_PACKAGE = "densedepth_tf"


def old_paths() -> dict[str, str]:
    """Every old name of a module and its new one, both from `densedepth_tf.` on."""
    moved = {
        f"{old_room}.{module}".lstrip("."): f"{new_room}.{module}"
        for new_room, old_rooms in _MOVED.items()
        for old_room, modules in old_rooms.items()
        for module in modules.split()
    }
    return {f"{_PACKAGE}.{old}": f"{_PACKAGE}.{new}" for old, new in (moved | _RENAMED).items()}


def support_old_paths() -> None:
    """Lets Python find moved modules, after it has looked everywhere else."""
    if not any(isinstance(finder, _OldPathFinder) for finder in sys.meta_path):
        sys.meta_path.append(_OldPathFinder())


def attributes_of(old: str, new: str) -> Callable[[str], object]:
    """A package's `__getattr__`, for a room that bears the name of a module it was made from.

    Args:
        old: The package's name.
        new: The module that holds now what `old` held.
    """

    def get(name: str) -> object:
        if not name.startswith("__"):
            module = importlib.import_module(new)
            if name in vars(module):
                _warn(old, new)
                return vars(module)[name]
        raise AttributeError(f"module {old!r} has no attribute {name!r}")

    return get


class _OldPathFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Puts the module at its new place under its old name, too: one module, never a copy."""

    def __init__(self) -> None:
        self._new = old_paths()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self._new:
            return None
        return importlib.machinery.ModuleSpec(fullname, self)

    def exec_module(self, module: ModuleType) -> None:
        old = module.__name__
        sys.modules[old] = importlib.import_module(self._new[old])
        _warn(old, self._new[old])


def _warn(old: str, new: str) -> None:
    warnings.warn(f"{old} is {new} now; import it from there.", DeprecationWarning, stacklevel=2)
