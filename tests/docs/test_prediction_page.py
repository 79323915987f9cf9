"""What the pages on prediction tell is true: their Python runs, their words exist."""

import re

import numpy as np
import pytest
from documented import REPOSITORY

from densedepth_tf.commands.arguments.camera_arguments import CAMERAS
from densedepth_tf.inference.outputs.depth_writers import OUTPUT_FORMATS
from densedepth_tf.presets.presets import PRESETS

PAGES = ("prediction", "prediction/checkpoints", "prediction/point_clouds", "prediction/metres")
PAGE = "\n".join((REPOSITORY / f"docs/{name}.md").read_text() for name in PAGES)


@pytest.mark.long
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
    assert words == set(OUTPUT_FORMATS) | set(PRESETS)
    assert f"--camera {'|'.join(CAMERAS)}" in PAGE
    for name, output in OUTPUT_FORMATS.items():
        assert f"`X{output.suffix}`" in PAGE, name
