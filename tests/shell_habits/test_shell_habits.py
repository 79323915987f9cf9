"""What people expect of a command whatever it does, because other commands are like that."""

import importlib
import re
import subprocess
import sys

import pytest

import densedepth_tf
from densedepth_tf.__main__ import COMMANDS
from densedepth_tf.__main__ import main as package
from densedepth_tf.commands.predict import main as predict
from densedepth_tf.commands.shell import program
from densedepth_tf.commands.shell.command_line import run
from densedepth_tf.commands.shell.named_config import find_config, named_configs
from densedepth_tf.commands.train import main as train


@pytest.fixture
def said(capsys):
    """`said(main, *arguments)`: exit code, standard output and standard error of a command."""

    def run(main, *arguments):
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return ended.value.code, captured.out, captured.err

    return run


@pytest.mark.parametrize("main", [package, predict, train])
def test_a_command_tells_its_version(said, main):
    assert said(main, "--version") == (0, f"densedepth-tf {densedepth_tf.__version__}\n", "")


def test_versions_and_names_come_before_tensorflow_and_numpy():
    code = (
        "import sys; from densedepth_tf.__main__ import main\n"
        "try: main(['--version'])\n"
        "finally: print(sorted({'numpy', 'keras', 'tensorflow', 'cv2'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[1:] == ["[]"], done.stderr


def test_messages_call_a_command_as_it_was_started(said, monkeypatch):
    assert said(predict)[2].startswith("predict.py: error: ")
    monkeypatch.setattr(sys, "argv", ["/usr/bin/densedepth-predict"])
    assert said(predict)[2].startswith("densedepth-predict: error: ")
    code, _, error = said(package, "predict")
    assert code == 2 and error.startswith("densedepth predict: error: ")
    assert "(see `densedepth predict --help`)" in error
    assert "usage: densedepth train" in said(package, "train", "--help")[1]


def test_started_as_a_module_a_command_says_so(said, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/lib/densedepth_tf/__main__.py"])
    error = said(package, "predict")[2]
    assert error.startswith("python -m densedepth_tf predict: error: ")
    assert "(see `python -m densedepth_tf predict --help`)" in error
    assert said(package, "predct")[2].startswith("python -m densedepth_tf: error: ")
    assert said(package, "inspect")[2].startswith("python -m densedepth_tf inspect: error: ")
    assert "usage: python -m densedepth_tf COMMAND" in said(package, "--help")[1]


def test_advice_names_commands_as_they_were_started():
    text = "Next: evaluate.py --checkpoint runs/evaluate.py; see docs/train.py"
    with program.started_by_package():
        named = program.with_programs(text)
    # Files are files.
    assert named == text.replace("Next: evaluate.py", "Next: densedepth evaluate")
    assert program.with_programs(text) == text


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("predct", "predict"),
        ("predict --inptu a --output b", "--input"),
        ("predict --input a --output b --save colour", "color"),
        ("predict --input a --output b --camera kiti", "kitti"),
        ("predict --input a --output b --save png --colormap viridiss", "viridis"),
        ("predict --input {photo} --output {out} --checkpoint nyu_smal", "nyu_small"),
        ("evaluate --checkpoint nyu_smal --dataset rooms", "nyu_small"),
        ("evaluate --checkpoint nyu_small --dataset nyuu", "nyu"),
        ("evaluate --checkpoint nyu_small --dataset rooms --protocol kitti-eigem", "kitti-eigen"),
        ("export --checkpoint nyu_small --format onxx --output a.onnx", "onnx"),
        ("train --datset rooms", "--dataset"),
        ("train --dataset roms", "rooms"),
        ("train --model eigem", "eigen"),
        ("train --encoder mobilnetv2", "mobilenetv2"),
        ("train --config nyu_smal", "nyu_small"),
        ("train --optimizer adma", "adam"),
        ("train --schedule cosin", "cosine"),
        ("train --model monodepth2 --supervision stero", "stereo"),
        ("train --resume batch_size=2", "--resume-with"),
        ("study --config romms --workdir w", "rooms"),
    ],
)
def test_a_word_that_is_nearly_right_is_named(said, line, meant, tmp_path, monkeypatch, pictures):
    (tmp_path / "a.png").write_bytes(pictures.png(pictures.image(0, 40, 60)))
    monkeypatch.chdir(tmp_path)
    words = line.format(photo=tmp_path / "a.png", out=tmp_path / "out").split()
    code, _, error = said(package, *words)
    assert code == 2 and error.count("\n") == 1
    assert re.search(rf"Did you mean {re.escape(meant)}\?", error)


def test_a_word_that_is_like_none_is_not_guessed(said):
    error = said(package, "xyzzy")[2]
    assert "unknown command 'xyzzy'" in error and "Did you mean" not in error
    assert all(name in error for name in COMMANDS)
    # Dashes are no likeness.
    assert "Did you mean" not in said(package, "rooms", "--tipe")[2]
    assert "Did you mean" not in said(package, "preset", "--zzz")[2]


def test_a_value_of_a_training_that_is_none_names_those_there_are(said):
    error = said(train, "--optimizer", "adma")[2]
    assert "invalid choice: 'adma' (choose from 'amsgrad', 'adam', 'adamw', 'sgd')" in error


def test_a_configuration_is_found_by_its_name_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for given in ("nyu_small", "nyu_small.yaml", "configs/nyu_small.yaml"):
        assert "dataset: nyu" in find_config(given).read_text()
    assert find_config("configs/study/rooms.yaml", "study") == named_configs("study")["rooms"]
    (tmp_path / "nyu_small").write_text("epochs: 1\n")
    assert find_config("nyu_small").read_text() == "epochs: 1\n", "a file comes first"


@pytest.mark.parametrize(
    ("level", "told"),
    [
        ("verbose", ["DENSEDEPTH_TF_LOG_LEVEL is one of debug, info, warning, error"]),
        ("warn", ["Did you mean warning?", "Received: 'warn'"]),
        ("WARNING", []),
        ("", []),
    ],
)
def test_a_level_of_the_environment_that_there_is_not_is_told(level, told, said, monkeypatch):
    monkeypatch.setenv("DENSEDEPTH_TF_LOG_LEVEL", level)
    code, _, error = said(lambda _: run("a command", lambda: 0))
    assert code == 0 and error.count("\n") == len(told[:1])
    assert all(each in error for each in ["warning: ", *told] if told)


@pytest.mark.parametrize(
    ("command", "flags"),
    [
        ("predict", ["--input", "a.jpg", "--output"]),
        ("evaluate", ["--dataset", "nyu", "--output", "out", "--predictions"]),
        ("evaluate", ["--predictions", "p", "--dataset", "nyu", "--output", "out", "--data-dir"]),
        ("evaluate", ["--dataset", "nyu", "--output", "out", "--checkpoint"]),
        ("export_gt", ["--output", "out", "--data-dir"]),
        ("fill", ["--output", "out", "--data-dir"]),
        ("inspect", ["--dataset", "nyu", "--data-dir"]),
        ("preflight", ["--data-dir"]),
        ("study", ["--workdir", "w", "--config"]),
        ("tfrecord", ["--dataset", "nyu", "--output", "out", "--data-dir"]),
        ("upload", ["--to", "hf://user/name", "--folder"]),
        ("train", ["--data-dir"]),
        ("train", ["--workdir", "run", "--resume-with", "data_dir"]),
    ],
)
@pytest.mark.parametrize("address", ["https://example.org/data.zip", "http:/example.org"])
def test_no_flag_takes_an_address_on_the_web(command, flags, address, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main = importlib.import_module(f"densedepth_tf.commands.{command}").main
    given = [f"data_dir={address}"] if flags[-1] == "data_dir" else [*flags[-1:], address]
    code, _, error = said(main, *flags[:-1], *given)
    assert code == 2 and error.count("\n") == 1 and not list(tmp_path.iterdir())
    assert "Files are on this machine, not on the web: download it first" in error
    assert f"Received: '{address}'" in error


def test_nor_does_a_file_of_options(said, tmp_path):
    config = tmp_path / "mine.yaml"
    config.write_text("dataset: nyu\nstart_from: https://example.org/nyu.h5\n")
    code, _, error = said(train, "--config", config, "--workdir", tmp_path / "run")
    assert code == 2 and "--start-from: Files are on this machine" in error


@pytest.mark.parametrize(
    "address", ["https://example.org/a.jpg", "http://example.org/run", "FTP://x/y"]
)
@pytest.mark.parametrize("flag", ["--input", "--checkpoint"])
def test_an_address_on_the_web_is_refused_in_a_sentence(said, flag, address, tmp_path, pictures):
    photo = tmp_path / "a.png"
    photo.write_bytes(pictures.png(pictures.image(0, 40, 60)))
    flags = {"--input": photo, "--output": tmp_path / "out", flag: address}
    code, _, error = said(predict, *(word for pair in flags.items() for word in pair))
    assert code == 2 and "download it first" in error and address in error
