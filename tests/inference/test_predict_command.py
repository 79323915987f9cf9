import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from densedepth_tf.commands.predict import main
from densedepth_tf.files.outputs.output_record import RECORD_FILE

SCRIPT = Path(__file__).parents[2] / "predict.py"


@pytest.fixture
def photo(tmp_path, rng):
    path = tmp_path / "photos" / "photo.jpg"
    path.parent.mkdir()
    Image.fromarray(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)).save(path)
    return path


def predict(capsys, *arguments):
    """Exit code, standard output and standard error."""
    with pytest.raises(SystemExit) as leaving:
        main([str(argument) for argument in arguments])
    return leaving.value.code or 0, *capsys.readouterr()


@pytest.mark.long
def test_a_photo_in_all_formats(capsys, checkpoint, photo, tmp_path):
    arguments = ("--checkpoint", checkpoint, "--input", photo, "--output", tmp_path / "out")
    code, shown, _ = predict(capsys, *arguments, "--save", "png,npy", "--save", "color")
    assert code == 0 and "1 image in" in shown and "images/s" in shown
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("photo.depth.png", "photo.depth.json", "photo.depth.npy", "photo.color.png"),
        RECORD_FILE,
    }
    code, _, _ = predict(capsys, *arguments, "--save", "side_by_side", "--max-depth", "5")
    assert code == 0 and (tmp_path / "out/photo.side_by_side.png").is_file()


def test_one_bad_file_among_good_ones_is_exit_code_1(capsys, checkpoint, photo, tmp_path):
    (photo.parent / "bad.jpg").write_bytes(photo.read_bytes()[:300])
    code, shown, errors = predict(
        capsys, "--checkpoint", checkpoint, "--input", photo.parent, "--output", tmp_path / "out"
    )
    assert code == 1 and shown.startswith("1 image in")
    assert "Skipped 1 file:" in errors and "bad.jpg" in errors


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"--input": "nowhere.jpg"}, "nowhere.jpg"),
        ({"--input": "empty"}, "empty"),
        ({"--input": "bad.jpg"}, "bad.jpg"),
        ({"--checkpoint": "missing.keras"}, "missing.keras"),
        ({"--checkpoint": "bad.keras"}, "bad.keras"),
        ({"--output": "bad.jpg/out"}, "bad.jpg"),
        ({"--save": "jpeg"}, "jpeg"),
        ({"--min-depth": "5", "--max-depth": "2"}, "min_depth=5"),
        ({"--colormap": "nonsense"}, "nonsense"),
        ({"--batch-size": "0"}, "batch_size=0"),
        ({"--nonsense": "1"}, "--nonsense"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    capsys, monkeypatch, checkpoint, photo, tmp_path, change, word
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    for name in ("bad.jpg", "bad.keras"):
        (tmp_path / name).write_bytes(b"neither")
    flags = {"--checkpoint": checkpoint, "--input": photo, "--output": "out"} | change
    code, shown, errors = predict(capsys, *(item for pair in flags.items() for item in pair))
    assert code == 2 and not shown
    assert errors.startswith("predict.py: error: ") and word in errors
    assert errors.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_help_is_instant():
    resource = pytest.importorskip("resource")  # not on Windows

    def seconds():  # of the processor, which a busy machine does not multiply
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    before = seconds()
    done = subprocess.run([sys.executable, SCRIPT, "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and "side_by_side" in done.stdout
    assert seconds() - before < 2  # 0.05 on an idle machine
