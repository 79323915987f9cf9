"""What `requirements-predict.txt` installs is enough to predict with presets, to the byte."""

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from densedepth_tf.__main__ import COMMANDS
from densedepth_tf.commands.predict import main as predict
from densedepth_tf.inference.outputs.depth_writers import OUTPUT_FORMATS
from densedepth_tf.inference.outputs.html_viewer import SHARE_VIEWER
from densedepth_tf.process.optional_package import FULL_INSTALLATION

LIGHT = """
import sys
class Without:
    def __init__(self, finder):
        self.finder = finder
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in {refused!r}:
            return self.finder.find_spec(name, path, target)
sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
"""
BEYOND = ("rrd",)  # formats with an extra of their own
MAIN = "from densedepth_tf.__main__ import main; main(sys.argv[1:])"


@pytest.fixture(scope="session")
def root(request) -> Path:
    return request.config.rootpath


@pytest.fixture(scope="session")
def light(root):
    """Runs a command, or code, in a Python in which a light installation's modules alone are."""
    installed = _closure(requirements(root / "requirements-predict.txt"))
    refused = {
        module
        for module, owners in metadata.packages_distributions().items()
        if not installed & {canonicalize_name(owner) for owner in owners}
        and not module.startswith(("densedepth_tf", "__editable__"))
    }
    assert {"tensorflow", "keras", *FULL_INSTALLATION} <= refused
    assert not {"numpy", "cv2", "PIL", "onnxruntime", "google"} & refused

    def run(*arguments, code=MAIN):
        environment = {**os.environ, "PYTHONPATH": str(root), "CUDA_VISIBLE_DEVICES": "-1"}
        return subprocess.run(
            [sys.executable, "-c", LIGHT.format(refused=refused) + code, *map(str, arguments)],
            capture_output=True,
            text=True,
            env=environment,
        )

    return run


def requirements(path):
    lines = (line.split("#")[0].strip() for line in path.read_text().splitlines())
    return [Requirement(line) for line in lines if line]


def _closure(wanted):
    """Names of the distributions that come with these requirements."""
    found, waiting = set(), [(canonicalize_name(each.name), each.extras) for each in wanted]
    while waiting:
        name, extras = waiting.pop()
        if (name, *sorted(extras)) in found:
            continue
        found.add((name, *sorted(extras)))
        for line in metadata.requires(name) or []:
            needed = Requirement(line)
            contexts = [{"extra": extra} for extra in ("", *extras)]
            if needed.marker is None or any(map(needed.marker.evaluate, contexts)):
                waiting.append((canonicalize_name(needed.name), needed.extras))
    return {name for name, *_ in found}


def test_the_light_installation_is_a_part_of_the_full_one(root):
    full = set(map(str, requirements(root / "requirements.txt")))
    light = set(map(str, requirements(root / "requirements-predict.txt")))
    assert light < full
    assert {Requirement(line).name for line in full - light} == set(FULL_INSTALLATION.values())


@pytest.mark.long
def test_a_light_installation_predicts_the_same_to_the_byte(light, pictures, tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")  # ONNX Runtime in both
    (tmp_path / "photo.jpg").write_bytes(pictures.jpeg(pictures.image(0, 96, 128)))
    left_out = BEYOND if SHARE_VIEWER.is_file() else (*BEYOND, "html")  # `make web` builds it
    formats = [word for word in OUTPUT_FORMATS if word not in left_out]
    words = ",".join(formats)
    arguments = ["--input", str(tmp_path / "photo.jpg"), "--hfov", "60", "--save", words]
    done = light("predict", *arguments, "--output", tmp_path / "light")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    with pytest.raises(SystemExit) as end:
        predict([*arguments, "--output", str(tmp_path / "full")])
    assert not end.value.code
    full, lighter = (
        {path.name: path.read_bytes() for path in (tmp_path / name).glob("photo.*")}
        for name in ("full", "light")
    )
    assert len(full) == len(formats)
    assert lighter == full


@pytest.mark.long
def test_a_light_installation_measures_presets(light, pictures, tmp_path):
    pictures.pair(tmp_path / "pairs", "rgb/0.jpg", "depth/0.png", size=(64, 96))
    data = ["--dataset", "folder", "--data-dir", tmp_path / "pairs"]
    done = light("evaluate", "--checkpoint", "nyu_small", *data, "--output", tmp_path / "report")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "report" / "metrics.json").is_file()


def test_a_light_installation_has_the_help_of_every_command(light):
    code = (
        "from densedepth_tf.__main__ import main\n"
        f"for name in {list(COMMANDS)!r}:\n"
        "    try: main([name, '--help'])\n"
        "    except SystemExit as end: print('ended:', end.code)\n"
    )
    done = light(code=code)
    assert done.stdout.count("ended: 0") == len(COMMANDS), done.stderr


def test_the_page_takes_a_preset_in_a_light_installation(light):
    code = (
        "from densedepth_tf.page.page_model import page_model\n"
        "print(len(page_model('nyu_small').onnx))\n"
    )
    done = light(code=code)
    assert int(done.stdout) > 9_000_000, done.stderr


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        ("train --dataset rooms --workdir run", "this needs TensorFlow, which is not installed: "),
        ("export --checkpoint nyu_small --format onnx --output out", "this needs TensorFlow"),
        ("evaluate --checkpoint m.keras --dataset rooms --output out", "this needs TensorFlow"),
        ("predict --checkpoint m.keras --input m.png --output out", "this needs TensorFlow"),
        ("predict --input clip.mp4 --output out", "need the package 'av', which is not installed"),
        ("preflight --data-dir clip.mp4", "needs the package 'av', which is not installed: pip"),
    ],
)
def test_what_needs_more_says_in_one_line_what_to_install(
    light, tmp_path, monkeypatch, arguments, missing
):
    monkeypatch.chdir(tmp_path)
    for name in ("clip.mp4", "m.keras"):
        Path(name).write_bytes(b"a file")
    done = light(*arguments.split())
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr
    assert missing in done.stderr
    assert "pip install" in done.stderr


def test_what_is_missing_is_missing_before_tensorflow_is(light, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    commands = (
        "predict --input m.png --output out",
        "evaluate --dataset rooms --output out",
        "export --format onnx --output out.onnx",
        "preset --output out.npz",
        "web --output out",
    )
    code = (
        "from densedepth_tf.__main__ import main\n"
        f"for command in {commands!r}:\n"
        "    for checkpoint in ('missing.keras', 'empty'):\n"
        "        try: main([*command.split(), '--checkpoint', checkpoint])\n"
        "        except SystemExit as end: assert end.code == 2\n"
    )
    errors = light(code=code).stderr.splitlines()
    assert len(errors) == 2 * len(commands) and list(tmp_path.iterdir()) == [tmp_path / "empty"]
    for missing, empty in zip(errors[::2], errors[1::2], strict=True):
        assert "No such checkpoint" in missing and "The folder holds no model.keras" in empty


def test_python_is_told_what_to_install_and_what_works_without(light):
    code = (
        "import numpy, densedepth_tf\n"
        "def told(body):\n"
        "    try: body()\n"
        "    except ImportError as error: print(error)\n"
        "told(lambda: densedepth_tf.load('nyu_small'))\n"
        "told(lambda: densedepth_tf.load_motion('.'))\n"
        "told(lambda: densedepth_tf.DenseDepth)\n"
        "told(lambda: densedepth_tf.train)\n"
        "try: densedepth_tf.load('missing.keras')\n"
        "except FileNotFoundError as error: print(str(error)[:18])\n"
        "predictor = densedepth_tf.Predictor(densedepth_tf.quick_load('nyu_small'))\n"
        "print(predictor.predict(numpy.zeros((64, 96, 3), numpy.uint8)).shape)\n"
    )
    done = light(code=code)
    *told, missing, shape = done.stdout.splitlines()
    assert len(told) == 4, done.stderr
    for sentence in told:
        assert sentence.startswith("this needs TensorFlow, which is not installed: pip install")
        assert "without it, predict.py and `densedepth_tf.quick_load` predict" in sentence
    assert (missing, shape) == ("No such checkpoint", "(64, 96, 1)")
