"""What the tests of presets share."""

import numpy as np
import pytest
from PIL import Image

from densedepth_tf.presets.presets import preset_path


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch):
    """As on a machine without one, in this process and in those it starts."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")


@pytest.fixture
def leave():
    """`leave(command, *arguments)` runs a command and returns its exit code."""

    def run(command, *arguments):
        with pytest.raises(SystemExit) as leaving:
            command.main([str(argument) for argument in arguments])
        return leaving.value.code or 0

    return run


@pytest.fixture
def photo(tmp_path):
    from skimage import data

    path = tmp_path / "photos" / "coffee.png"
    path.parent.mkdir()
    Image.fromarray(data.coffee()).save(path)
    return path


@pytest.fixture
def arrays():
    """The arrays in the file of `nyu_small`, by their names."""
    with np.load(preset_path("nyu_small"), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
