"""How much is told while work goes on, of results and errors apart, which are always told."""

import os

# From the most to the least; each tells what those after it tell as well.
LEVELS = ("debug", "info", "warning", "error")
DEFAULT_LEVEL = "info"
LEVEL_VARIABLE = "DENSEDEPTH_TF_LOG_LEVEL"

_chosen: list[str] = []


def set_log_level(level: str | None) -> None:
    """Chooses the level of this process; None leaves it to the environment.

    Raises:
        ValueError: If there is no such level.
    """
    if level is not None and level not in LEVELS:
        raise ValueError(f"`log_level` is one of {', '.join(LEVELS)}. Received: '{level}'")
    _chosen[:] = [] if level is None else [level]


def tells(kind: str) -> bool:
    """Whether something is told: "info" are remarks and progress, "warning" warnings."""
    level = _chosen[0] if _chosen else _named()
    if level not in LEVELS:
        level = DEFAULT_LEVEL
    return LEVELS.index(kind) >= LEVELS.index(level)


def unknown_level() -> str | None:
    """The level that the environment names, if there is no such level and no other was chosen."""
    return None if _chosen or _named() in LEVELS else os.environ[LEVEL_VARIABLE]


def _named() -> str:
    """The level that the environment names, in whatever case; a blank one names none."""
    return os.environ.get(LEVEL_VARIABLE, "").strip().lower() or DEFAULT_LEVEL
