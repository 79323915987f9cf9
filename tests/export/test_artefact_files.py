"""Artefacts as files: loaded without TensorFlow, by commands, and refused by name."""

import re
import subprocess
import sys

import cv2
import numpy as np
import pytest
from tiny_depth import SIZE, SUFFIX, pictures

from densedepth_tf import load
from densedepth_tf.inference.metres.scaled_estimator import ScaledEstimator
from densedepth_tf.inference.outputs.output_options import OutputOptions
from densedepth_tf.inference.predict_to_folder import predict_to_folder
from densedepth_tf.inference.sharpened_estimator import SharpenedEstimator


@pytest.mark.parametrize("name", SUFFIX)
def test_predict_py_starts_an_artefact_without_tensorflow(artefact, tmp_path, name):
    """TensorFlow's import would be most of the wait for the first picture."""
    path, picture = artefact(name), tmp_path / "photo.png"
    cv2.imwrite(str(picture), pictures(1)[0])
    flags = ["--checkpoint", str(path), "--input", str(picture), "--output", str(tmp_path / "out")]
    code = (
        "import sys\n"
        "sys.modules['tensorflow'] = None\n"
        "from densedepth_tf.commands.predict import main\n"
        f"try: main({flags})\n"
        "finally: print(*{'keras', 'scipy', 'skimage'} & {*sys.modules}, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not done.stderr.strip()
    assert (tmp_path / "out" / "photo.depth.png").is_file()


RUN_ALONE = """
import sys
from densedepth_tf import load
import numpy as np
print(load(sys.argv[1]).predict_depth(np.zeros((64, 96, 3), np.uint8)).shape)
print([name for name in ("tensorflow", "keras", "openvino_telemetry") if name in sys.modules])
"""


@pytest.mark.parametrize("name", SUFFIX)
def test_running_an_artefact_needs_no_tensorflow_and_reports_nothing(exported, name):
    path = exported(name) / f"m{SUFFIX[name]}"
    done = subprocess.run(
        [sys.executable, "-c", RUN_ALONE, path], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["(64, 96, 1)", "[]"]


SIGNAL_STACK = """
import ctypes, faulthandler, sys
from densedepth_tf import load
faulthandler.enable()  # which gives signals a stack of their own

class Stack(ctypes.Structure):
    _fields_ = [("address", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t)]

def stack():
    now = Stack()
    ctypes.CDLL(None).sigaltstack(None, ctypes.byref(now))
    return now.address, now.flags, now.size

before = stack()
model = load(sys.argv[1])
print(before == stack(), before[2] > 0)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="sigaltstack of Linux")
def test_openvino_leaves_signals_their_stack(exported):
    """Where the processor has AMX, OpenVINO's own is too small for Ctrl-C."""
    path = exported("openvino") / "m.xml"
    done = subprocess.run(
        [sys.executable, "-c", SIGNAL_STACK, path], capture_output=True, text=True, check=True
    )
    assert done.stdout == "True True\n"


@pytest.mark.parametrize("name", SUFFIX)
def test_damaged_and_foreign_files_are_named(artefact, tmp_path, name):
    suffix = SUFFIX[name]
    path = artefact(name)
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    text = tmp_path / f"text{suffix}"
    text.write_text("no model")
    if name == "openvino":
        for copy in (cut, text):
            copy.with_suffix(".bin").write_bytes(path.with_suffix(".bin").read_bytes())
    for copy in (cut, text):
        with pytest.raises(ValueError, match=f"damaged or incomplete.*'.*{copy.name}'"):
            load(copy)


def test_a_picture_of_another_size_is_skipped_and_named(artefact, tmp_path):
    artefact("onnx")
    files = [tmp_path / name for name in ("a.png", "b.png", "c.png")]
    for file, size in zip(files, (SIZE, (64, 80), SIZE), strict=True):
        cv2.imwrite(str(file), pictures(1, size)[0])
    for model in (tmp_path / "m.onnx", ScaledEstimator(load(tmp_path / "m.onnx"), 2.0)):
        report = predict_to_folder(model, files, tmp_path / "out", ["npy"])
        assert report.num_predicted == 2
        (failure,) = report.failures
        assert re.search(r"'.*b\.png': '.*m\.onnx' takes images of 64x96 only", failure.reason)
    with pytest.raises(ValueError, match=r"b\.png': .*takes images of 64x96 only"):
        predict_to_folder(tmp_path / "m.onnx", files[1:2], tmp_path / "out", ["npy"])


def test_openvino_without_its_weights_says_so(artefact, tmp_path):
    artefact("openvino")
    (tmp_path / "m.bin").unlink()
    with pytest.raises(ValueError, match=r"'m\.bin' are not beside"):
        load(tmp_path / "m.xml")


@pytest.mark.parametrize("name", SUFFIX)
def test_depth_of_an_artefact_is_sharpened_as_any(tiny, artefact, tmp_path, name):
    path, picture = artefact(name), tmp_path / "photo.png"
    image = pictures(1)[0]
    cv2.imwrite(str(picture), image[..., ::-1])
    sharp = OutputOptions(sharpen=True)
    predict_to_folder(path, [picture], tmp_path / "out", ["npy"], sharp)
    depth = np.load(tmp_path / "out/photo.depth.npy")
    expected = SharpenedEstimator(tiny).predict_depth(image)[..., 0]
    np.testing.assert_allclose(depth, expected, rtol=1e-2)
    assert not np.allclose(depth, tiny.predict_depth(image)[..., 0], rtol=1e-2)
