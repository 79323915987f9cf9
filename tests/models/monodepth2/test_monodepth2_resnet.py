"""The ResNet encoders: torchvision's layout, sizes and arithmetic."""

import keras
import numpy as np
import pytest

from densedepth_tf.models.monodepth2.pytorch_files.official_names import official_variables
from densedepth_tf.models.monodepth2.pytorch_files.state_dict import assign_state_dict
from densedepth_tf.models.monodepth2.resnet import IMAGE_MEAN, IMAGE_STD, resnet_model

CHANNELS = {"resnet18": (64, 64, 128, 256, 512), "resnet50": (64, 256, 512, 1024, 2048)}
# torchvision's counts without the classifier; BatchNorm's moving statistics come on top.
TRAINABLE = {"resnet18": 11_176_512, "resnet50": 23_508_032}


@pytest.mark.parametrize("name", CHANNELS)
def test_five_maps_at_a_half_to_a_32nd(name):
    model = resnet_model(name)
    features = model(np.zeros((1, 64, 96, 3), np.float32))
    for level, (feature, channels) in enumerate(zip(features, CHANNELS[name], strict=True)):
        assert feature.shape == (1, 32 >> level, 48 >> level, channels)
    trainable = sum(variable.value.numpy().size for variable in model.trainable_variables)
    assert trainable == TRAINABLE[name]


@pytest.mark.long
def test_resnet50_strides_in_the_3x3_convolution():
    model = resnet_model("resnet50")
    for stage in (2, 3, 4):
        block = f"encoder_layer{stage}_0"
        strides = [model.get_layer(f"{block}_conv{index}").strides for index in (1, 2, 3)]
        assert strides == [(1, 1), (2, 2), (1, 1)]


def test_batch_norm_is_pytorchs():
    model = resnet_model("resnet18")
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert len(norms) == 20
    assert {(layer.epsilon, layer.momentum) for layer in norms} == {(1e-5, 0.9)}


@pytest.mark.parametrize("name", CHANNELS)
def test_features_equal_torchvisions(name, torch):
    try:
        import torchvision
    except (ImportError, RuntimeError) as error:  # Builds that do not fit PyTorch's.
        pytest.skip(f"needs torchvision: {error}")
    torch.manual_seed(0)
    theirs = getattr(torchvision.models, name)(weights=None).eval()
    for module in theirs.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    ours = resnet_model(name)
    tensors = {f"encoder.{key}": value.numpy() for key, value in theirs.state_dict().items()}
    assign_state_dict(official_variables(ours), tensors, "torchvision")
    image = np.random.default_rng(0).random((1, 64, 96, 3), np.float32)

    x = torch.from_numpy((image - IMAGE_MEAN) / IMAGE_STD).permute(0, 3, 1, 2).float()
    with torch.no_grad():
        x = theirs.relu(theirs.bn1(theirs.conv1(x)))
        expected = [x]
        x = theirs.maxpool(x)
        for stage in (theirs.layer1, theirs.layer2, theirs.layer3, theirs.layer4):
            x = stage(x)
            expected.append(x)
    for feature, reference in zip(ours(image), expected, strict=True):
        reference = reference.permute(0, 2, 3, 1).numpy()
        assert np.abs(feature - reference).max() <= 1e-4 * reference.std()
