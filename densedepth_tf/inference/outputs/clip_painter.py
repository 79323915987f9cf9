"""A frame and its depth -> an image of the video that is written."""

import cv2
import numpy as np

from densedepth_tf.inference.outputs.depth_colors import DepthColors
from densedepth_tf.visualization.colorize import colorize
from densedepth_tf.visualization.scale_bar import add_scale_bar


class ClipPainter:
    """Paints all frames of a clip with one range of metres, so that a colour keeps its meaning.

    Args:
        style: One of `VIDEO_STYLES`.
        colors: Colour map and range, neither end open.
        size: (height, width) of the clip.

    Attributes:
        size: (height, width) of the painted images.
    """

    def __init__(self, style: str, colors: DepthColors, size: tuple[int, int]):
        self._colors = (*colors.ends(), colors.colormap)
        height, width = size
        self._bar = None
        if style == "side_by_side":
            nothing = np.zeros((height, 0, 3), np.uint8)
            self._bar = add_scale_bar(nothing, *self._colors, colors.unit)
            width = 2 * width + self._bar.shape[1]
        self.size = height, width

    def paint(self, image: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """Paints one frame.

        Args:
            image: uint8 (H, W, 3) RGB.
            depth: float32 (h, w, 1) metres; brought to the frame's size if it is another.

        Returns:
            uint8 (*size, 3) RGB.
        """
        height, width = image.shape[:2]
        if depth.shape[:2] != (height, width):
            # Metres, not colours, are interpolated: between two colours lies a third depth's.
            depth = cv2.resize(depth[..., 0], (width, height), interpolation=cv2.INTER_LINEAR)
        colors = colorize(depth, *self._colors)
        return colors if self._bar is None else np.hstack([image, colors, self._bar])
