"""Addresses on the web, which are no paths."""

import os
import re

_ADDRESS = re.compile(r"(https?|ftp)://", re.IGNORECASE)


def check_no_web_address(path: str | os.PathLike) -> None:
    """Raises ValueError for an address on the web in place of a path.

    A download may be of any size and take any time, and what it brings cannot be looked at before:
    that is for whoever asks for it.
    """
    text = os.fspath(path)
    if _ADDRESS.match(text):
        raise ValueError(
            "Files are read from this machine: download it first (`curl -LO ADDRESS`), and pass "
            f"the file. Received: '{text}'"
        )
