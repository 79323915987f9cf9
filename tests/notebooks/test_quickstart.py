"""The notebook runs from top to bottom."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.long
def test_quickstart_runs(tmp_path, monkeypatch):
    """With fewer rooms and epochs than a reader gets."""
    notebook = nbformat.read(REPOSITORY / "notebooks/quickstart.ipynb", as_version=4)
    settings = notebook.cells[1]
    smaller = settings.source.replace("= 96, 4, (96, 128)", "= 16, 3, (64, 96)")
    assert smaller != settings.source
    settings.source = smaller
    checks = "assert depth.shape == (240, 320, 1)\nassert losses[-1] < losses[0]"
    notebook.cells.append(nbformat.v4.new_code_cell(checks))
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    pictures = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) == 2
