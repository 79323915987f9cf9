"""The figure of how well a frame is explained by its neighbours."""

import numpy as np

from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.training.monodepth2.training_model import Monodepth2Training
from densedepth_tf.visualization.colorize import colorize
from densedepth_tf.visualization.panel import panel


def draw_explanation(model: Monodepth2Training, batch: dict[str, Tensor]) -> np.ndarray:
    """Draws the first sample of a batch: what there was, what was learned, what follows from it.

    Args:
        model: The model in training.
        batch: A batch of `data.sequence_pipeline`.

    Returns:
        uint8 (H, W, 3) RGB: the frame, its disparity and the pixels that are explained in the
        first row; below, each neighbour, and the frame rebuilt from each.
    """
    terms = model(batch, training=False)
    disparity = np.asarray(model.depth_network(batch["seen_image"][:1], training=False))[0]
    first = [
        ("frame", np.asarray(batch["image"][0])),
        ("disparity", colorize_disparity(disparity)),
        ("explained by depth and motion", np.asarray(terms.explained[0])),
    ]
    names = ["stereo partner" if o == "s" else f"frame {o:+d}" for o in model.frame_offsets]
    frames = np.asarray(batch["frames"][0])
    warped = np.clip(np.asarray(terms.warped[0]), 0, 1)
    return panel(
        [
            first,
            list(zip(names, frames, strict=True)),
            [(f"rebuilt from {name}", image) for name, image in zip(names, warped, strict=True)],
        ]
    )


def colorize_disparity(disparity: np.ndarray) -> np.ndarray:
    """Near is warm, from the 2nd to the 98th percentile: (H, W, 1) to uint8 (H, W, 3) RGB."""
    # Depth colours run from near to far; disparity falls as depth grows.
    low, high = np.percentile(disparity, (2, 98))
    span = max(float(high - low), 1e-6)
    return colorize(1 + np.clip((high - disparity) / span, 0, 1), 1, 2)
