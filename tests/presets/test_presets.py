"""A model by its name: the one in the package, and small files made of one's own."""

import importlib.resources
import json
import re
import subprocess
import sys

import numpy as np
import pytest

import densedepth_tf
from densedepth_tf import DenseDepth
from densedepth_tf.checkpoint_origin import find_seen_samples
from densedepth_tf.commands import evaluate, predict, preset
from densedepth_tf.data.seen_samples import SAMPLES_FILE, TRAINING, SampleMark, SeenSamples
from densedepth_tf.inference.quick_load import quick_load, quick_load_needs_tensorflow
from densedepth_tf.models.keras_model.precision import dtype_policy
from densedepth_tf.presets import preset_file
from densedepth_tf.presets.mean_of_weights import mean_of_weights
from densedepth_tf.presets.preset_file import read_preset, write_preset
from densedepth_tf.runtimes.preset import PresetEstimator

pytestmark = pytest.mark.long
TEN_MEGABYTES = 10_000_000


@pytest.fixture(scope="module")
def small():
    return DenseDepth.from_preset("nyu_small")


def test_the_graphs_free_sides_have_names(arrays):
    onnx = pytest.importorskip("onnx")
    graph = onnx.load_from_string(arrays["onnx"].tobytes()).graph
    for tensor in (graph.input[0], graph.output[0]):
        sides = tensor.type.tensor_type.shape.dim
        assert [side.dim_param for side in sides[:3]] == ["batch", "height", "width"]


def test_the_model_in_the_package(small):
    from skimage import data

    for size in [(60, 80), (97, 55)]:
        depth = small.predict_depth(np.zeros((2, *size, 3), np.uint8))
        assert depth.shape == (2, *size, 1) and depth.dtype == np.float32
    garage, _, _ = data.stereo_motorcycle()
    depth = small.predict_depth(garage)
    assert depth.min() >= 0.1 and depth.max() <= 10
    # The motorcycle is two to three metres away, the shelves behind it about five.
    middle, top = np.median(depth[220:360, 250:500]), np.median(depth[:60, 450:])
    assert 1.2 < middle < 3.5 and top > 1.3 * middle


@pytest.mark.parametrize("name", ["nyu_small", "rooms_small"])
def test_they_are_small_and_in_float32_once_loaded(name, small):
    folder = importlib.resources.files("densedepth_tf.presets")
    assert len((folder / f"{name}.npz").read_bytes()) <= TEN_MEGABYTES
    model = small if name == "nyu_small" else DenseDepth.from_preset(name)
    assert {variable.dtype for variable in model.variables} == {"float32"}
    with np.load(folder / f"{name}.npz", allow_pickle=False) as archive:
        kernels = [archive[key] for key in archive.files if key.endswith("kernel")]
    assert kernels and all(kernel.dtype == np.float16 for kernel in kernels)
    assert (folder / f"{name}.md").read_text().startswith("# ")


def test_rooms_alone_teach_a_photographs_shape():
    from skimage import data

    model = quick_load("rooms_small")
    assert not quick_load_needs_tensorflow("rooms_small") and model.focal_length == 0.8107
    garage, _, disparity = data.stereo_motorcycle()
    measured = np.nan_to_num(994.978 * 0.193001 / (disparity + 31.086))
    depth, known = np.asarray(model.predict_depth(garage))[..., 0], measured > 0
    likeness = np.corrcoef(np.log(depth[known]), np.log(measured[known]))[0, 1]
    assert likeness > 0.5


def test_a_wrong_name_lists_the_known_ones():
    with pytest.raises(
        ValueError, match=r"nyu_small, nyu, kitti, rooms_small.*Received: 'nyu_tiny'"
    ):
        DenseDepth.from_preset("nyu_tiny")


def test_a_file_of_that_name_goes_before_the_preset(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert densedepth_tf.load("nyu_small").encoder == "mobilenetv2"
    (tmp_path / "nyu_small").mkdir()
    with pytest.raises(FileNotFoundError, match=r"holds no model\.keras"):
        densedepth_tf.load("nyu_small")


def test_predict_needs_no_checkpoint(leave, photo, tmp_path, capsys):
    assert leave(predict, "--input", photo, "--output", tmp_path / "out") == 0
    assert "nyu_small" in capsys.readouterr().out
    report = json.loads((tmp_path / "out" / "coffee.depth.json").read_text())
    assert 0.1 <= report["min"] < report["max"] <= 10
    assert report["checkpoint"] == "nyu_small"


def test_predict_takes_it_without_tensorflow_or_keras(photo, tmp_path):
    code = (
        "import sys\n"
        "from densedepth_tf.commands.predict import main\n"
        f"try: main(['--input', {str(photo)!r}, '--output', {str(tmp_path / 'out')!r}])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print([name for name in ('tensorflow', 'keras') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
    assert (tmp_path / "out" / "coffee.depth.png").is_file()


def test_its_graph_gives_the_depth_of_the_keras_model(small):
    quick = quick_load("nyu_small")
    assert isinstance(quick, PresetEstimator)
    assert (quick.name, quick.image_size) == (small.name, small.image_size)
    assert (quick.min_depth, quick.max_depth) == (small.min_depth, small.max_depth)
    generator = np.random.default_rng(0)
    for size in [(192, 256), (97, 55), (480, 640)]:
        images = generator.integers(0, 256, (2, *size, 3), np.uint8)
        np.testing.assert_allclose(
            quick.predict_depth(images), small.predict_depth(images), rtol=1e-4
        )


def test_without_onnx_runtime_it_is_the_keras_model(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)  # As if it were not installed.
    assert quick_load_needs_tensorflow("nyu_small")
    assert isinstance(quick_load("nyu_small"), DenseDepth)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="RLIMIT_AS is Linux'")
def test_a_batch_that_does_not_fit_into_memory_is_one_error():
    code = (
        "import resource\n"
        "import numpy as np\n"
        "from densedepth_tf.inference.predictor import Predictor\n"
        "from densedepth_tf.inference.quick_load import quick_load\n"
        "predictor = Predictor(quick_load('nyu_small'), batch_size=64)\n"
        "images = np.zeros((64, 480, 640, 3), np.uint8)\n"
        "predictor.predict(images[:1])\n"
        "pages = int(open('/proc/self/statm').read().split()[0])\n"
        "limit = pages * resource.getpagesize() + 200_000_000\n"
        "resource.setrlimit(resource.RLIMIT_AS, (limit, limit))\n"
        "try: predictor.predict(images)\n"
        "except ValueError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Not enough memory for images of 480x640; lower `batch_size`" in done.stdout


def test_on_a_machine_with_a_gpu_it_is_the_keras_model(monkeypatch, tmp_path):
    monkeypatch.setattr("densedepth_tf.inference.quick_load._GPU_SIGNS", (tmp_path,))
    assert not quick_load_needs_tensorflow("nyu_small")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert quick_load_needs_tensorflow("nyu_small")
    assert isinstance(quick_load("nyu_small"), DenseDepth)


def test_files_without_a_graph_are_the_keras_model(arrays, tmp_path):
    del arrays["onnx"]
    np.savez(tmp_path / "older.npz", **arrays)
    assert quick_load_needs_tensorflow(tmp_path / "older.npz")
    assert isinstance(quick_load(tmp_path / "older.npz"), DenseDepth)
    with pytest.raises(ValueError, match=r"no ONNX graph.*older\.npz"):
        PresetEstimator(tmp_path / "older.npz")


def test_without_tf2onnx_the_file_has_no_graph(leave, trained, tmp_path, monkeypatch, capsys):
    trained.save(tmp_path / "model.keras")
    monkeypatch.setattr(preset_file, "_can_write_graph", lambda: False)
    assert leave(preset, "--checkpoint", tmp_path, "--output", tmp_path / "x.npz") == 0
    assert "ONNX graph for predict.py: none" in capsys.readouterr().out
    assert isinstance(quick_load(tmp_path / "x.npz"), DenseDepth)


def test_without_onnx_runtime_the_graph_is_written_all_the_same(
    leave, trained, tmp_path, monkeypatch, capsys
):
    trained.save(tmp_path / "model.keras")
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "onnxruntime", None)
        assert leave(preset, "--checkpoint", tmp_path, "--output", tmp_path / "x.npz") == 0
    assert "written, not compared" in capsys.readouterr().out
    assert isinstance(quick_load(tmp_path / "x.npz"), PresetEstimator)


def test_a_calibrated_copy_of_it_can_be_saved(leave, photo, tmp_path):
    flags = ("--calibrate", "300,200=2", "100,100=3", "--save-calibrated", tmp_path / "copy")
    assert leave(predict, "--input", photo, "--output", tmp_path / "out", *flags) == 0
    assert densedepth_tf.load(tmp_path / "copy").max_depth != 10


def test_evaluate_takes_the_name(leave, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    flags = ("--dataset", "rooms", "--num-images", 2, "--image-size", "64x96", "--no-mirrored")
    assert leave(evaluate, "--checkpoint", "nyu_small", *flags) == 0
    assert (tmp_path / "evaluation" / "nyu_small" / "metrics.json").is_file()
    assert leave(evaluate, "--checkpoint", "nyu_tiny", *flags) == 2


@pytest.mark.parametrize(
    ("encoder", "variant"), [("densenet121", "repo"), ("mobilenetv2", "official")]
)
def test_every_network_has_a_graph(encoder, variant, tmp_path):
    model = DenseDepth(
        encoder, variant, encoder_weights=None, decoder_filters=16, image_size=(64, 96)
    )
    write_preset(model, tmp_path / "x.npz")
    image = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    np.testing.assert_allclose(
        PresetEstimator(tmp_path / "x.npz").predict_depth(image),
        read_preset(tmp_path / "x.npz").predict_depth(image),
        rtol=1e-3,
    )


def test_a_model_in_half_precision_becomes_a_preset_in_float32(trained, tmp_path):
    with dtype_policy("mixed_bfloat16"):
        model = DenseDepth.from_config(trained.get_config())
    model.set_weights(trained.get_weights())
    write_preset(model, tmp_path / "x.npz")
    image = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    for opens in (read_preset, PresetEstimator):
        depth = opens(tmp_path / "x.npz").predict_depth(image)
        np.testing.assert_allclose(depth, trained.predict_depth(image), rtol=1e-2)


@pytest.fixture(scope="module")
def trained(tiny_encoder):
    """Weights whose depth lies inside the range."""
    model = DenseDepth(
        tiny_encoder, encoder_weights=None, decoder_filters=64, max_depth=8, image_size=(64, 96)
    )
    kernel, bias = model.get_layer("conv3").get_weights()
    model.get_layer("conv3").set_weights([kernel, bias + 4])
    return model


def test_a_run_becomes_a_small_checkpoint(leave, trained, tmp_path, capsys):
    trained.save(tmp_path / "model.keras")
    seen = SeenSamples()
    seen.add(TRAINING, [SampleMark.of("a.jpg", np.zeros((30, 40, 3), np.uint8))])
    seen.write(tmp_path / SAMPLES_FILE)
    output = tmp_path / "packed" / "mine.npz"
    output.parent.mkdir()
    assert leave(preset, "--checkpoint", tmp_path, "--output", output) == 0
    assert find_seen_samples(output).count(TRAINING) == 1
    assert "MB" in capsys.readouterr().out
    assert output.stat().st_size < 0.6 * (tmp_path / "model.keras").stat().st_size

    loaded = densedepth_tf.load(output)
    assert (loaded.max_depth, loaded.image_size) == (8, (64, 96))
    image = np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)
    np.testing.assert_allclose(loaded.predict_depth(image), trained.predict_depth(image), rtol=1e-2)
    quick = quick_load(output)
    assert isinstance(quick, PresetEstimator) and quick.max_depth == 8
    np.testing.assert_allclose(quick.predict_depth(image), loaded.predict_depth(image), rtol=1e-4)


def test_several_runs_become_their_mean(leave, trained, tmp_path, capsys):
    for number, name in enumerate(("one", "two")):
        (tmp_path / name).mkdir()
        copy = DenseDepth.from_config(trained.get_config())
        copy.set_weights([weight + number * 0.1 for weight in trained.get_weights()])
        copy.save(tmp_path / name / "model.keras")
        seen = SeenSamples()
        seen.add(TRAINING, [SampleMark.of(name, np.full((30, 40, 3), number, np.uint8))])
        seen.write(tmp_path / name / SAMPLES_FILE)
    runs = ["--checkpoint", tmp_path / "one", "--checkpoint", tmp_path / "two"]
    flags = ["--precision", "float32", "--output", tmp_path / "x.npz"]
    assert leave(preset, *runs, *flags) == 0
    for mean, weight in zip(
        read_preset(tmp_path / "x.npz").get_weights(), trained.get_weights(), strict=True
    ):
        np.testing.assert_allclose(mean, weight + 0.05, rtol=1e-5, atol=1e-6)
    assert find_seen_samples(tmp_path / "x.npz").count(TRAINING) == 2
    other = ["--checkpoint", "nyu_small", "--output", tmp_path / "y.npz"]
    assert leave(preset, "--checkpoint", tmp_path / "one", *other) == 2
    assert re.search(r"one network.*one' and 'nyu_small'", capsys.readouterr().err)
    assert not (tmp_path / "y.npz").exists()


@pytest.mark.parametrize(
    "change, told",
    [
        ({"focal_length": 0.9}, r"focal_length \((None|0\.\d+) and 0\.9\)"),
        ({"max_depth": 20.0}, r"max_depth \(8\.0 and 20\.0\)"),
        ({"image_size": (96, 64)}, r"image_size \(.* and \(96, 64\)\)"),
        ({"batch_norm_momentum": 0.5}, None),
    ],
)
def test_a_mean_is_of_one_network_range_and_camera(trained, change, told):
    one = DenseDepth.from_config(trained.get_config())
    other = DenseDepth.from_config({**trained.get_config(), **change})
    if told is None:
        mean_of_weights({"one": one, "other": other})
        return
    with pytest.raises(ValueError, match=rf"differ in {told}\. .*: 'one' and 'other'"):
        mean_of_weights({"one": one, "other": other})


def test_what_is_no_preset_is_refused(leave, trained, tmp_path, capsys):
    path = tmp_path / "x.npz"
    write_preset(trained, path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ValueError, match=r"damaged.*x\.npz"):
        read_preset(path)
    np.savez(path, a=np.zeros(3))
    with pytest.raises(ValueError, match=r"damaged.*x\.npz"):
        read_preset(path)
    np.savez(path, model=np.array([{"pickled": 1}], object))
    for opens in (densedepth_tf.load, quick_load):
        with pytest.raises(ValueError, match=r"damaged.*x\.npz"):
            opens(path)
    assert leave(preset, "--checkpoint", tmp_path, "--output", tmp_path / "x.keras") == 2
    assert "--output ends in .npz" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert leave(preset, "--checkpoint", tmp_path / "empty", "--output", tmp_path / "y.npz") == 2
    assert "error: The folder holds no model.keras" in capsys.readouterr().err


def test_weights_too_large_for_half_precision_are_refused(trained, tmp_path):
    copy = DenseDepth.from_config(trained.get_config())
    copy.get_layer("conv3").kernel.assign(np.full(copy.get_layer("conv3").kernel.shape, 1e6))
    with pytest.raises(ValueError, match="conv3/kernel is not finite"):
        write_preset(copy, tmp_path / "x.npz")
    assert not list(tmp_path.iterdir())


def test_the_preset_knows_what_it_was_trained_on():
    seen = find_seen_samples("nyu_small")
    # Pairs of NYU and photographs of homes; rows held out.
    assert [seen.count(use) for use in ("training", "validation")] == [700 + 1603, 95]
    assert find_seen_samples("rooms_small").count("training") == 24000
    assert find_seen_samples("kitti") is None
