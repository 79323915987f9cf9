"""A model of one's own, and the graphics card, give the depth that the package gives."""

import json

import numpy as np
import pytest
from PIL import Image

from densedepth_tf.commands.web import main
from densedepth_tf.files.images.image_file import read_image
from densedepth_tf.inference.quick_load import quick_load

# An imitated card, which the page has to be asked for.
WEBGPU = ("--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan")


@pytest.fixture
def picture(pictures, tmp_path):
    path = tmp_path / "room.png"
    Image.fromarray(pictures.image(3, 96, 128)).save(path)
    return path


@pytest.fixture(scope="module")
def run(tiny_encoder, tmp_path_factory):
    """A run's folder, and its model."""
    from densedepth_tf import DenseDepth

    folder = tmp_path_factory.mktemp("runs") / "own"
    folder.mkdir()
    model = DenseDepth(
        tiny_encoder,
        encoder_weights=None,
        decoder_filters=16,
        image_size=(64, 96),
        focal_length=0.9,
    )
    kernel, bias = model.get_layer("conv3").get_weights()
    model.get_layer("conv3").set_weights([kernel, bias + 4])  # depth inside its range
    model.save(folder / "model.keras")
    return folder, model


def test_a_run_is_exported_and_shown(launch, run, host, visit, show, take, says, picture, tmp_path):
    folder, model = run
    with pytest.raises(SystemExit) as leaving:
        main(["--checkpoint", str(folder), "--output", str(tmp_path / "site")])
    assert not leaving.value.code
    tab = visit(host(tmp_path / "site"))
    show(tab, picture)
    depth = np.load(take(tab, "npy"))
    image = read_image(picture)
    np.testing.assert_allclose(depth, model.predict_depth(image)[..., 0], rtol=0, atol=1e-4)
    assert tab.inner_text("#model-name") == "own"
    tab.locator("#fov").fill("50")
    says(tab, "#lens-origin", "As you set it")
    brought = np.load(take(tab, "npy"))
    own = model.predict_depth(image, focal_length=128 / (2 * np.tan(np.radians(25))))[..., 0]
    assert np.abs(own / depth - 1).max() > 0.05
    np.testing.assert_allclose(brought, own, rtol=0, atol=1e-4)


def test_a_keras_file_is_one_too(launch, run, tmp_path):
    with pytest.raises(SystemExit) as leaving:
        main(["--checkpoint", str(run[0] / "model.keras"), "--output", str(tmp_path)])
    assert not leaving.value.code
    described = json.loads((tmp_path / "model" / "model.json").read_text())
    assert described["image_size"] == [64, 96] and described["focal_length"] == 0.9
    assert quick_load(tmp_path / "model" / "model.onnx").max_depth == 10


def test_webgpu_gives_the_same_metres(visit, served, show, take, says, picture):
    tab = visit(f"{served}?engine=webgpu", flags=WEBGPU)
    says(tab, "#engine", "^Ready · WebGPU$")
    show(tab, picture)
    says(tab, "#engine", "WebGPU$")
    depth = quick_load("nyu_small").predict_depth(read_image(picture))[..., 0]
    np.testing.assert_allclose(np.load(take(tab, "npy")), depth, rtol=0, atol=1e-4)


def test_a_card_that_fails_is_done_without(visit, served, says):
    """The page asks for WebGPU; the build of ONNX Runtime that needs it does not come."""
    tab = visit(served, flags=WEBGPU)
    tab.route("**/*jspi*.wasm", lambda route: route.abort())
    tab.goto(f"{served}?engine=webgpu")
    says(tab, "#engine", "^Ready · WebAssembly")
