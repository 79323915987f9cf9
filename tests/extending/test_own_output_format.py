"""An output format from outside the package: `predict.py --save` and Python write it."""

import cv2
import numpy as np
import pytest

import densedepth_tf
from densedepth_tf.commands.predict import main as predict
from densedepth_tf.inference.outputs.depth_writers import OUTPUT_FORMATS
from densedepth_tf.inference.predict_to_folder import predict_to_folder


class Rows:
    """The depth of every `step`-th row, as text, after the camera's focal length."""

    def __init__(self, step):
        self.step = step

    def __call__(self, prediction, options, camera):
        rows = prediction.depth[:: self.step, 0, 0]
        lines = [f"{camera.intrinsics[0, 0]:.1f} {prediction.image.shape}", *map(str, rows)]
        return "\n".join(lines).encode()


@pytest.fixture(autouse=True)
def rows():
    densedepth_tf.register_output_format("rows", ".rows.txt", Rows(8), needs_camera=True)
    yield
    del OUTPUT_FORMATS["rows"]


@pytest.fixture
def photo(tmp_path):
    cv2.imwrite(str(tmp_path / "photo.png"), np.full((16, 24, 3), 90, np.uint8))
    return tmp_path / "photo.png"


class ThreeMetres:
    def predict_depth(self, images, batch_size=8):
        return np.full((*images.shape[:-1], 1), 3, np.float32)


def test_python_writes_it(photo, tmp_path):
    predict_to_folder(ThreeMetres(), [photo], tmp_path / "out", ["rows", "npy"])
    first, *others = (tmp_path / "out/photo.rows.txt").read_text().splitlines()
    assert first.endswith("(16, 24, 3)") and float(first.split()[0]) > 0
    assert others == ["3.0", "3.0"]
    assert (tmp_path / "out/photo.depth.npy").is_file()


def test_predict_py_writes_it(photo, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        predict([f"--input={photo}", f"--output={tmp_path / 'out'}", "--save=rows"])
    assert (ended.value.code or 0) == 0, capsys.readouterr().err
    assert [path.name for path in (tmp_path / "out").glob("[!.]*")] == ["photo.rows.txt"]


@pytest.mark.parametrize("name", ["png", "rows", "two words", ""])
def test_its_name_is_its_own(name):
    with pytest.raises(ValueError, match=f"no other output format has. Received: '{name}'"):
        densedepth_tf.register_output_format(name, ".mine.txt", Rows(1))


@pytest.mark.parametrize("suffix", [".depth.png", "txt", ".a/b", ""])
def test_its_suffix_is_its_own(suffix):
    with pytest.raises(ValueError, match=f"no other output format has. Received: '{suffix}'"):
        densedepth_tf.register_output_format("mine", suffix, Rows(1))
    assert "mine" not in OUTPUT_FORMATS
