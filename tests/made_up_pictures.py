"""Small generated pictures and depth maps."""

from pathlib import Path

import cv2
import numpy as np


def _smooth_image(seed: int, height: int, width: int) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 2)


def _ramp_depth(seed: int, height: int, width: int) -> np.ndarray:
    """Depth in whole millimetres, 1..4 m, with one missing corner."""
    ramp = np.linspace(1.0, 3.0, height * width).reshape(height, width) + 0.1 * (seed % 10)
    depth = np.round(ramp, 3).astype(np.float32)
    depth[:2, :2] = 0
    return depth


class Pictures:
    """Makes images, depth maps and their files."""

    image = staticmethod(_smooth_image)
    depth = staticmethod(_ramp_depth)

    @staticmethod
    def jpeg(image: np.ndarray) -> bytes:
        return cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()

    @staticmethod
    def png(values: np.ndarray) -> bytes:
        stored = values[..., ::-1] if values.ndim == 3 else values
        return cv2.imencode(".png", stored)[1].tobytes()

    def pair(
        self, folder: Path, image: str, depth: str, seed: int = 0, size: tuple = (24, 32)
    ) -> None:
        """Writes a JPEG or PNG image and a 16-bit depth PNG."""
        for name in (image, depth):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
        pixels = self.image(seed, *size)
        encode = self.jpeg if image.endswith("jpg") else self.png
        (folder / image).write_bytes(encode(pixels))
        millimetres = np.round(self.depth(seed, *size) * 1000).astype(np.uint16)
        (folder / depth).write_bytes(self.png(millimetres))
