import subprocess
import sys
from pathlib import Path

import pytest

from densedepth_tf import DenseDepth, load
from densedepth_tf.commands.export import main
from densedepth_tf.export.exporters import export_checkpoint


def export(capsys, *arguments):
    """Exit code, standard output and standard error."""
    with pytest.raises(SystemExit) as leaving:
        main([str(argument) for argument in arguments])
    return leaving.value.code or 0, *capsys.readouterr()


@pytest.fixture(scope="module")
def checkpoint(tiny_encoder, tmp_path_factory):
    run = tmp_path_factory.mktemp("runs") / "small"
    run.mkdir()
    model = DenseDepth(tiny_encoder, encoder_weights=None, decoder_filters=16)
    kernel, bias = model.get_layer("conv3").get_weights()
    model.get_layer("conv3").set_weights([kernel, bias + 4])  # depth inside its range
    model.save(run / "model.keras")
    return run


def test_a_run_folder_becomes_a_saved_model(capsys, checkpoint, tmp_path):
    arguments = ("--checkpoint", checkpoint, "--format", "savedmodel")
    code, shown, _ = export(capsys, *arguments, "--output", tmp_path / "new" / "exported")
    assert code == 0 and "largest relative difference" in shown
    assert load(tmp_path / "new" / "exported").max_depth == 10


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"--format": "tflight"}, "savedmodel"),
        ({"--checkpoint": "missing"}, "missing"),
        ({"--checkpoint": "SAVED_MODEL"}, "exported again"),
        ({"--output": "file/exported"}, "file"),
        ({"--output": "folder"}, "notes.txt"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    capsys, monkeypatch, checkpoint, saved_model, tmp_path, change, word
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "notes.txt").touch()
    flags = {"--checkpoint": checkpoint, "--output": "exported"} | change
    if flags["--checkpoint"] == "SAVED_MODEL":
        flags["--checkpoint"] = saved_model
    code, shown, errors = export(capsys, *(item for pair in flags.items() for item in pair))
    assert code == 2 and not shown
    assert errors.startswith("export.py: error: ") and word in errors
    assert errors.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_an_unknown_format_names_the_known_ones(checkpoint, tmp_path):
    with pytest.raises(ValueError, match=r"takes savedmodel.*'tflight'"):
        export_checkpoint(checkpoint, "tflight", tmp_path / "exported")


def test_the_script_shows_its_help():
    script = Path(__file__).parents[2] / "export.py"
    done = subprocess.run([sys.executable, script, "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and "savedmodel" in done.stdout
