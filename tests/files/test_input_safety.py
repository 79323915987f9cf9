"""An output is no input, however it is spelled."""

import os

import pytest

from densedepth_tf.files.outputs.input_safety import InputSafety


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.mp4").touch()
    (tmp_path / "other.mp4").touch()
    (tmp_path / "link.mp4").symlink_to("a.mp4")
    (tmp_path / "links").symlink_to(".")
    os.link(tmp_path / "a.mp4", tmp_path / "hard.mp4")
    return tmp_path


@pytest.mark.parametrize(
    "output",
    ["a.mp4", "sub/../a.mp4", "links/a.mp4", "link.mp4", "hard.mp4", "./links/links/link.mp4"],
)
@pytest.mark.parametrize("given", ["a.mp4", "link.mp4", "sub/../links/hard.mp4"])
def test_every_spelling_of_an_input_is_refused(folder, monkeypatch, output, given):
    monkeypatch.chdir(folder)
    for path in (output, folder / output):
        with pytest.raises(ValueError, match=r"would replace the input '.*another `keep`"):
            InputSafety([None, "missing.mp4", given]).check(["other.mp4", path], "keep")


def test_anything_else_may_be_written(folder):
    safety = InputSafety([folder / "a.mp4", folder / "sub"])
    safety.check([folder / name for name in ("other.mp4", "new.mp4", "sub/a.mp4")])
    assert safety.replaced_by(folder / "sub/../sub") == str(folder / "sub")
