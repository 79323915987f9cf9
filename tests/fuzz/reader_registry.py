"""What readers of files are registered with, and the small content that several of them read."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

HEIGHT, WIDTH = 48, 64
LIGHT: "dict[str, Reader]" = {}
WITH_TENSORFLOW: "dict[str, Reader]" = {}


@dataclass(frozen=True)
class Reader:
    """`write` makes a folder, and returns which file of it is to be damaged; `read` reads it."""

    write: Callable[[Path], Path]
    read: Callable[[Path], Any]
    is_text: bool = False


def reader(name: str, write: Callable[[Path], Path], is_text: bool = False, tf: bool = False):
    """Registers a function of the damaged file."""

    def register(read: Callable[[Path], Any]) -> Callable[[Path], Any]:
        (WITH_TENSORFLOW if tf else LIGHT)[name] = Reader(write, read, is_text)
        return read

    return register


def image() -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 2)


def depth() -> np.ndarray:
    return np.linspace(1, 4, HEIGHT * WIDTH).reshape(HEIGHT, WIDTH).astype(np.float32)


def file(name: str, content: Callable[[], bytes] | bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content())
        return path

    return write


def encoded(suffix: str, pixels: Callable[[], np.ndarray]) -> Callable[[], bytes]:
    return lambda: cv2.imencode(suffix, pixels())[1].tobytes()


def millimetres() -> np.ndarray:
    return np.round(depth() * 1000).astype(np.uint16)


def npy(value: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.save(content, value)
    return content.getvalue()


def write_pairs(folder: Path) -> Path:
    (folder / "i.jpg").write_bytes(encoded(".jpg", image)())
    (folder / "d.png").write_bytes(encoded(".png", millimetres)())
    return file("a.csv", b"image,depth\ni.jpg,d.png\ni.jpg,d.png\n")(folder)
