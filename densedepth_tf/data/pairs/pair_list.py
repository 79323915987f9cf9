"""Lists of (image, depth) file names in CSV files."""

import csv
import io
from pathlib import PurePosixPath
from typing import NamedTuple

from densedepth_tf.files.file_tree import relative_name
from densedepth_tf.files.text_file import check_text_size

_IMAGE_TITLES = ("image", "rgb", "color", "colour", "image_path", "rgb_path")
_DEPTH_TITLES = ("depth", "depth_path", "depth_map")


class Pair(NamedTuple):
    """A photograph and its depth map, as relative names with forward slashes."""

    image: str
    depth: str


def parse_pairs(content: bytes, name: str) -> list[Pair]:
    """Reads rows `image,depth`, with or without a header line; further columns are ignored.

    A header is a first row without any file suffix, e.g. `image,depth`; it may name the columns in
    another order. Empty lines are skipped.

    Args:
        content: The CSV file, as UTF-8.
        name: What to call it in messages.

    Raises:
        ValueError: If a row lacks a column or a name leads outside the data folder (the message
            names the row), if the text is not UTF-8 or larger than any list, or if there are no
            rows.
    """
    check_text_size(len(content), name)
    try:
        text = content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"'{name}' is not a CSV file in UTF-8: {error}") from error
    columns = 0, 1
    pairs = []
    header_allowed = True
    for number, row in enumerate(rows, start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if header_allowed and not any(PurePosixPath(cell).suffix for cell in cells):
            columns = _columns(cells)
        else:
            pairs.append(_pair(cells, columns, f"'{name}', row {number}"))
        header_allowed = False
    if not pairs:
        raise ValueError(f"'{name}' lists no images; it needs rows `image,depth`.")
    return pairs


def _columns(titles: list[str]) -> tuple[int, int]:
    lowered = [title.lower() for title in titles]
    image = next((i for i, title in enumerate(lowered) if title in _IMAGE_TITLES), 0)
    depth = next((i for i, title in enumerate(lowered) if title in _DEPTH_TITLES), 1)
    return (image, depth) if image != depth else (0, 1)


def _pair(cells: list[str], columns: tuple[int, int], place: str) -> Pair:
    if len(cells) <= max(columns) or not all(cells[column] for column in columns):
        raise ValueError(f"{place}: needs `image,depth`. Received: '{','.join(cells)[:100]}'")
    try:
        return Pair(*(relative_name(cells[column]) for column in columns))
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from error
