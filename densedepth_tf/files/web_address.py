"""Addresses on the web and in buckets, which are no paths."""

import os
import re

# One slash is what `pathlib` leaves of two.
_ADDRESS = re.compile(r"(https?|ftp):/", re.IGNORECASE)
_BUCKET = re.compile(r"(s3a?|gcs|gs|hf|az|abfss?|wasbs?):/", re.IGNORECASE)


def check_no_web_address(path: str | os.PathLike, argument: str = "") -> None:
    """Raises ValueError for an address on the web in place of a path.

    A download may be of any size and take any time, and what it brings cannot be looked at before:
    that is for whoever asks for it.

    Args:
        path: What was given.
        argument: What it was given to, if the message is to name it.
    """
    _refuse(
        _ADDRESS,
        "Files are on this machine, not on the web: download it first (`curl -LO ADDRESS`), and "
        "pass the file.",
        path,
        argument,
    )


def check_no_bucket(path: str | os.PathLike, argument: str = "") -> None:
    """Raises ValueError for an address in a bucket in place of a path.

    As a path it would be a folder of that name on this machine.

    Args:
        path: What was given.
        argument: What it was given to, if the message is to name it.
    """
    _refuse(
        _BUCKET,
        "Buckets are neither read nor written here (docs/how_to/buckets.md tells where they are, "
        "by an address as text: a `Path` drops a slash of it): copy the data to this machine or "
        "mount the bucket, and pass the path.",
        path,
        argument,
    )


def _refuse(kind: re.Pattern[str], reason: str, path: str | os.PathLike, argument: str) -> None:
    text = os.fspath(path)
    if kind.match(text):
        place = f"`{argument}`: " if argument else ""
        raise ValueError(f"{place}{reason} Received: '{text}'")
