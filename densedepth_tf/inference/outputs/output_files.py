"""Which files a prediction writes, what they must not replace, and what decides their content."""

import os
from collections.abc import Sequence
from pathlib import Path

from densedepth_tf.checkpoints import MODEL_FILE, is_hub_address, is_preset, local_checkpoint
from densedepth_tf.files.outputs.input_safety import InputSafety
from densedepth_tf.files.outputs.own_outputs import PART_SUFFIX, VIDEO_SUFFIX
from densedepth_tf.files.staged_file import Staged
from densedepth_tf.geometry.depth_model import as_depth_model
from densedepth_tf.geometry.depth_predictor import DepthPredictor
from densedepth_tf.inference.image_sources import ImageFile
from densedepth_tf.inference.outputs.depth_writers import OUTPUT_FORMATS, output_name
from densedepth_tf.inference.outputs.frame_files import is_frame_file
from densedepth_tf.inference.video.clip_sources import ClipSource, WebcamSource
from densedepth_tf.presets.presets import preset_path
from densedepth_tf.runtimes.file_identity import file_identity


def image_files(file: ImageFile, formats: Sequence[str]) -> list[str]:
    """The outputs of an image, relative to the output folder."""
    return [output_name(file.name, format_name) for format_name in formats]


def clip_files(clip: ClipSource, video: bool, frame_formats: Sequence[str]) -> list[str]:
    """The outputs of a clip, relative to the output folder; those of all frames as a pattern."""
    videos = [f"{clip.name}{VIDEO_SUFFIX}"] if video else []
    return videos + [f"{clip.name}/*{OUTPUT_FORMATS[name].suffix}" for name in frame_formats]


def video_path(output: Path, source: ClipSource) -> Path:
    """Where the video of a clip's depth goes."""
    return output / f"{source.name}{VIDEO_SUFFIX}"


def part_path(output: Path, source: ClipSource) -> Path:
    """Where it is while the clip has not come to its end."""
    return output / f"{source.name}{PART_SUFFIX}"


def frames_folder(output: Path, source: ClipSource) -> Path:
    """Where the files of a clip's frames go."""
    return output / source.name


def part_folder(output: Path, source: ClipSource) -> Path:
    """Where they are while the clip has not come to its end."""
    return output / f"{source.name}.part"


def keep_inputs_safe(
    inputs: Sequence[ImageFile],
    others: Sequence[str | os.PathLike | None],
    outputs: Sequence[str],
    clips: Sequence[ClipSource],
    frames: bool,
    output: Path,
) -> None:
    """Refuses to write where an input is.

    Args:
        inputs: Images and videos that are read.
        others: What else is read.
        outputs: Files relative to the output folder; patterns of frames are looked at by folder.
        clips: The videos and webcams that are read.
        frames: Whether their frames are written one by one.
        output: The output folder.

    Raises:
        ValueError: If an output would replace an input, a clip's frames would go to a folder
            of inputs, or a clip's frames and images would have the same outputs.
    """
    paths = [file.path for file in inputs]
    files = [output / name for name in outputs if "*" not in name]
    parts = [part_path(output, clip) for clip in clips]
    InputSafety([*paths, *others]).check([*files, *parts])
    if frames:
        _keep_frames_apart(clips, outputs, output)
        folders = [frames_folder(output, clip) for clip in clips]
        folders += [part_folder(output, clip) for clip in clips]
        InputSafety({path.parent: None for path in paths}).check(folders)


def _keep_frames_apart(clips: Sequence[ClipSource], outputs: Sequence[str], output: Path) -> None:
    """`walk.mp4` and the images `walk/000001.jpg` would both give `walk/000001.depth.png`."""
    of_clips = {clip.name: clip for clip in clips}
    for name in outputs:
        folder, file = os.path.split(name)
        if folder in of_clips and is_frame_file(file):
            raise ValueError(
                f"'{output / name}' would be written of an image and of a frame of "
                f"'{of_clips[folder].title}'; predict them one after the other, each with its own "
                "`output`."
            )


def sources_of(source: ImageFile | WebcamSource) -> list[Path | Staged]:
    """The files that an image's or a clip's outputs are made from; none for a webcam."""
    return [] if isinstance(source, WebcamSource) else [source.source]


def model_identity(model: DepthPredictor, checkpoint: str | None) -> str:
    """Tells models apart that predict differently, by their files or else by their weights."""
    if checkpoint is None:
        return as_depth_model(model).identity()
    return checkpoint_identity(checkpoint)


def checkpoint_identity(checkpoint: str) -> str:
    """Tells checkpoints apart that predict differently, by their files; "" where there is none.

    Raises:
        OSError: If an address cannot be read.
    """
    if is_hub_address(checkpoint):
        from densedepth_tf.presets.hub import fetch

        return file_identity(fetch(checkpoint))
    path = preset_path(checkpoint) if is_preset(checkpoint) else Path(local_checkpoint(checkpoint))
    if path is None:  # downloaded, and its content checked then
        return checkpoint
    if (path / MODEL_FILE).is_file():  # A run folder: what else is in it does not matter.
        path = path / MODEL_FILE
    return file_identity(path)
