"""A variable of the shell that is not set is no folder."""

import importlib

import pytest


@pytest.mark.parametrize("blank", ["", " ", "\t"])
@pytest.mark.parametrize(
    ("command", "flags"),
    [
        ("predict", ["--input", "a.jpg", "--output"]),
        ("predict", ["--input", "a.jpg", "--output", "out", "--calibrate", "height=1"]
         + ["--save-calibrated"]),
        ("predict", ["--output", "out", "--input"]),
        ("evaluate", ["--checkpoint", "a.keras", "--dataset", "nyu", "--output"]),
        ("export", ["--checkpoint", "a.keras", "--output"]),
        ("export_gt", ["--data-dir", "data", "--output"]),
        ("fill", ["--data-dir", "data", "--output"]),
        ("preflight", ["--data-dir", "a.mp4", "--keep"]),
        ("preset", ["--checkpoint", "a.keras", "--output"]),
        ("rooms", ["--output"]),
        ("study", ["--config", "a.yaml", "--workdir"]),
        ("tfrecord", ["--dataset", "nyu", "--output"]),
        ("demo", ["--workdir"]),
        ("train", ["--workdir"]),
        ("train", ["--data-dir"]),
    ],
)  # fmt: skip
def test_a_blank_value_is_one_line_and_exit_code_2(
    capsys, monkeypatch, tmp_path, command, flags, blank
):
    monkeypatch.chdir(tmp_path)
    main = importlib.import_module(f"densedepth_tf.commands.{command}").main
    with pytest.raises(SystemExit) as leaving:
        main([*flags, blank])
    shown, errors = capsys.readouterr()
    assert leaving.value.code == 2 and not shown and errors.count("\n") == 1
    assert f"argument {flags[-1]}: is empty or blank" in errors
    assert not list(tmp_path.iterdir())


def test_the_form_with_an_equals_sign(capsys):
    from densedepth_tf.commands.train import main

    with pytest.raises(SystemExit) as leaving:
        main(["--workdir="])
    assert leaving.value.code == 2 and "argument --workdir: is empty" in capsys.readouterr().err
