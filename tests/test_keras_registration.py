"""`import densedepth_tf` alone lets Keras load what the package saved, and costs no time."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from monodepth2_golden import golden_depth_network, golden_pose_network

import densedepth_tf
from densedepth_tf.keras_registration import register_with_keras, saved_classes
from densedepth_tf.models.densedepth.loss import DenseDepthLoss
from densedepth_tf.models.densedepth.network import DenseDepth
from densedepth_tf.models.layers import (
    BilinearUpSampling2D,
    NearestUpSampling2D,
    ReflectionPadding2D,
)
from densedepth_tf.models.monodepth2.depth_network import Monodepth2
from densedepth_tf.models.monodepth2.pose_network import PoseNetwork
from densedepth_tf.models.torch_adam import TorchAdam


def python(code):
    """Runs code in a process that has imported nothing; returns what it prints."""
    code = f"import gc; gc.disable()\n{code}"  # a sixth of the time that importing Keras takes
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    return process.stdout


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A compiled model in a file, an image and the depth it predicts there."""
    folder = tmp_path_factory.mktemp("saved")
    keras.utils.set_random_seed(3)
    model = DenseDepth(
        "mobilenetv2", "official", None, decoder_filters=16, min_depth=0.5, max_depth=8.0,
        image_size=(64, 64), name="mine",
    )  # fmt: skip
    model.compile("adam", DenseDepthLoss(0.5, 8.0, l1_weight=0.2))
    model.save(folder / "model.keras")
    image = np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)
    np.save(folder / "image.npy", image)
    return folder, model.predict_depth(image)


def loading(folder, depth):
    """Code that loads `saved`'s model, and keeps in a file what it predicts of the image."""
    return (
        "import numpy\n"
        f"model = keras.models.load_model({str(folder / 'model.keras')!r})\n"
        f"image = numpy.load({str(folder / 'image.npy')!r})\n"
        f"numpy.save({str(depth)!r}, model.predict_depth(image))\n"
        "print(type(model).__name__, type(model.loss).__name__, model.loss.l1_weight)\n"
        "print(model.name, model.variant, model.min_depth, model.max_depth, model.image_size)\n"
    )


def check_loaded(output, path, depth):
    assert output.splitlines()[-2:] == [
        "DenseDepth DenseDepthLoss 0.2", "mine official 0.5 8.0 (64, 64)",
    ]  # fmt: skip
    np.testing.assert_allclose(np.load(path), depth, rtol=1e-5)


MONODEPTH2 = """
import os
os.chdir({folder!r})
first, second = numpy.load("frames.npz").values()
disparities = keras.models.load_model("depth.keras").multi_scale.predict(second, verbose=0)
motion = keras.models.load_model("pose.keras").predict([first, second], verbose=0)
numpy.savez("outputs.npz", *disparities, *motion)
"""


@pytest.mark.long
def test_files_load_where_the_package_is_imported_first(saved, golden, tmp_path):
    """Without custom objects; its hook is set once, and gone once Keras is there."""
    folder, depth = saved
    arrays = golden("monodepth2")
    golden_depth_network().save(tmp_path / "depth.keras")
    golden_pose_network().save(tmp_path / "pose.keras")
    np.savez(tmp_path / "frames.npz", arrays["frame_-1"], arrays["frame_0"])
    output = python(
        "import sys, importlib, densedepth_tf\n"
        "from densedepth_tf.keras_registration import register_with_keras, _KerasFinder\n"
        "def hooks(): return sum(isinstance(finder, _KerasFinder) for finder in sys.meta_path)\n"
        "register_with_keras()\n"
        "print(hooks())\n"
        "importlib.util.find_spec('keras')\n"
        "print(hooks(), 'keras' in sys.modules)\n"
        "import keras\n"
        "print(hooks())\n"
        + loading(folder, tmp_path / "depth.npy")
        + MONODEPTH2.format(folder=str(tmp_path))
    )
    assert output.splitlines()[:-2] == ["1", "1 False", "0"]
    check_loaded(output, tmp_path / "depth.npy", depth)
    *disparities, axis_angle, translation = np.load(tmp_path / "outputs.npz").values()
    for scale, disparity in enumerate(disparities):
        np.testing.assert_allclose(disparity, arrays[f"disp_{scale}"], rtol=0, atol=1e-5)
    np.testing.assert_allclose(axis_angle, arrays["axisangle_-1"], rtol=0, atol=1e-7)
    np.testing.assert_allclose(translation, arrays["translation_-1"], rtol=0, atol=1e-7)


@pytest.mark.long
def test_a_file_loads_where_keras_is_imported_first(saved, tmp_path):
    """Without custom objects; without the package, Keras says what to import."""
    folder, depth = saved
    output = python(
        "import keras\n"
        f"try: keras.models.load_model('{folder / 'model.keras'}')\n"
        "except TypeError as error: print(error)\n"
        "import densedepth_tf\n" + loading(folder, tmp_path / "depth.npy")
    )
    told = "\n".join(output.splitlines()[:-2])
    assert "make sure they are all imported" in told
    assert "densedepth_tf" in told
    check_loaded(output, tmp_path / "depth.npy", depth)


def test_importing_the_package_does_not_import_keras():
    heavy = python(
        "import sys, densedepth_tf\n"
        "print([name for name in ('keras', 'tensorflow', 'cv2', 'matplotlib') "
        "if name in sys.modules])\n"
    )
    assert heavy.strip() == "[]"


@pytest.mark.parametrize(
    "serialisable",
    [
        DenseDepth,
        DenseDepthLoss,
        Monodepth2,
        PoseNetwork,
        BilinearUpSampling2D,
        NearestUpSampling2D,
        ReflectionPadding2D,
    ],
)
def test_names_in_files_are_the_packages_own(serialisable):
    """They outlive a move of the class to another module."""
    name = f"densedepth_tf>{serialisable.__name__}"
    assert keras.saving.get_registered_name(serialisable) == name
    assert keras.saving.get_registered_object(name) is serialisable


def decorated_classes():
    """The classes of the package that Keras saves, by the module whose source defines them."""
    found = {}
    package = Path(densedepth_tf.__file__).parent
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and any(
                "register_keras_serializable" in ast.unparse(each) for each in node.decorator_list
            ):
                module = path.relative_to(package.parent).with_suffix("")
                found[node.name] = ".".join(module.parts)
    return found


def test_rooms_name_all_classes_that_keras_saves():
    models, parts = saved_classes("SAVED_MODELS"), saved_classes("SAVED_PARTS")
    assert models | parts == decorated_classes()
    assert not models.keys() & parts.keys()
    for names, are_models in ((models, True), (parts, False)):
        for name, module in names.items():
            saved = vars(importlib.import_module(module))[name]
            assert issubclass(saved, keras.Model) is are_models


def test_what_has_not_been_imported_is_imported_when_a_file_holds_it(monkeypatch):
    known = keras.saving.get_custom_objects()
    parts = [
        DenseDepthLoss(0.5, 8.0),
        densedepth_tf.EigenLoss(),
        densedepth_tf.Monodepth2Loss(0.1, 100.0),
        ReflectionPadding2D(),
        TorchAdam(1e-3),
        PoseNetwork(encoder_weights=None),
    ]
    saved = [keras.saving.serialize_keras_object(each) for each in parts]
    for name in [name for name in known if name.startswith("densedepth_tf>")]:
        monkeypatch.delitem(known, name)
    register_with_keras()
    for part, config in zip(parts, saved, strict=True):
        assert type(keras.saving.deserialize_keras_object(config)) is type(part)


def test_a_class_that_is_there_is_not_hidden():
    register_with_keras()
    assert keras.saving.get_registered_object("densedepth_tf>DenseDepth") is DenseDepth


@pytest.mark.long
@pytest.mark.parametrize(
    "first",
    [
        "geometry.warping",
        pytest.param("geometry.rigid_motion", marks=pytest.mark.slow),  # as the one before
        "models.layers",
    ],
)
def test_any_module_of_the_package_may_be_what_imports_keras(first, saved):
    folder, _ = saved
    python(
        f"import densedepth_tf.{first}, keras; keras.models.load_model('{folder / 'model.keras'}')"
    )


@pytest.mark.long
def test_keras_itself_loads_a_model_from_h5(saved, tmp_path):
    folder, depth = saved
    keras.models.load_model(folder / "model.keras").save(tmp_path / "model.h5")
    loaded = keras.models.load_model(tmp_path / "model.h5", compile=False)
    assert isinstance(loaded, DenseDepth) and (loaded.min_depth, loaded.max_depth) == (0.5, 8)
    np.testing.assert_allclose(
        loaded.predict_depth(np.load(folder / "image.npy")), depth, rtol=1e-5
    )
