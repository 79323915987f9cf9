"""What the pages on prediction tell is true: their Python runs, their words exist."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from densedepth_tf import DenseDepth
from densedepth_tf.commands.arguments.camera_arguments import CAMERAS
from densedepth_tf.inference.outputs.depth_writers import OUTPUT_FORMATS
from densedepth_tf.presets.presets import PRESETS

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("prediction", "prediction/checkpoints", "prediction/point_clouds", "prediction/metres")
PAGE = "\n".join((DOCS / f"{name}.md").read_text() for name in PAGES)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    keras.utils.set_random_seed(0)
    network = DenseDepth("mobilenetv2", encoder_weights=None, decoder_filters=16)
    # A flat wall a few metres away, so that the edge filter leaves something.
    kernel, bias = network.get_layer("conv3").get_weights()
    network.get_layer("conv3").set_weights([0 * kernel, bias + 4])
    (tmp_path / "runs/demo").mkdir(parents=True)
    network.save(tmp_path / "runs/demo/model.keras")
    photo = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(photo).save(tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_python_runs_from_top_to_bottom(folder):
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 4
    names = {}
    for block in blocks:
        exec(block, names)
    assert names["depth"].shape == (48, 64, 1) and names["depth"].dtype == np.float32
    assert names["colors"].shape == (48, 64, 3) and names["colors"].dtype == np.uint8
    assert len(names["cloud"]) == 48 * 64
    assert names["metres"][40, 12, 0] == pytest.approx(2.5, rel=0.2)
    assert (folder / "runs/metres/model.keras").is_file()
    assert (folder / "photo.glb").read_bytes().startswith(b"glTF")


def test_every_word_of_save_every_preset_and_every_camera_is_described():
    words = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert words == (set(OUTPUT_FORMATS) - {"json"}) | set(PRESETS)
    assert f"--camera {'|'.join(CAMERAS)}" in PAGE
    for name, output in OUTPUT_FORMATS.items():
        assert f"`X{output.suffix}`" in PAGE, name
