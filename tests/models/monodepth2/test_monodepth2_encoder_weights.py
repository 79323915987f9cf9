"""Pre-trained ResNets: from torchvision's files, Keras files, nowhere, and failed downloads."""

import sys

import keras
import numpy as np
import pytest
from monodepth2_golden import golden_state_dict

from densedepth_tf import Monodepth2, PoseNetwork
from densedepth_tf.models.monodepth2.pytorch_files import encoder_weights
from densedepth_tf.models.monodepth2.pytorch_files.official_names import official_variables
from densedepth_tf.models.monodepth2.pytorch_files.state_dict import assign_state_dict
from densedepth_tf.models.monodepth2.resnet import resnet_model


@pytest.fixture(scope="module")
def pretrained():
    model = resnet_model("resnet18")
    assign_state_dict(official_variables(model), golden_state_dict("encoder"), "golden")
    return model


@pytest.fixture(scope="module")
def keras_file(pretrained, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "resnet18.weights.h5"
    pretrained.save_weights(path)
    return str(path)


@pytest.fixture(scope="module")
def torchvision_file(torch, tmp_path_factory):
    """torchvision's names: no "encoder." in front, a classifier at the end."""
    path = tmp_path_factory.mktemp("weights") / "resnet18.pth"
    tensors = golden_state_dict("encoder")
    torch.save(
        {name.removeprefix("encoder."): torch.from_numpy(x) for name, x in tensors.items()}, path
    )
    return str(path)


@pytest.mark.long
@pytest.mark.parametrize("source", ["keras_file", "torchvision_file"])
def test_a_weights_file_goes_into_both_encoders(source, pretrained, request):
    path = request.getfixturevalue(source)
    depth, pose = Monodepth2(encoder_weights=path), PoseNetwork(encoder_weights=path)

    assert depth.get_config()["encoder_weights"] is pose.get_config()["encoder_weights"] is None
    for layer in pretrained.layers:
        for network in (depth, pose):
            for ours, theirs in zip(
                network.get_layer(layer.name).get_weights() if layer.weights else [],
                layer.get_weights(),
                strict=True,
            ):
                if network is pose and layer.name == "encoder_conv1":
                    theirs = np.concatenate([theirs, theirs], axis=2) / 2
                np.testing.assert_array_equal(ours, theirs)


def test_two_equal_frames_look_to_the_pose_encoder_like_one_image(keras_file, pretrained):
    pose = PoseNetwork(encoder_weights=keras_file)
    image = np.random.default_rng(0).random((1, 64, 64, 3), np.float32)
    encoder = keras.Model(pose.inputs, pose.get_layer("encoder_relu").output)
    np.testing.assert_allclose(encoder([image, image]), pretrained(image)[0], atol=1e-4)


@pytest.mark.parametrize("weights", [None, "none"])
def test_no_weights(weights):
    assert Monodepth2(encoder_weights=weights).built


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"`encoder_weights`.*nowhere\.pth"):
        Monodepth2(encoder_weights=str(tmp_path / "nowhere.pth"))


@pytest.mark.long
def test_keras_files_of_another_network_are_named(tmp_path, keras_file, recwarn):
    path = str(tmp_path / "other.weights.h5")
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]).save_weights(path)
    with pytest.raises(ValueError, match=r"resnet18.*other\.weights\.h5"):
        Monodepth2(encoder_weights=path)
    with pytest.raises(ValueError, match=r"resnet50.*resnet18\.weights\.h5") as failure:
        Monodepth2("resnet50", encoder_weights=keras_file)
    assert "\n" not in str(failure.value)
    assert not [warning for warning in recwarn if "Skipping" in str(warning.message)]


@pytest.mark.long
def test_torchvision_files_of_another_network_are_named(torchvision_file):
    with pytest.raises(ValueError, match=r"missing \['encoder\.layer1\.0.*resnet18\.pth"):
        Monodepth2("resnet50", encoder_weights=torchvision_file)


def test_imagenet_without_pytorch_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r"\[torch\].*`encoder_weights='none'`") as failure:
        Monodepth2(encoder_weights="imagenet")
    assert "\n" not in str(failure.value)


def test_a_failed_download_says_what_to_do(monkeypatch):
    """The real download code runs; only the address it reaches for leads nowhere."""
    monkeypatch.setattr(encoder_weights, "require", lambda *args, **kwargs: None)
    monkeypatch.setattr(encoder_weights, "TORCHVISION_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("KERAS_HOME", "/nonexistent")
    with pytest.raises(ValueError, match="`encoder_weights=FILE`") as failure:
        Monodepth2("resnet50", encoder_weights="imagenet")
    assert "\n" not in str(failure.value)
