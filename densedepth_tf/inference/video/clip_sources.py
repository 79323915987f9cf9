"""What counts as a clip: video files by their suffix, and cameras."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from densedepth_tf.files.suffixes import VIDEO_SUFFIXES
from densedepth_tf.files.video.clip import Clip
from densedepth_tf.files.video.video_file import VideoFile
from densedepth_tf.inference.image_sources import ImageFile
from densedepth_tf.inference.video.webcam import Camera, camera_index


@dataclass(frozen=True)
class CameraSource:
    """A camera, like an `ImageFile` for its outputs' name.

    Attributes:
        index: Number of the camera.
        name: What its outputs are called.
        path: What it is called in messages.
    """

    index: int

    @property
    def name(self) -> str:
        """What its outputs are called."""
        return f"camera{self.index}"

    @property
    def path(self) -> Path:
        """What it is called in messages."""
        return Path(f"camera:{self.index}")


ClipSource = ImageFile | CameraSource


def is_video(source: ImageFile) -> bool:
    """Whether a file is taken for a video; its suffix decides."""
    return source.path.suffix.lower() in VIDEO_SUFFIXES


def split_cameras(inputs: Sequence) -> tuple[list[CameraSource], list]:
    """The cameras among the inputs, each once, and what else there is."""
    indices = {entry: camera_index(entry) for entry in dict.fromkeys(inputs)}
    cameras = dict.fromkeys(index for index in indices.values() if index is not None)
    return (
        [CameraSource(index) for index in cameras],
        [entry for entry, index in indices.items() if index is None],
    )


def open_clip(source: ClipSource) -> Clip:
    """Opens a video file or a camera.

    Raises:
        BadVideoError: If it gives no image.
    """
    if isinstance(source, CameraSource):
        return Camera(source.index)
    return VideoFile(source.path)
