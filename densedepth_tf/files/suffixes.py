"""What files end in, by what they hold: the one list that folders are searched with."""

from collections.abc import Iterable
from pathlib import PurePath

from densedepth_tf.files.regular_file import check_regular_file

# Images that may as well be depth maps: formats of one channel with 16 bits or more.
IMAGE_OR_DEPTH_SUFFIXES = (".png", ".tif", ".tiff", ".pgm", ".pnm", ".jp2")
# Depth maps, and never a photograph.
DEPTH_SUFFIXES = (".npy", ".pfm")
IMAGE_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".webp", ".ppm", ".gif"),
    *(".avif", ".heic", ".heif", ".hif"),
    *IMAGE_OR_DEPTH_SUFFIXES,
)
VIDEO_SUFFIXES = (
    *(".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".mpg", ".mpeg"),
    *(".wmv", ".flv", ".ts", ".mts", ".m2ts", ".3gp", ".ogv", ".y4m"),
)
RECORD_SUFFIXES = (".tfrecord",)
_PACKET = 188  # bytes of a transport stream's packet


def suffix_of(path: str | PurePath) -> str:
    """The suffix in lower case, as it stands in the lists above; `""` without one."""
    return PurePath(path).suffix.lower()


def has_suffix(path: str | PurePath, suffixes: tuple[str, ...]) -> bool:
    """Whether a file ends in one of these; `.ts` counts only where it is a video's.

    TypeScript's files end like MPEG's transport streams, whose packets begin with a byte of 0x47.
    """
    suffix = suffix_of(path)
    if suffix != ".ts" or suffix not in suffixes:
        return suffix in suffixes
    try:
        check_regular_file(path)
        with open(path, "rb") as file:
            start = file.read(_PACKET + 1)
    except OSError:
        return True  # reading it says what is wrong
    return start[:1] == start[_PACKET:] == b"\x47" or not start


def count_kinds(names: Iterable[str | PurePath]) -> str:
    """Names by suffix, the most frequent first, e.g. `3 .heic, 1 .txt, 1 without a suffix`."""
    counts: dict[str, int] = {}
    for name in names:
        kind = suffix_of(name) or "without a suffix"
        counts[kind] = counts.get(kind, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count} {kind}" for kind, count in ordered)
