"""The Python on the pages of the documentation is valid, uses public names, and runs."""

import ast

import numpy as np
import pytest
from documented import PAGES, REPOSITORY, python_blocks
from made_up_kitti import NAME, write_drive

import densedepth_tf
from densedepth_tf.export.serving_module import INPUT_NAME, OUTPUT_NAME, ServingModule

DOCS = REPOSITORY / "docs"


def run(page, names, blocks=slice(None)):
    for block in python_blocks(page)[blocks]:
        exec(block, names)
    return names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_pages_use_public_names_only(page):
    for block in python_blocks(page):
        for node in ast.walk(ast.parse(block)):
            assert not (
                isinstance(node, ast.ImportFrom) and node.module.startswith("densedepth_tf")
            )
            match node:
                case ast.Attribute(value=ast.Name(id="densedepth_tf"), attr=name):
                    assert name in densedepth_tf.__all__


@pytest.mark.long
def test_the_readme_predicts_metres():
    images = np.random.default_rng(0).integers(0, 256, (2, 60, 80, 3), np.uint8)
    metres = run(REPOSITORY / "README.md", {"images": images})["metres"]
    assert metres.shape == (2, 60, 80, 1) and 0.1 <= metres.min() <= metres.max() <= 10


@pytest.mark.long
def test_the_preset_predicts_a_file(folder):
    depth = run(DOCS / "how_to/predict_a_folder.md", {})["depth"]
    assert depth.shape == (48, 64, 1) and depth.dtype == np.float32


@pytest.mark.long
def test_an_exported_model_gives_its_metres_without_this_package(folder):
    model = densedepth_tf.load("runs/demo")
    ServingModule(model).save("hall_model")
    page, names = DOCS / "tutorials/metres_from_a_camera.md", {}
    saved_model, onnx = python_blocks(page)
    assert "densedepth_tf" not in saved_model + onnx
    exec(saved_model, names)
    expected = model.predict_depth(names["images"])
    np.testing.assert_allclose(names["depth"], expected, rtol=1e-5)
    assert f'run(["{OUTPUT_NAME}"], {{"{INPUT_NAME}": images}})' in onnx


@pytest.mark.long
def test_videos_are_predicted_frame_by_frame(folder, make_clip):
    make_clip("clip.mp4", [np.full((48, 64, 3), level, np.uint8) for level in (90, 120, 150)])
    images = np.zeros((2, 40, 56, 3), np.uint8)
    names = run(DOCS / "video.md", {"images": images, "dataset": iter(images)})
    assert names["prediction"].frame.index == 2  # the last of every second frame
    assert names["prediction"].depth.shape == (48, 64, 1)
    assert names["depth"].shape == (40, 56, 1)


def test_consecutive_frames_come_with_their_neighbours(tmp_path, monkeypatch):
    write_drive(tmp_path / "kitti_raw")
    (tmp_path / "train_files.txt").write_text(f"{NAME} 2 l\n")
    monkeypatch.chdir(tmp_path)
    sample = run(DOCS / "data/sequences.md", {})["sample"]
    assert sample["frames"].shape == (3, *sample["image"].shape)
    assert sample["stereo_transform"][0, 3] == pytest.approx(-0.5)


@pytest.mark.parametrize("page", ("how_to/fill_missing_depth.md", "data/missing_depth.md"))
def test_missing_depth_is_filled(page, rng):
    depth = rng.uniform(1, 2, (24, 32)).astype(np.float32)
    depth[8:16, 8:16] = 0
    image = rng.integers(0, 256, (24, 32, 3), np.uint8)
    filled = run(DOCS / page, {"image": image, "depth": depth})["filled"]
    assert filled.min() >= 1 and (filled[depth > 0] == depth[depth > 0]).all()
