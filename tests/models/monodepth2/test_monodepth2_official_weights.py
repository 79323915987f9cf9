"""Official `.pth` files: written by PyTorch, read without running their content, strictly."""

import sys

import numpy as np
import pytest
from monodepth2_golden import golden_state_dict

import densedepth_tf
from densedepth_tf import Monodepth2
from densedepth_tf.models.monodepth2.official_weights import (
    load_official,
    load_official_pose,
)
from densedepth_tf.models.monodepth2.pytorch_files.official_names import official_variables
from densedepth_tf.models.monodepth2.pytorch_files.state_dict import assign_state_dict

PARTS = ("encoder", "depth", "pose_encoder", "pose")
SETTINGS = {"height": 192, "width": 640, "use_stereo": False}


class Executable:
    """What a hostile file could hold: pickle would call a function on reading."""

    def __reduce__(self):
        return print, ("executed",)


def tensors_of(torch, part):
    """One file's content as PyTorch's training writes it."""
    content = {name: torch.from_numpy(array) for name, array in golden_state_dict(part).items()}
    return {**content, **SETTINGS} if part == "encoder" else content


@pytest.fixture(scope="module")
def official(torch, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mono_640x192")
    for part in PARTS:
        torch.save(tensors_of(torch, part), folder / f"{part}.pth")
    return folder


@pytest.fixture
def depth_folder(official, tmp_path):
    """A folder of the depth network's files, to be spoiled."""
    for part in ("encoder", "depth"):
        (tmp_path / f"{part}.pth").symlink_to(official / f"{part}.pth")
    return tmp_path


def rewrite(torch, folder, part, content):
    path = folder / f"{part}.pth"
    path.unlink()
    torch.save(content, path)


@pytest.mark.long
@pytest.mark.parametrize("part", PARTS)
def test_a_tensor_that_is_not_finite_is_named(torch, official, tmp_path, part):
    for each in PARTS:
        (tmp_path / f"{each}.pth").symlink_to(official / f"{each}.pth")
    content = tensors_of(torch, part)
    ends = ("conv1.weight", "conv.weight", "net.1.weight")
    name = next(name for name in content if name.endswith(ends))
    content[name] = content[name].clone()
    content[name].view(-1)[3] = float("nan")
    rewrite(torch, tmp_path, part, content)
    loads = densedepth_tf.load_motion if part.startswith("pose") else densedepth_tf.load
    with pytest.raises(ValueError, match=rf"{name} is not finite: 1 of .*/{part}\.pth'"):
        loads(tmp_path)


def test_depth_network(official, golden):
    model = densedepth_tf.load(official)

    assert isinstance(model, Monodepth2)
    assert (model.encoder, model.image_size) == ("resnet18", (192, 640))
    assert (model.min_depth, model.max_depth) == (0.1, 100)
    disparities = model.multi_scale.predict(golden("monodepth2")["frame_0"], verbose=0)
    for scale, disparity in enumerate(disparities):
        expected = golden("monodepth2")[f"disp_{scale}"]
        np.testing.assert_allclose(disparity, expected, rtol=0, atol=1e-5)


@pytest.mark.long
def test_pose_network(official, golden):
    arrays = golden("monodepth2")
    frames = [arrays["frame_0"], arrays["frame_1"]]
    network = load_official_pose(official)
    axis_angle, translation = network.predict(frames, verbose=0)
    np.testing.assert_allclose(axis_angle, arrays["axisangle_1"], rtol=0, atol=1e-7)
    np.testing.assert_allclose(translation, arrays["translation_1"], rtol=0, atol=1e-7)
    assert network.image_size == (192, 640)  # encoder.pth tells it
    assert densedepth_tf.load_motion(official).image_size == (192, 640)


def test_pose_files_that_tell_their_size_or_have_nobody_to_tell_it(torch, official, tmp_path):
    for part in ("pose_encoder", "pose"):
        (tmp_path / f"{part}.pth").symlink_to(official / f"{part}.pth")
    assert densedepth_tf.load_motion(tmp_path).image_size is None
    told = {**tensors_of(torch, "pose_encoder"), "height": 64, "width": 96}
    rewrite(torch, tmp_path, "pose_encoder", told)
    assert load_official_pose(tmp_path).image_size == (64, 96)
    (tmp_path / "pose.pth").unlink()
    with pytest.raises(FileNotFoundError, match=r"has no pose\.pth"):
        densedepth_tf.load_motion(tmp_path)


def test_files_of_pytorchs_old_format_without_settings(torch, depth_folder):
    content = {
        name: tensor
        for name, tensor in tensors_of(torch, "encoder").items()
        if name not in SETTINGS and "num_batches_tracked" not in name
    }
    (depth_folder / "encoder.pth").unlink()
    torch.save(content, depth_folder / "encoder.pth", _use_new_zipfile_serialization=False)
    assert load_official(depth_folder).image_size is None


@pytest.mark.long
def test_missing_left_over_and_misshapen_tensors_are_named(torch, depth_folder):
    whole = tensors_of(torch, "depth")
    part = {name: tensor for name, tensor in whole.items() if name != "decoder.11.conv.bias"}
    rewrite(torch, depth_folder, "depth", part)
    with pytest.raises(ValueError, match=r"1 missing \['decoder\.11\.conv\.bias'\].*depth\.pth"):
        densedepth_tf.load(depth_folder)
    rewrite(torch, depth_folder, "depth", {**whole, "decoder.14.conv.bias": torch.zeros(1)})
    with pytest.raises(ValueError, match=r"1 left over \['decoder\.14\.conv\.bias'\].*depth\.pth"):
        densedepth_tf.load(depth_folder)
    rewrite(torch, depth_folder, "depth", {**whole, "decoder.11.conv.bias": torch.zeros(2)})
    with pytest.raises(ValueError, match=r"decoder\.11\.conv\.bias has shape \(2,\).*depth\.pth"):
        densedepth_tf.load(depth_folder)


def test_training_size_that_is_none(torch, depth_folder):
    rewrite(torch, depth_folder, "encoder", {**tensors_of(torch, "encoder"), "height": 190})
    with pytest.raises(ValueError, match=r"height 190.*encoder\.pth"):
        densedepth_tf.load(depth_folder)


def test_nothing_in_the_file_is_executed(torch, depth_folder, capfd):
    rewrite(torch, depth_folder, "depth", {"decoder.0.conv.conv.weight": Executable()})
    with pytest.raises(ValueError, match=r"damaged or no PyTorch file.*depth\.pth") as failure:
        densedepth_tf.load(depth_folder)
    assert "\n" not in str(failure.value)
    assert "executed" not in capfd.readouterr().out


@pytest.mark.parametrize("content", [b"", b"no weights", b"PK\x03\x04 cut off"])
def test_damaged_file(torch, depth_folder, content):
    path = depth_folder / "encoder.pth"
    path.unlink()
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"damaged or no PyTorch file.*encoder\.pth"):
        densedepth_tf.load(depth_folder)


def test_file_of_something_else(torch, depth_folder):
    rewrite(torch, depth_folder, "encoder", [torch.zeros(3)])
    with pytest.raises(ValueError, match=r"holds a list.*encoder\.pth"):
        densedepth_tf.load(depth_folder)


def test_half_a_folder_and_a_single_file(tmp_path):
    (tmp_path / "encoder.pth").write_bytes(b"")
    with pytest.raises(FileNotFoundError, match=r"has no depth\.pth"):
        densedepth_tf.load(tmp_path)
    with pytest.raises(ValueError, match=r"pass the folder.*encoder\.pth"):
        densedepth_tf.load(tmp_path / "encoder.pth")
    with pytest.raises(FileNotFoundError, match=r"has no pose_encoder\.pth"):
        load_official_pose(tmp_path)


def test_without_pytorch_the_extra_is_named(tmp_path, monkeypatch):
    for name in ("encoder.pth", "depth.pth"):
        (tmp_path / name).write_bytes(b"")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r"densedepth-tf\[torch\]"):
        densedepth_tf.load(tmp_path)


def test_assignment_is_strict_without_pytorch(golden):
    model = Monodepth2(encoder_weights=None)
    tensors = {**golden_state_dict("encoder"), **golden_state_dict("depth")}
    variables = official_variables(model.multi_scale)
    before = [array.copy() for array in model.get_weights()]
    spoilt = {**tensors, "decoder.0.conv.conv.weight": np.zeros((512, 256, 3, 3), np.float32)}
    with pytest.raises(ValueError, match=r"decoder\.0\.conv\.conv\.weight has shape .*x\.pth"):
        assign_state_dict(variables, spoilt, "x.pth")
    with pytest.raises(ValueError, match=r"1 missing \['encoder\.conv1\.weight'\]"):
        assign_state_dict(
            variables, {k: v for k, v in tensors.items() if k != "encoder.conv1.weight"}, "x.pth"
        )
    for ours, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, old)
