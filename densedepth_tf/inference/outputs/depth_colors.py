"""How predicted depth is coloured."""

from dataclasses import dataclass

import numpy as np

from densedepth_tf.visualization.colorize import (
    DEPTH_COLORMAP,
    color_table,
    colorize,
    depth_range,
)
from densedepth_tf.visualization.scale_bar import add_scale_bar


@dataclass(frozen=True)
class DepthColors:
    """How depth is coloured.

    Args:
        min_depth: Metres of the first colour; None takes each image's 2nd percentile.
        max_depth: Metres of the last colour; None takes each image's 98th percentile.
        colormap: Name of a matplotlib colour map.

        unit: What the bar's numbers are in; None for a relative depth.

    Raises:
        ValueError: If the range is empty or negative, or the colour map unknown.
    """

    min_depth: float | None = None
    max_depth: float | None = None
    colormap: str = DEPTH_COLORMAP
    unit: str | None = "m"

    def __post_init__(self) -> None:
        color_table(self.colormap)
        ends = [end for end in (self.min_depth, self.max_depth) if end is not None]
        if any(not 0 <= end < np.inf for end in ends) or (len(ends) == 2 and ends[0] >= ends[1]):
            raise ValueError(
                "The colours need 0 <= min_depth < max_depth, in metres. "
                f"Received: min_depth={self.min_depth}, max_depth={self.max_depth}"
            )

    def ends(self) -> tuple[float, float]:
        """Both ends of the range, metres.

        Raises:
            ValueError: If one is open: every image has its own then.
        """
        if self.min_depth is None or self.max_depth is None:
            raise ValueError(
                "One range for many images needs both ends. "
                f"Received: min_depth={self.min_depth}, max_depth={self.max_depth}"
            )
        return self.min_depth, self.max_depth

    def paint(self, depth: np.ndarray) -> np.ndarray:
        """Depth (H, W, 1) in metres as uint8 RGB (H, W + bar, 3) with a bar of metres."""
        near, far = depth_range(depth, self.min_depth, self.max_depth)
        image = colorize(depth, near, far, self.colormap)
        return add_scale_bar(image, near, far, self.colormap, self.unit)
