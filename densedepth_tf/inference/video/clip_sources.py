"""What counts as a clip: video files by their suffix, and webcams."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.suffixes import VIDEO_SUFFIXES
from densedepth_tf.files.video.clip import BadVideoError, Clip
from densedepth_tf.inference.image_sources import ImageFile
from densedepth_tf.inference.video.webcam import Webcam, webcam_index
from densedepth_tf.process.optional_package import is_installed


@dataclass(frozen=True)
class WebcamSource:
    """A webcam, like an `ImageFile` for its outputs' name.

    Attributes:
        index: Number of the webcam.
        name: What its outputs are called.
        path: What it is called in messages.
        title: The same as text.
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

    @property
    def title(self) -> str:
        """The same as text."""
        return str(self.path)


ClipSource = ImageFile | WebcamSource


def is_video(source: ImageFile) -> bool:
    """Whether a file is taken for a video; its suffix decides."""
    return source.path.suffix.lower() in VIDEO_SUFFIXES


def split_webcams(inputs: Sequence) -> tuple[list[WebcamSource], list]:
    """The webcams among the inputs, each once, and what else there is."""
    indices = {entry: webcam_index(entry) for entry in dict.fromkeys(inputs)}
    webcams = dict.fromkeys(index for index in indices.values() if index is not None)
    return (
        [WebcamSource(index) for index in webcams],
        [entry for entry, index in indices.items() if index is None],
    )


def open_clip(source: ClipSource) -> Clip:
    """Opens a video file or a webcam.

    Raises:
        BadVideoError: If it gives no image, or the package `av`, which reads, shrinks and writes
            frames, is missing.
    """
    if not is_installed("av"):
        raise BadVideoError(
            f"'{source.title}': videos and webcams need the package 'av', which is not installed: "
            "pip install av"
        )
    if isinstance(source, WebcamSource):
        return Webcam(source.index)
    from densedepth_tf.files.video.video_file import VideoFile

    try:
        source.bring()
    except BadSampleError as error:
        raise BadVideoError(str(error)) from error
    return VideoFile(source.path)
