"""How much the image moves from one frame to the next, without any network.

Dense optical flow (Kroeger et al., "Fast optical flow using dense inverse search", 2016) between
small grey images, looked at where there is texture only, as flow is a guess elsewhere.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from densedepth_tf.data.checks.turning import is_turn
from densedepth_tf.geometry.cameras.intrinsics import rescale_intrinsics

# Longer side, in pixels, at which motion is measured.
WORKING_SIDE = 320
# Grey levels per pixel above which a place counts as textured.
MIN_GRADIENT = 4.0
# Below this share of textured pixels nothing can be said.
MIN_TEXTURED = 0.01
# Images that correlate by less once motion is undone have nothing in common. Unrelated ones reach
# 0.18, neighbours in a car and in the hand 0.5 to 0.98.
MIN_LIKENESS = 0.2


@dataclass(frozen=True)
class Motion:
    """What moved between two frames.

    Attributes:
        shift: Median length of the flow, as a share of the longer side. A median, so that cars
            that pass a standing camera do not count as motion.
        unmoved: Share of the pixels that look no better after motion is undone than before:
            what auto-masking would leave out, 0..1.
        likeness: How far the fine structure (below 4 pixels) of the two correlates once motion is
            undone, -1..1; 1 where there is no texture.
        is_turn: The camera only turned (`turning.is_turn`); False where nobody asked.
    """

    shift: float
    unmoved: float
    likeness: float = 1.0
    is_turn: bool = False

    @property
    def is_cut(self) -> bool:
        """Whether the two frames have nothing in common."""
        return self.likeness < MIN_LIKENESS


def working_image(image: np.ndarray) -> np.ndarray:
    """uint8 (H, W, 3) RGB -> the small grey image (h, w) that `motion_between` compares."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    scale = WORKING_SIDE / max(grey.shape)
    if scale >= 1:
        return grey
    return cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def working_intrinsics(intrinsics: np.ndarray, image_size: tuple[int, int]) -> np.ndarray:
    """The intrinsics of a `working_image`, from those of an image of (height, width)."""
    scale = min(1.0, WORKING_SIDE / max(image_size))
    height, width = (round(side * scale) for side in image_size)
    return rescale_intrinsics(intrinsics, image_size, (height, width))


def motion_between(
    first: np.ndarray, second: np.ndarray, intrinsics: np.ndarray | None = None
) -> Motion:
    """The motion from one `working_image` to another of the same size.

    Images without texture, black ones for example, count as unmoved.

    Args:
        first: uint8 (h, w), grey.
        second: Likewise.
        intrinsics: (3, 3) in their pixels, to ask whether the camera only turned; None does not.

    Raises:
        ValueError: If the sizes differ.
    """
    if first.shape != second.shape:
        raise ValueError(f"Frames differ in size. Received: {first.shape} and {second.shape}")
    textured = _textured(first)
    if textured.mean() < MIN_TEXTURED:
        return Motion(0.0, 1.0)
    flow = _flow(first, second)
    height, width = first.shape
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    undone = cv2.remap(
        second,
        columns + flow[..., 0],
        rows + flow[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    before, after = _difference(first, second), _difference(first, undone)
    length = np.hypot(flow[..., 0], flow[..., 1])[textured]
    likeness = _correlation(_fine(first)[textured], _fine(undone)[textured])
    turned = (
        intrinsics is not None
        and likeness >= MIN_LIKENESS
        and is_turn(first, second, textured, intrinsics)
    )
    return Motion(
        float(np.median(length)) / max(first.shape),
        float((before <= after)[textured].mean()),
        likeness,
        turned,
    )


def _flow(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    if min(first.shape) < 16:  # too small for the flow's patches
        padding = [(0, max(0, 16 - side)) for side in first.shape]
        first_padded, second_padded = (np.pad(p, padding, "edge") for p in (first, second))
        return _flow(first_padded, second_padded)[: first.shape[0], : first.shape[1]]
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    return search.calc(first, second, None)  # type: ignore[call-overload]  # None is no start


def _textured(image: np.ndarray) -> np.ndarray:
    across = cv2.Sobel(image, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(image, cv2.CV_32F, 0, 1, scale=1 / 8)
    return np.hypot(across, down) > MIN_GRADIENT


def _fine(image: np.ndarray) -> np.ndarray:
    image = image.astype(np.float32)
    return image - cv2.GaussianBlur(image, (0, 0), 4)


def _correlation(first: np.ndarray, second: np.ndarray) -> float:
    first, second = first - first.mean(), second - second.mean()
    scale = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / scale if scale else 0.0


def _difference(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return cv2.blur(np.abs(first.astype(np.float32) - second.astype(np.float32)), (3, 3))
