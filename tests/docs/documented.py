"""The command lines and the Python on the pages of the documentation."""

import re
import shlex
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PAGES = sorted(
    [
        *(REPOSITORY / "docs").rglob("*.md"),
        *(REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md")),
        *(REPOSITORY / "densedepth_tf/presets").glob("*.md"),
    ]
)
SCRIPTS = ("train.py", "evaluate.py", "predict.py", "export.py")
_BLOCK = re.compile(r"^ *```bash\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def command_lines(page: Path) -> list[list[str]]:
    """The words of every call of a command of this package, e.g. `["train", "--seed", "1"]`.

    Lines with variables of the shell are left out.
    """
    text = "\n".join(_BLOCK.findall(page.read_text())).replace("\\\n", " ")
    calls = [_call(line) for line in text.splitlines() if "$" not in line]
    return [words for words in calls if words]


def python_blocks(page: Path) -> list[str]:
    """The Python of a page, block by block."""
    return _PYTHON.findall(page.read_text())


def _call(line: str) -> list[str]:
    match shlex.split(line, comments=True):
        case ["python", "-m", "densedepth_tf", *words] | ["densedepth", *words]:
            return words
        case ["python", script, *words] if script in SCRIPTS:
            return [script.removesuffix(".py"), *words]
    return []
