"""Options in YAML files, read within bounds: such a file may come from anybody."""

import os
from pathlib import Path
from typing import Any

import yaml

MOST_BYTES = 1 << 20
DEEPEST = 20
MOST_VALUES = 100_000


def read_yaml(path: str | os.PathLike) -> Any:  # noqa: ANN401 - whatever stands there
    """Reads plain values from a YAML file.

    Raises:
        ValueError: If it is no YAML, is nested too deeply, or holds too much once its aliases
            are filled in; the message says what, the caller names the file.
        OSError: If it cannot be read.
    """
    with Path(path).open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES >> 20} MB")
    try:
        text = content.decode("utf-8-sig")
        _check_size(text)
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise ValueError(" ".join(str(error).split())) from error


def _check_size(text: str) -> None:
    """Counts values without building them: a few aliases of aliases stand for billions."""
    total = 0
    sizes: dict[str | None, int] = {}  # of what is anchored
    started: list[tuple[str | None, int]] = []  # lists and mappings, and the values before them
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        anchor = getattr(event, "anchor", None)
        if isinstance(event, yaml.AliasEvent):
            if any(anchor == outer for outer, _ in started):
                raise ValueError(f"the alias *{anchor} lies inside what it stands for")
            total += sizes.get(anchor, 1)
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
            sizes[anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            started.append((anchor, total))
            total += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = started.pop()
            sizes[anchor] = total - before
        if len(started) > DEEPEST:
            raise ValueError(f"it is nested more than {DEEPEST} levels deep")
        if total > MOST_VALUES:
            raise ValueError(f"it holds more than {MOST_VALUES} values, aliases filled in")
