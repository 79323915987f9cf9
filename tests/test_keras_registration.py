"""`import densedepth_tf` alone lets Keras load what the package saved, and costs no time."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from densedepth_tf.keras_registration import SERIALISABLE_MODULES
from densedepth_tf.models.densedepth.loss import DenseDepthLoss
from densedepth_tf.models.densedepth.network import DenseDepth
from densedepth_tf.models.layers import (
    BilinearUpSampling2D,
    NearestUpSampling2D,
    ReflectionPadding2D,
)
from densedepth_tf.models.monodepth2.depth_network import Monodepth2
from densedepth_tf.models.monodepth2.pose_network import PoseNetwork

ORDERS = {
    "package before keras": "import densedepth_tf, keras",
    "keras before package": "import keras, densedepth_tf",
}


def python(code):
    """Runs code in a process that has imported nothing; returns what it prints."""
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


@pytest.mark.parametrize("order", ORDERS)
def test_a_file_loads_in_another_process_without_custom_objects(order, saved, tmp_path):
    folder, depth = saved
    output = python(
        f"{ORDERS[order]}\n"
        "import numpy\n"
        f"model = keras.models.load_model({str(folder / 'model.keras')!r})\n"
        f"image = numpy.load({str(folder / 'image.npy')!r})\n"
        f"numpy.save({str(tmp_path / 'depth.npy')!r}, model.predict_depth(image))\n"
        "print(type(model).__name__, type(model.loss).__name__, model.loss.l1_weight)\n"
        "print(model.name, model.variant, model.min_depth, model.max_depth, model.image_size)\n"
    )
    assert output.splitlines()[-2:] == [
        "DenseDepth DenseDepthLoss 0.2", "mine official 0.5 8.0 (64, 64)",
    ]  # fmt: skip
    np.testing.assert_allclose(np.load(tmp_path / "depth.npy"), depth, rtol=1e-5)


def test_importing_the_package_does_not_import_keras():
    heavy = python(
        "import sys, densedepth_tf\n"
        "print([name for name in ('keras', 'tensorflow', 'cv2', 'matplotlib') "
        "if name in sys.modules])\n"
    )
    assert heavy.strip() == "[]"


def test_the_hook_is_gone_once_keras_is_there_and_was_set_once():
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
    )
    assert output.splitlines() == ["1", "1 False", "0"]


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
    assert serialisable.__module__ in SERIALISABLE_MODULES


@pytest.mark.parametrize("module", ["warping", "projection", "region", "rigid_motion"])
def test_geometry_may_be_what_imports_keras(module):
    python(f"import densedepth_tf.geometry.{module}, keras; keras.ops.ones(1)")


def test_loading_registers_what_geometry_left_out(saved):
    folder, _ = saved
    python(
        "from densedepth_tf.geometry.warping import warp; import densedepth_tf; "
        f"densedepth_tf.load('{folder / 'model.keras'}')"
    )


def test_keras_itself_loads_a_model_from_h5(saved, tmp_path):
    folder, depth = saved
    keras.models.load_model(folder / "model.keras").save(tmp_path / "model.h5")
    loaded = keras.models.load_model(tmp_path / "model.h5", compile=False)
    assert isinstance(loaded, DenseDepth) and (loaded.min_depth, loaded.max_depth) == (0.5, 8)
    np.testing.assert_allclose(
        loaded.predict_depth(np.load(folder / "image.npy")), depth, rtol=1e-5
    )
