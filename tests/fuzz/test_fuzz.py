"""Damaged files of every kind end in ValueError or OSError, in bounded memory, without a crash."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def fuzz(kind: str, first: int, number: int, only: str = "") -> None:
    """Reads damaged files in a process of its own, which a reader might take down."""
    paths = [str(HERE), str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "TF_CPP_MIN_LOG_LEVEL": "3"}
    ended = subprocess.run(
        [sys.executable, HERE / "run_readers.py", kind, str(first), str(number), only],
        capture_output=True,
        text=True,
        errors="replace",
        env=environment,
        check=False,
    )
    lines = ended.stdout.splitlines()
    wrong = [json.loads(line) for line in lines if line.startswith("[")]
    assert not wrong, wrong[:20]
    assert lines and lines[-1] == "finished", (lines[-1:], ended.returncode, ended.stderr[-2000:])


@pytest.mark.parametrize("kind", ["light", "tensorflow"])
def test_some_damaged_files(kind):
    fuzz(kind, first=0, number=40 if kind == "light" else 12)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["light", "tensorflow"])
def test_many_damaged_files(kind):
    fuzz(kind, first=1000, number=3000 if kind == "light" else 300)
