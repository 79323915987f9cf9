"""One door for every kind of checkpoint: `load` for depth, `load_motion` for motion."""

import importlib
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from densedepth_tf.files.bucket import is_bucket
from densedepth_tf.files.told_as import told_as
from densedepth_tf.files.web_address import check_no_bucket, check_no_web_address
from densedepth_tf.geometry.finite import check_finite_weights
from densedepth_tf.presets.presets import PRESETS
from densedepth_tf.process.first_line import first_line
from densedepth_tf.process.optional_package import telling_what_to_install
from densedepth_tf.process.wording import did_you_mean

if TYPE_CHECKING:
    import keras

    from densedepth_tf.models.depth_estimator import DepthEstimator
    from densedepth_tf.models.monodepth2.motion_predictor import MotionPredictor
    from densedepth_tf.models.monodepth2.pose_network import PoseNetwork
    from densedepth_tf.runtimes.runtime_estimator import RuntimeEstimator

MODEL_FILE = "model.keras"
CONFIG_FILE = "config.json"  # Of `save_to_preset`.
HUB = "hf://"
POSE_FILE = "pose.keras"
COARSE_FILE = "coarse.keras"
OFFICIAL_FOLDER = ("encoder.pth", "depth.pth")
SAVED_MODEL = "saved_model.pb"
OF_FOLDERS = (SAVED_MODEL, CONFIG_FILE, MODEL_FILE, *OFFICIAL_FOLDER)
OFFICIAL_POSE_FOLDER = ("pose_encoder.pth", "pose.pth")
KINDS = (
    "a preset's name, its folder or hf:// address, a run folder with model.keras, a .keras or "
    "preset .npz file, an exported SavedModel folder, .tflite, .onnx or OpenVINO .xml file, a "
    "DenseDepth's .h5 file, or a folder with Monodepth2's official encoder.pth and depth.pth"
)
_RUNTIMES = {
    ".tflite": ("litert", "LiteRTEstimator"),
    ".onnx": ("onnx", "ONNXEstimator"),
    ".xml": ("openvino", "OpenVINOEstimator"),
}


@telling_what_to_install()
def load(
    path: str | os.PathLike, min_depth: float | None = None, max_depth: float | None = None
) -> "DepthEstimator | RuntimeEstimator":
    """Loads anything that predicts depth, in float32.

    Args:
        path: The name of a preset (`DenseDepth.from_preset`; a file or folder of that name is
            preferred), `hf://USER/NAME`, a folder of `save_to_preset`, a run folder, a `.keras`
            file, a preset's `.npz` file, an exported
            artefact (SavedModel folder, `.tflite`, `.onnx`, OpenVINO `.xml`), FastDepth's 8-bit
            `.tflite`, a DenseDepth's `.h5` file (the official code's, or one's own), a folder
            with Monodepth2's official `encoder.pth` and `depth.pth`, or the `s3://` or `gs://`
            address of any of these.
        min_depth: Smallest depth in metres of an official `.h5` file, which does not say it; by
            default NYU's 0.1, with a warning.
        max_depth: Likewise the largest; by default NYU's 10.

    Returns:
        A `DepthEstimator`, or for an exported artefact a `RuntimeEstimator`, which has the same
        `predict_depth`, `min_depth` and `max_depth`.

    Raises:
        ImportError: If the artefact's runtime, PyTorch for `.pth` or, for what is no artefact,
            TensorFlow is not installed.
        FileNotFoundError: If there is nothing at `path`, or a folder holds no model.
        ValueError: If the file is damaged, incomplete or not a depth model.
        OSError: If an address cannot be read.
    """
    if is_hub_address(path):
        from densedepth_tf.presets.hub import fetch

        path = fetch(os.fspath(path))
    here = Path(local_checkpoint(path))
    if is_preset(here):
        from densedepth_tf.presets.presets import load_preset

        return load_preset(str(here))
    with told_as(here, path):
        return _load_local(here, min_depth, max_depth)


def _load_local(
    path: Path, min_depth: float | None, max_depth: float | None
) -> "DepthEstimator | RuntimeEstimator":
    is_official = path.suffix in (".h5", ".hdf5")
    if not is_official and not (min_depth is None and max_depth is None):
        raise ValueError(
            "min_depth and max_depth are for official .h5 files; every other checkpoint knows its "
            f"own. Received: '{path}'"
        )
    check_is_there(path)
    if path.is_dir():
        if (path / SAVED_MODEL).is_file():
            from densedepth_tf.runtimes.saved_model import SavedModelEstimator

            return SavedModelEstimator(path)
        if (path / CONFIG_FILE).is_file():
            from densedepth_tf.presets.preset_folder import read_preset_folder

            return read_preset_folder(path)
        if not (path / MODEL_FILE).is_file():
            return _load_official_folder(path)
        path = path / MODEL_FILE
    if path.suffix == ".keras":
        return load_keras(path)
    if path.suffix == ".npz":
        from densedepth_tf.presets.preset_file import read_preset

        return read_preset(path)
    if is_official:
        from densedepth_tf.models.densedepth.official_weights import load_h5
        from densedepth_tf.models.keras_model.precision import dtype_policy

        with dtype_policy("float32"):
            return load_h5(path, min_depth, max_depth)
    if path.suffix == ".tflite":
        from densedepth_tf.runtimes.fastdepth import FastDepthEstimator, is_fastdepth

        if is_fastdepth(path):
            return FastDepthEstimator(path)
    if path.suffix in _RUNTIMES:
        module, name = _RUNTIMES[path.suffix]
        return getattr(importlib.import_module(f"densedepth_tf.runtimes.{module}"), name)(path)
    if path.suffix == ".pth":
        raise ValueError(
            f"Official .pth files come in a folder of {' and '.join(OFFICIAL_FOLDER)}: pass the "
            f"folder (`path`). Received: '{path}'"
        )
    raise ValueError(f"Unknown kind of checkpoint: `path` takes {KINDS}. Received: '{path}'")


def check_is_there(path: str | os.PathLike) -> None:
    """Checks that there is something to `load`, as far as that is seen without opening a file.

    Raises:
        FileNotFoundError: If there is nothing at `path`, or a folder holds no model.
        ValueError: If it is an address on the web, or in a kind of bucket that is not read.
        OSError: If an address cannot be read.
    """
    if is_hub_address(path) or is_preset(path):
        return
    path = Path(local_checkpoint(path))
    if path.is_dir():
        if not any((path / name).is_file() for name in OF_FOLDERS):
            raise FileNotFoundError(
                f"The folder holds no {MODEL_FILE} (a run that has finished an epoch), "
                f"{SAVED_MODEL} or encoder.pth (`path` takes {KINDS}). Received: '{path}'"
            )
    elif not path.is_file():
        raise FileNotFoundError(
            f"No such checkpoint (`path` takes {KINDS}).{did_you_mean(str(path), PRESETS)} "
            f"Received: '{path}'"
        )


def local_checkpoint(path: str | os.PathLike) -> str | os.PathLike:
    """A checkpoint on this machine: a copy of what is in a bucket, and all else as it is.

    Of a file what belongs to it is copied, too; of a run folder the files in it, without its
    backup and logs; an exported SavedModel as a whole.

    Raises:
        FileNotFoundError: If there is nothing in the bucket.
        ImportError: If the package for the address is not installed.
        ValueError: If it is an address on the web, or in a kind of bucket that is not read.
        OSError: If it cannot be downloaded.
    """
    if is_hub_address(path) or is_preset(path):
        return path
    if is_bucket(path):
        from densedepth_tf.files.local_copy import local_copy

        return local_copy(os.fspath(path), _of_folder, _beside)
    check_no_web_address(path)
    check_no_bucket(path)
    return path


def _of_folder(names: set[str]) -> set[str]:
    return names if SAVED_MODEL in names else {name for name in names if "/" not in name}


def _beside(name: str) -> set[str]:
    from densedepth_tf.data.seen_samples import SAMPLES_FILE

    stem = Path(name).stem
    beside = {SAMPLES_FILE, f"{stem}.{SAMPLES_FILE}"}
    if name == MODEL_FILE:
        beside.add(POSE_FILE)
    if name == POSE_FILE:
        beside.add(MODEL_FILE)
    if name.endswith(".xml"):
        beside.add(f"{stem}.bin")
    return beside


def is_there(path: str | os.PathLike) -> bool:
    """True, or `check_is_there`'s error: what is missing is missed before TensorFlow is."""
    check_is_there(path)
    return True


def is_hub_address(checkpoint: str | os.PathLike) -> bool:
    """Whether a checkpoint is an address on the Hugging Face Hub, `hf://USER/NAME`."""
    return os.fspath(checkpoint).startswith(HUB)


def is_preset(checkpoint: str | os.PathLike) -> bool:
    """Whether a checkpoint is the name of a preset, and not that of a file or folder."""
    return os.fspath(checkpoint) in PRESETS and not Path(checkpoint).exists()


def needs_tensorflow(path: str | os.PathLike) -> bool:
    """Whether `load` will import TensorFlow, which takes seconds; other runtimes do without.

    Raises:
        As `check_is_there`: what is missing needs nothing.
    """
    check_is_there(path)
    return Path(path).suffix not in _RUNTIMES


@telling_what_to_install()
def load_motion(path: str | os.PathLike) -> "MotionPredictor":
    """Loads what predicts how the camera moved between frames, in float32.

    Args:
        path: A run folder with `pose.keras` (or the `model.keras` beside it), a `pose.keras`
            file, or a folder with Monodepth2's official `pose_encoder.pth` and `pose.pth`.

    Raises:
        FileNotFoundError: If there is nothing at `path`.
        ImportError: If PyTorch is needed for `.pth` and not installed.
        ValueError: If there is no pose network, or it is damaged or incomplete, or it needs the
            depth network's encoder and there is none.
    """
    from densedepth_tf.models.monodepth2.motion_predictor import MotionPredictor

    path = Path(local_checkpoint(path))
    if not path.exists():
        raise FileNotFoundError(f"No such checkpoint. Received: '{path}'")
    pose_network, depth_path = load_pose(path)
    if pose_network is None:
        raise ValueError(
            f"'{path}' predicts no camera motion: it has no pose network ({POSE_FILE}, or "
            f"{' and '.join(OFFICIAL_POSE_FOLDER)}). Pass a run that was trained on sequences; "
            "evaluate.py also takes a trajectory in KITTI's form: `evaluate.py --predictions FILE`."
        )
    depth_network = None
    if not pose_network.separate_encoder and depth_path.is_file():
        depth_network = load_keras(depth_path)
    return MotionPredictor(pose_network, depth_network)


def load_pose(path: Path) -> "tuple[PoseNetwork | None, Path]":
    """A checkpoint's pose network, None if it has none, and where its depth network would be."""
    folder = path if path.is_dir() else path.parent
    file = folder / POSE_FILE if path.is_dir() or path.name == MODEL_FILE else path
    if file.suffix == ".keras" and file.is_file():
        from densedepth_tf.models.monodepth2.pose_network import PoseNetwork

        network = _read_keras(file)
        return network if isinstance(network, PoseNetwork) else None, folder / MODEL_FILE
    if path.is_dir() and any((path / name).is_file() for name in OFFICIAL_POSE_FOLDER):
        from densedepth_tf.models.keras_model.precision import dtype_policy
        from densedepth_tf.models.monodepth2.official_weights import (
            load_official_pose,
        )

        with dtype_policy("float32"):
            return load_official_pose(path), folder / MODEL_FILE
    return None, folder / MODEL_FILE


def _load_official_folder(folder: Path) -> "DepthEstimator":
    from densedepth_tf.models.keras_model.precision import dtype_policy
    from densedepth_tf.models.monodepth2.official_weights import load_official

    with dtype_policy("float32"):
        return load_official(folder)


def load_keras(path: Path) -> "DepthEstimator":
    """Loads a `.keras` file as `load` does.

    Raises:
        ValueError: If it is damaged, incomplete or not a depth model.
    """
    from densedepth_tf.models.depth_estimator import DepthEstimator

    model = _read_keras(path)
    if not isinstance(model, DepthEstimator):
        raise ValueError(
            f"The file holds a {type(model).__name__}, not a DepthEstimator. Received: '{path}'"
        )
    return model


def _computes_in_float32(model: "keras.Model") -> "keras.Model":
    """A model of this package in float32; a file keeps what it was trained in."""
    from densedepth_tf.models.keras_model.precision import in_float32
    from densedepth_tf.models.keras_model.rebuilt_model import (
        DTYPE,
        FROZEN,
        LAYER_DTYPES,
        freeze,
        layer_state,
    )

    state = layer_state(model)
    if DTYPE not in state and LAYER_DTYPES not in state:
        return model
    copy = in_float32(model)
    freeze(copy, state.get(FROZEN, ()))
    return copy


def _read_keras(path: Path) -> "keras.Model":
    """Any Keras model of a `.keras` file, in float32."""
    if not zipfile.is_zipfile(path):  # Keras would say that there is no such file.
        raise ValueError(
            "The checkpoint is cut off, or no .keras file at all; copy it again or choose another. "
            f"Received: '{path}'"
        )
    import keras

    from densedepth_tf.models.keras_model.keras_archive import check_keras_archive
    from densedepth_tf.models.keras_model.precision import dtype_policy

    try:
        check_keras_archive(path)
        with dtype_policy("float32"):
            model = keras.models.load_model(path, compile=False, safe_mode=True)
            model = _computes_in_float32(model)
    except Exception as error:  # zipfile, HDF5, JSON and Keras each have their own.
        reason = first_line(error)
        raise ValueError(
            f"The checkpoint is damaged, incomplete or not a model of this package ({reason}). "
            f"Received: '{path}'"
        ) from error
    check_finite_weights(((variable.path, variable) for variable in model.variables), path)
    return model
