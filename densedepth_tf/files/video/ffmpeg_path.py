"""A path as FFmpeg takes it for a file, whatever its name."""

import os


def ffmpeg_path(path: str | os.PathLike) -> str:
    """The absolute form of a path, which FFmpeg never takes for an address.

    In a relative one, what comes before a colon is a protocol to it: `10:30/clip.mp4`,
    `pipe:1.mp4`, `file:clip.mp4`.
    """
    return os.path.abspath(path)
