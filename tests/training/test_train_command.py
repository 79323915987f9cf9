"""`train.py` like a user meets it: what is wrong is one line, and nothing is left half-written."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from densedepth_tf.commands.train import main

REPOSITORY = Path(__file__).parents[2]
SMALL = [
    "--encoder=mobilenetv2", "--encoder-weights=none", "--decoder-filters=[16,16,8,8,8]",
    "--dataset=rooms", "--num-images=2", "--num-validation-images=1", "--image-size=64x64",
    "--batch-size=2",
]  # fmt: skip


def snapshot(folder):
    """Every file and folder below `folder`, with the content of files."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


@pytest.fixture
def refused(tmp_path, capfd, monkeypatch):
    """`refused(*arguments)`: the one line of a start that fails and changes nothing on disk."""
    monkeypatch.chdir(tmp_path)

    def start(*arguments):
        before = snapshot(tmp_path)
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            # A saved configuration has every option; flags would win over it.
            saved = any(str(argument).startswith("--config=") for argument in arguments)
            main([*([] if saved else SMALL), *map(str, arguments)])
        output, errors = capfd.readouterr()
        assert ended.value.code == 2, errors
        assert errors.startswith("train.py: error: ") and errors.count("\n") == 1, errors
        assert output == ""
        assert snapshot(tmp_path) == before
        return errors

    return start


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--epohcs=3"], "--epohcs=3"),
        (["runs/x"], "runs/x"),
        (["--epochs=three"], "--epochs"),
        (["--optimizer=lion"], "adamw"),
        (["--cache=maybe"], "--cache"),
        (["--encoder=vgg"], "--encoder"),
        (["--variant=paper"], "--variant"),
        (["--encoder-weights=missing.h5"], "missing.h5"),
        (["--image-size=100x100"], "--image-size"),
        (["--image-size=64"], "--image-size"),
        (["--image-size=0x64"], "--image-size"),
        (["--min-depth=5", "--max-depth=1"], "--min-depth is above 0 and below --max-depth"),
        (["--decoder-filters=[16,8]"], "[16, 8]"),
        (["--depth-scale=2"], "--depth-scale"),
        (["--dataset=nyu"], "--data-dir"),
        (["--dataset=photos"], "--dataset"),
        (["--scale-crop=0.5"], "--scale-crop"),
        (["--config=missing.yaml"], "missing.yaml"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_argument_is_named(arguments, named, refused):
    assert named in refused(*arguments)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"epochs: [1\n", "no YAML file"),
        (b"\xff\xfe\x00\x81", "no YAML file"),
        (b"", "option: value"),
        (b"- 1\n", "option: value"),
        (b"epohcs: 3\n", "epohcs"),
        (b"epochs: 3\nbatch-size: 2\n", "batch-size"),
    ],
)
def test_a_wrong_configuration_file_is_named(content, said, refused, tmp_path):
    (tmp_path / "my.yaml").write_bytes(content)
    message = refused(f"--config={tmp_path / 'my.yaml'}")
    assert said in message and "my.yaml" in message


@pytest.mark.parametrize("dataset", ["rooms", "nyu", "folder", "tfrecord"])
@pytest.mark.parametrize("kind", ["missing", "empty", "file"])
def test_data_that_cannot_be_used_is_named(dataset, kind, refused, tmp_path):
    place = tmp_path / "my-data"
    if kind == "empty":
        place.mkdir()
    elif kind == "file":
        place.write_text("not a data set")
    assert str(place) in refused(f"--dataset={dataset}", f"--data-dir={place}")


@pytest.mark.parametrize("workdir", ["file", "file/run", "file/a/b"])
def test_a_folder_that_cannot_be_written_is_named_at_once(workdir, refused, tmp_path):
    (tmp_path / "file").write_text("in the way")
    message = refused(f"--workdir={tmp_path / workdir}")
    assert str(tmp_path / workdir) in message and "not a folder" in message


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_a_read_only_folder_is_named_at_once(refused, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    assert str(tmp_path / "locked/run") in refused(f"--workdir={tmp_path / 'locked/run'}")


@pytest.fixture
def finished(finished_run):
    """The folder of a small finished run, and the flags that go on with it."""
    folder = finished_run(epochs=1, keep_backup=True).folder
    return folder, f"--config={folder.config}"


def test_another_runs_folder_is_left_alone(finished, refused):
    folder, same = finished
    message = refused(same, "--batch-size=4", "--learning-rate=0.1")
    assert str(folder.path) in message and "--overwrite" in message
    assert "batch_size was 2, is 4" in message and "learning_rate was 0.0001, is 0.1" in message


def test_a_run_without_its_configuration_is_left_alone(finished, refused, tmp_path):
    folder, _ = finished
    shutil.copy(folder.config, tmp_path / "kept.yaml")
    folder.config.unlink()
    message = refused(f"--config={tmp_path / 'kept.yaml'}")
    assert str(folder.config) in message and "missing or damaged" in message


def test_a_half_written_backup_is_named_and_left_alone(finished, refused):
    folder, same = finished
    weights = folder.backup / "epoch-00001/state.weights.h5"
    weights.write_bytes(weights.read_bytes()[:5000])
    message = refused(same)
    assert "Cannot resume" in message and str(weights.parent) in message
    assert "--workdir" in message and "--overwrite" in message


def test_overwrite_starts_a_new_run(finished, capfd):
    folder, same = finished
    before = folder.csv_log.read_text()
    with pytest.raises(SystemExit) as ended:
        main([same, "--batch-size=4", "--overwrite"])
    output = capfd.readouterr().out
    assert ended.value.code == 0 and "Resuming" not in output
    assert folder.csv_log.read_text() != before and folder.csv_log.read_text().count("\n") == 2


def start(script, *arguments, cwd):
    return subprocess.Popen(
        [sys.executable, str(script), *arguments],
        cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.long
def test_a_process_that_is_refused_prints_one_line(tmp_path):
    """TensorFlow's own messages do not pass through Python; only a process shows them."""
    with start(REPOSITORY / "train.py", *SMALL, "--encoder=vgg", cwd=tmp_path) as process:
        output, errors = process.communicate(timeout=120)
    assert process.returncode == 2
    assert errors.startswith("train.py: error: Unknown encoder (--encoder)")
    assert errors.count("\n") == 1 and output == ""
    assert list(tmp_path.iterdir()) == []


# `train.py` with the small network of these tests.
SCRIPT = f"""
import sys
sys.path[:0] = {[str(REPOSITORY), str(Path(__file__).parent)]!r}
from densedepth_tf.commands import train
from densedepth_tf.commands.shell import command_line
command_line._start_tensorflow()
from conftest import SmallDepth
from densedepth_tf.training.densedepth import system as densedepth
densedepth.DenseDepth = SmallDepth
train.main()
"""


def test_control_c_says_how_to_go_on_and_that_works(options, tmp_path, capfd):
    """`options` puts the small network in place for this process too."""
    (tmp_path / "train.py").write_text(SCRIPT)
    folder = tmp_path / "my runs/one"
    arguments = [*SMALL, "--epochs=1000", f"--workdir={folder}"]
    with start(tmp_path / "train.py", *arguments, cwd=tmp_path) as process:
        deadline = time.monotonic() + 600
        while not (folder / "backup/epoch-00001/state.json").exists():
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    message = errors.splitlines()[-1]
    assert message.startswith("train.py: interrupted; to go on ")
    _, command = message.split(": train.py ")
    (epoch,) = (path.name for path in (folder / "backup").iterdir() if path.name[0] != ".")
    done = int(epoch.removeprefix("epoch-"))
    with pytest.raises(SystemExit) as ended:
        main([*shlex.split(command), f"--epochs={done + 1}"])
    assert ended.value.code == 0
    assert f"Resuming after epoch {done} from" in capfd.readouterr().out
    assert [path.name for path in (folder / "backup").iterdir()] == [f"epoch-{done + 1:05d}"]
