"""What is to be predicted, and which files are to be written of it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from densedepth_tf.files.suffixes import IMAGE_SUFFIXES, RECORD_SUFFIXES, VIDEO_SUFFIXES
from densedepth_tf.inference.image_sources import ImageFile, find_images
from densedepth_tf.inference.outputs.depth_writers import check_formats
from densedepth_tf.inference.outputs.output_files import clip_files, image_files
from densedepth_tf.inference.record_images import split_records
from densedepth_tf.inference.video.clip_sources import ClipSource, is_video, split_webcams

IMAGE_FORMATS = ("png", "color")
VIDEO = "video"  # the word of `formats` that is for clips only


@dataclass(frozen=True)
class WantedOutputs:
    """What is to be predicted, and what is to be written of it.

    Attributes:
        files: The images.
        clips: The videos and webcams.
        formats: What is written of an image, see `depth_writers`.
        video: Whether a video is written of a clip.
        frame_formats: What is written of every frame of a clip.
        found: All images and videos among the inputs, in their order.
        shards: The files of records that some of the images are in.
    """

    files: list[ImageFile]
    clips: list[ClipSource]
    formats: tuple[str, ...]
    video: bool
    frame_formats: tuple[str, ...]
    found: list[ImageFile]
    shards: list[ImageFile]

    def names(self) -> list[str]:
        """All outputs, see `output_files`."""
        names = [name for file in self.files for name in image_files(file, self.formats)]
        for clip in self.clips:
            names += clip_files(clip, self.video, self.frame_formats)
        return names


def find_wanted(
    inputs: Sequence[str | os.PathLike], output: str | os.PathLike, formats: Sequence[str] | None
) -> WantedOutputs:
    """Finds the inputs and decides what is written of them.

    Args:
        inputs: Files, folders and glob patterns, see `find_images`, shards of records among them,
            see `split_records`; `camera:0` is a webcam.
        output: The output folder, which is not searched.
        formats: See `predict_to_folder`.

    Raises:
        ValueError: If an input or a format is no good, or `video` alone is to be written of images.
        OSError: If a folder cannot be read.
    """
    image_formats = check_formats(IMAGE_FORMATS if formats is None else formats, (VIDEO,))
    wants_video = formats is None or VIDEO in image_formats
    image_formats = tuple(name for name in image_formats if name != VIDEO)
    webcams, paths = split_webcams(inputs)
    of_images = IMAGE_SUFFIXES + RECORD_SUFFIXES if image_formats else ()
    given = find_images(paths, output, of_images + VIDEO_SUFFIXES) if paths else []
    found, shards = split_records(given)
    clips: list[ClipSource] = [*webcams, *(file for file in found if is_video(file))]
    files = [file for file in found if image_formats and not is_video(file)]
    if not image_formats and not clips:
        raise ValueError(
            f"`formats=['{VIDEO}']` is for videos and webcams; there is none among the inputs. "
            f"Received: input '{inputs[0]}'"
        )
    frame_formats = () if formats is None else image_formats
    return WantedOutputs(files, clips, image_formats, wants_video, frame_formats, found, shards)
