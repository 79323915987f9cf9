"""The function that every exported format holds: uint8 RGB in, metres out."""

import os

import tensorflow as tf

from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.models.graph_names import INPUT_NAME, OUTPUT_NAME


class ServingModule(tf.Module):
    """A model's weights and one function, `serve`.

    `serve` takes `images`, uint8 `(N, H, W, 3)` RGB, and gives `{"depth"}`, float32
    `(N, H, W, 1)` metres; resizing and units are inside.

    Args:
        model: The model, in float32.
        size: `(height, width)` of the images, or None for any size.
        portable: Use only operations that every runtime has, and with a size take one image at
            a time, which some runtimes are faster with.
    """

    def __init__(
        self,
        model: DepthEstimator,
        size: tuple[int, int] | None = None,
        portable: bool = False,
    ):
        super().__init__(name=OUTPUT_NAME)
        # Converters freeze the weights of what the module owns; others become NaN.
        self._weights = [variable.value for variable in model.variables]
        height, width = size or (None, None)
        batch = 1 if portable and size is not None else None
        signature = [tf.TensorSpec((batch, height, width, 3), tf.uint8, name=INPUT_NAME)]

        def serve(images: tf.Tensor) -> dict[str, tf.Tensor]:
            return {OUTPUT_NAME: model.depth_function(images, portable=portable)}

        self.serve = tf.function(serve, input_signature=signature)

    def save(self, folder: str | os.PathLike) -> None:
        """Writes a SavedModel whose `serving_default` is `serve`.

        Raises:
            OSError: If it cannot be written.
        """
        try:
            tf.saved_model.save(self, str(folder), signatures={"serving_default": self.serve})
        except tf.errors.OpError as error:
            # TensorFlow puts the message between names of its own.
            reason = error.message.rsplit("; ", 1)[-1].split(" [Op:")[0]
            raise OSError(f"Cannot write the SavedModel '{folder}': {reason}") from error
