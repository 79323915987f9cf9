"""Maps of which few pixels are known, drawn so that these can be seen."""

import cv2
import numpy as np

# Share of known pixels below which they are drawn as dots, and below which as large ones.
FEW, VERY_FEW = 1 / 3, 0.01
DOT, LARGE_DOT = 3, 5  # pixels of the image


def dots(values: np.ndarray, height: int) -> np.ndarray:
    """Lets known pixels grow to dots where they are few, as of a LiDAR.

    Pixels around a known one take its value; where dots meet, that of the nearest. Dense maps, and
    pixels that will be enlarged to such a size anyway, stay as they are.

    Args:
        values: float32 (H, W); NaN is unknown.
        height: Rows of pixels at which the map will be shown.

    Returns:
        float32 (H, W).
    """
    known = np.isfinite(values)
    share = float(known.mean())
    if not 0 < share < FEW:
        return values
    side = (DOT if share > VERY_FEW else LARGE_DOT) * values.shape[0] / height
    radius = round((side - 1) / 2)
    if radius < 1:
        return values
    distance, labels = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_C, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    of_label = np.zeros(labels.max() + 1, np.float32)
    of_label[labels[known]] = values[known]
    return np.where(distance <= radius, of_label[labels], np.float32(np.nan))


def depth_dots(depth: np.ndarray, height: int) -> np.ndarray:
    """The same of a depth map in metres, (H, W), of which 0, negative or not finite is unknown."""
    known = np.isfinite(depth) & (depth > 0)
    return dots(np.where(known, depth, np.float32(np.nan)), height)
