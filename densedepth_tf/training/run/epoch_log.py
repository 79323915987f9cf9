"""The log of a run: a CSV file with a row of figures for every finished epoch."""

import csv
import io
from pathlib import Path

from densedepth_tf.files.atomic import write_text

EPOCH = "epoch"


def read_log(path: Path) -> list[dict[str, str]]:
    """Rows of a run's log, their epochs counted from 1; none where there is no file.

    Logs of earlier releases count from 0, which their first row shows. Rows that were cut off are
    left out.

    Raises:
        ValueError: If the file is no such log.
        OSError: If it cannot be read.
    """
    if not path.is_file():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        rows = [row for row in reader if None not in row and None not in row.values()]
    if not rows:
        return []
    try:
        first = int(rows[0][EPOCH])
        return [{**row, EPOCH: str(int(row[EPOCH]) + (first == 0))} for row in rows]
    except (KeyError, ValueError) as error:
        raise ValueError(f"This is no log of a training. Received: '{path}'") from error


def write_log(path: Path, rows: list[dict[str, str]]) -> None:
    """Writes rows as `read_log` gives them; a figure that a row does not have stays empty."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list({name: None for row in rows for name in row}))
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())
