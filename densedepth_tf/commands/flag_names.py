"""Flags in place of arguments: the library names its arguments, a command's user knows flags.

The library writes an argument in backticks, with its value if there is one: `depth_scale`,
`supervision='stereo'`, `mirrored=False`. A command shows them as they are typed: --depth-scale,
--supervision stereo, --no-mirrored. What is no flag of the running command stays as it is.
"""

import argparse
import contextlib
import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from types import MappingProxyType

_ARGUMENT = re.compile(r"`([a-z_]\w*)(?:=('[^'`\n]*'|[^`\n]+))?`")
_flags: ContextVar[Mapping[str, str]] = ContextVar("flags", default=MappingProxyType({}))

# Arguments that are called otherwise than the flag of every command that has it.
OTHER_NAMES = {
    "horizontal_fov": "hfov",
    "png_scale": "depth_png_scale",
}


def flags_of(parser: argparse.ArgumentParser) -> dict[str, str]:
    """The flags of a parser, those of its groups included.

    Args:
        parser: A command's parser; a `Parser` may have `other_names`.

    Returns:
        Name of an argument to its flag, such as `depth_scale` to `--depth-scale`; a switch that
        turns something off belongs to the name with `=False`.
    """
    flags: dict[str, str] = {}
    for action in parser._actions:
        for flag in filter(lambda option: option.startswith("--"), action.option_strings):
            off = flag.startswith("--no-") and action.dest == flag[5:].replace("-", "_")
            flags.setdefault(f"{action.dest}=False" if off else action.dest, flag)
    for name, dest in {**OTHER_NAMES, **getattr(parser, "other_names", {})}.items():
        if dest in flags:
            flags[name] = flags[dest]
    return flags


@contextlib.contextmanager
def naming(flags: Mapping[str, str]) -> Iterator[None]:
    """Inside, `with_flags` knows these flags, as `flags_of` returns them."""
    before = _flags.set(flags)
    try:
        yield
    finally:
        _flags.reset(before)


def with_flags(text: str, flags: Mapping[str, str] | None = None) -> str:
    """A text of the library with the flags of the arguments that it names.

    Args:
        text: Any text; may have several lines.
        flags: As `flags_of` returns them; by default those of the running command.
    """
    known = _flags.get() if flags is None else flags

    def flag(match: re.Match[str]) -> str:
        name, value = match[1], match[2]
        if value == "False" and f"{name}=False" in known:
            return known[f"{name}=False"]
        if name not in known:
            return match[0]
        if value is None or value == "True":
            return known[name]
        return f"{known[name]} {value.strip(chr(39))}"

    return _ARGUMENT.sub(flag, text)
