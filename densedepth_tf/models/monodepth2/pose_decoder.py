"""The decoder of the pose network: from feature maps to a small motion."""

from typing import Any

from keras import layers

from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.monodepth2.pytorch_initializer import pytorch_initializer

PREFIX = "pose"
WIDTH = 256
# Motions between frames are small: training starts near standing still.
OUTPUT_SCALE = 0.01
# The convolution before the mean: two motions, of a turn and a translation each.
OUTPUT_LAYER = f"{PREFIX}_conv_3"
TRANSLATIONS = [3, 4, 5, 9, 10, 11]


def build_pose_decoder(maps: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Builds the decoder's graph (Godard et al. 2019, supplement, table of the pose network).

    Args:
        maps: The coarsest feature map of two stacked frames, or one map per frame, whose
            squeezed channels are concatenated.

    Returns:
        Axis-angle in radians and translation, float32 `(N, 3)` each.
    """
    squeeze = _convolution(WIDTH, 1, 0, activation="relu")
    squeezed = [squeeze(one) for one in maps]
    x = layers.Concatenate(name=f"{PREFIX}_concat")(squeezed) if len(maps) > 1 else squeezed[0]
    x = _convolution(WIDTH, 3, 1, activation="relu")(x)
    x = _convolution(WIDTH, 3, 2, activation="relu")(x)
    # Two motions, as in the published weights; only the first one is ever used.
    x = _convolution(12, 1, 3, dtype="float32")(x)
    x = layers.GlobalAveragePooling2D(dtype="float32", name=f"{PREFIX}_mean")(x)
    x = layers.Rescaling(OUTPUT_SCALE, dtype="float32", name=f"{PREFIX}_scaling")(x)
    return x[:, :3], x[:, 3:6]


def _convolution(width: int, kernel: int, index: int, **options: Any) -> layers.Layer:
    return layers.Conv2D(
        width,
        kernel,
        padding="same",
        kernel_initializer=pytorch_initializer(),
        name=f"{PREFIX}_conv_{index}",
        **options,
    )
