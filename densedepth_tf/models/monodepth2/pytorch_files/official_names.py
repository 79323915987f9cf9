"""One table: the tensors of PyTorch's published files and the variables here that hold them."""

import keras
import numpy as np

from densedepth_tf.models.monodepth2 import depth_decoder, pose_decoder, resnet

# Levels 4 to 0 with two convolutions each, then the heads of scales 0 to 3.
_UPCONVS = [f"upconv_{level}_{half}" for level in (4, 3, 2, 1, 0) for half in (0, 1)]
_HEADS = [f"disparity_{scale}" for scale in range(depth_decoder.NUM_SCALES)]
_DECODER = {
    **{name: f"decoder.{index}.conv.conv" for index, name in enumerate(_UPCONVS)},
    **{name: f"decoder.{index}.conv" for index, name in enumerate(_HEADS, start=len(_UPCONVS))},
}
_VARIABLES = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


def official_layer_name(name: str) -> str | None:
    """The official module of one of this package's layers, None if it has none.

    Encoder layers are named like torchvision's with `_` for `.`
    (`encoder_layer2_0_downsample_0`), the decoder by level and scale, the pose decoder by
    number (`pose_conv_3`).
    """
    if name.startswith(f"{resnet.PREFIX}_"):
        return name.replace("_", ".")
    if name.startswith(f"{pose_decoder.PREFIX}_conv_"):
        return f"net.{name.rsplit('_', 1)[1]}"
    return _DECODER.get(name.removeprefix(f"{depth_decoder.PREFIX}_"))


def official_variables(model: keras.Model) -> dict[str, keras.Variable]:
    """Every variable of a model of `models.monodepth2` by its official name."""
    variables = {}
    for layer in model.layers:
        module = official_layer_name(layer.name)
        for variable in layer.weights if module else ():
            variables[f"{module}.{_VARIABLES[variable.name]}"] = variable
    return variables


def to_keras_layout(tensor: np.ndarray) -> np.ndarray:
    """Kernels `(out, in, height, width)` to `(height, width, in, out)`; others as they are."""
    return tensor.transpose(2, 3, 1, 0) if tensor.ndim == 4 else tensor


def is_unused(name: str) -> bool:
    """Whether official files hold the tensor although no depth or pose depends on it."""
    return name.endswith("num_batches_tracked") or ".fc." in f".{name}"
