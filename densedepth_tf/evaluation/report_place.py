"""Where a report goes: a folder on this machine, or one in a bucket."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from densedepth_tf.files.outputs.staged_output import staged_output
from densedepth_tf.files.writable_folder import check_writable_folder

WRITTEN = (
    *("metrics.json", "per_image.csv", "comparison.md", "comparison.csv", "comparison.png"),
    "odometry.json",
)
COMPLETES = ("metrics.json", "comparison.md", "odometry.json")  # what says that a report is whole


@contextlib.contextmanager
def report_place(
    output: str | os.PathLike, inputs: Iterable[str | os.PathLike | None] = ()
) -> Iterator[Path]:
    """Yields the folder to write a report to; one in a bucket is uploaded when the block ends.

    Args:
        output: The folder, or its address.
        inputs: What is measured; never replaced.

    Raises:
        ImportError, OSError, ValueError: As `staged_output`.
    """
    with staged_output(output, looks_at=_is_of_report, completes=COMPLETES, inputs=inputs) as here:
        check_writable_folder(here)
        yield here


def _is_of_report(name: str) -> bool:
    """Whether a file of an output folder may be of an earlier evaluation."""
    *folders, last = name.split("/")
    return last in WRITTEN or last.startswith("trajectory_") or folders[-1:] == ["panels"]
