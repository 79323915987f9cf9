"""Readers of pictures, depth maps and videos."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image
from reader_registry import (
    HEIGHT,
    WIDTH,
    depth,
    encoded,
    file,
    image,
    millimetres,
    npy,
    reader,
)


def by_pillow(kind: str, **options: Any) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / f"a.{kind}"
        exif = Image.Exif()
        exif[0x0112] = 6
        exif.get_ifd(0x8769)[0xA405] = 28
        picture = Image.fromarray(image())
        picture.save(path, exif=exif, **options)
        return path

    return write


def read_photograph(path: Path) -> None:
    from densedepth_tf.files.images.image_file import read_image
    from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource

    read_image(path)
    IntrinsicsSource().of_image((HEIGHT, WIDTH), path)


def read_map(path: Path) -> None:
    from densedepth_tf.files.depth.depth_file import read_depth

    read_depth(path)


for _kind in ("jpeg", "png", "tiff", "webp", "gif"):
    reader(f"photograph {_kind}", by_pillow(_kind))(read_photograph)
for _kind in ("bmp", "ppm"):
    reader(f"photograph {_kind}", file(f"a.{_kind}", encoded(f".{_kind}", image)))(read_photograph)
for _kind in ("png", "tiff"):
    reader(f"depth {_kind}", file(f"a.{_kind}", encoded(f".{_kind}", millimetres)))(read_map)
reader("float tiff", file("a.tiff", encoded(".tiff", depth)))(read_map)
reader("depth npy", file("a.npy", lambda: npy(depth())))(read_map)


def _scaled_png() -> bytes:
    from densedepth_tf.files.depth.depth_file import encode_depth_png

    return encode_depth_png(depth(), 0.01)


reader("png text", file("a.png", _scaled_png))(read_map)


def _video(folder: Path) -> Path:
    path = folder / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for _ in range(4):
            frame = av.VideoFrame.from_ndarray(image(), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@reader("mp4", _video)
def _(path: Path) -> None:
    from densedepth_tf.files.video.video_file import VideoFile

    video = VideoFile(path)
    try:
        for _ in video.frames(max_frames=8):
            pass
    finally:
        video.close()


def _predictions(folder: Path) -> Path:
    (folder / "b.png").write_bytes(encoded(".png", millimetres)())
    return file("a.npy", npy(depth()))(folder)


@reader("predictions", _predictions)
def _(path: Path) -> None:
    from densedepth_tf.evaluation.predictions.predictions_folder import PredictionsFolder

    PredictionsFolder(path.parent).predict_samples(np.zeros((2, HEIGHT, WIDTH, 3)), ["a", "b"])
