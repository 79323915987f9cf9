"""The pose network of Monodepth2: how the camera moved between two frames."""

from typing import Any

import keras
import numpy as np
from keras import layers
from typing_extensions import override

from densedepth_tf.models.keras_model.rebuilt_model import RebuiltModel
from densedepth_tf.models.monodepth2.pose_decoder import (
    OUTPUT_LAYER,
    TRANSLATIONS,
    build_pose_decoder,
)
from densedepth_tf.models.monodepth2.pytorch_files.encoder_weights import load_encoder_weights
from densedepth_tf.models.monodepth2.resnet import WIDTHS, build_resnet, get_resnet
from densedepth_tf.models.monodepth2.training_size import check_training_size


@keras.saving.register_keras_serializable(package="densedepth_tf")
class PoseNetwork(RebuiltModel):
    """Two frames to the motion between them (Godard et al. 2019, section 3.1 and supplement).

    A functional model with two inputs in temporal order. With an encoder of its own they are
    images `(N, H, W, 3)`, RGB in [0, 1]; without, the depth encoder's coarsest feature maps of
    the two frames (`Monodepth2.backbone`), which share that encoder.

    It gives `(axis_angle, translation)`, both float32 `(N, 3)`: the rotation vector in radians
    and the translation, in units of the depth network's depth, that bring points from the
    first frame's camera to the second's. For a source frame before the target, pass
    (source, target) and invert the transform.

    Args:
        encoder: `"resnet18"` or `"resnet50"`.
        encoder_weights: As for `Monodepth2`; the first kernel is repeated for the second frame
            and halved. Without an encoder of its own only None or `"none"`.
        separate_encoder: The network has an encoder of its own.
        image_size: `(height, width)` of the training frames, as for `Monodepth2`, or None.
            `MotionPredictor` brings frames to it; the network itself takes any size.
        name: Name of the model; default `pose_<encoder>`.

    Raises:
        ImportError: If the weights need PyTorch and it is missing.
        FileNotFoundError: If the file of encoder weights does not exist.
        ValueError: For an unknown encoder, a size that is not valid, or encoder weights that cannot
            be had.

    Example:
        >>> network = PoseNetwork(encoder_weights=None)
        >>> axis_angle, translation = network([frames_before, frames])
    """

    def __init__(
        self,
        encoder: str = "resnet18",
        encoder_weights: str | None = "imagenet",
        separate_encoder: bool = True,
        image_size: tuple[int, int] | None = None,
        name: str | None = None,
    ):
        if not separate_encoder and encoder_weights not in (None, "none"):
            raise ValueError(
                "A pose network that shares the depth encoder takes no encoder weights. "
                f"Received: encoder_weights={encoder_weights!r}"
            )
        check_training_size(image_size)

        # === Functional model ===
        channels = 3 if separate_encoder else _feature_channels(encoder)
        frames = [keras.Input((None, None, channels), name=order) for order in ("first", "second")]
        maps = frames
        if separate_encoder:
            stacked = layers.Concatenate(name="frames")(frames)
            maps = [build_resnet(encoder, stacked)[-1]]
        super().__init__(frames, build_pose_decoder(maps), name=name or f"pose_{encoder}")
        load_encoder_weights(self, encoder, encoder_weights, num_images=2)

        # === Config ===
        self.encoder = encoder
        self.separate_encoder = separate_encoder
        self.image_size = None if image_size is None else tuple(int(side) for side in image_size)

    def rescaled(self, factor: float) -> "PoseNetwork":
        """A copy whose translations are `factor` times as long; turns stay as they are.

        What goes with `DepthEstimator.rescaled`, in whose unit translations are.

        Raises:
            ValueError: If the factor is not above 0.
        """
        if not 0 < factor < float("inf"):
            raise ValueError(f"A factor of translations is above 0. Received: {factor}")
        copy = PoseNetwork.from_config(self.get_config())
        copy.set_weights(self.get_weights())
        output = copy.get_layer(OUTPUT_LAYER)
        factors = np.ones(output.filters, np.float32)
        factors[TRANSLATIONS] = factor
        output.set_weights([weight * factors for weight in output.get_weights()])
        return copy

    @override
    def constructor_arguments(self) -> dict[str, Any]:
        return {
            "encoder": self.encoder,
            # A saved model brings its weights: rebuilding it must not download any.
            "encoder_weights": None,
            "separate_encoder": self.separate_encoder,
            "image_size": self.image_size,
            "name": self.name,
        }


def _feature_channels(encoder: str) -> int:
    """Channels of the encoder's coarsest map."""
    return WIDTHS[-1] * (4 if get_resnet(encoder).bottleneck else 1)
