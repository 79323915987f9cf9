"""Flags in place of arguments: the library names its arguments, a command's user knows flags.

The library writes an argument in backticks, with its value if there is one: `depth_scale`,
`supervision='stereo'`, `mirrored=False`. A command shows them as they are typed: --depth-scale,
--supervision stereo, --no-mirrored. What is no flag of the running command stays as it is.
"""

import argparse
import contextlib
import re
from collections.abc import Iterator, Mapping

from densedepth_tf.commands.shell.program import with_programs
from densedepth_tf.process.wording import worded, wording

_ARGUMENT = re.compile(r"`([a-z_][\w.]*)(?:=([^`\n]+))?`")
_LITERAL = re.compile(r"\[?'([^']*)'\]?")

# Arguments that are called otherwise than the flag of every command that has it.
OTHER_NAMES = {
    "horizontal_fov": "--hfov",
    "model_range": "--checkpoint-range",
    "output_dir": "--output",
    "path": "--checkpoint",  # of `densedepth_tf.load`
    "png_scale": "--depth-png-scale",
    "preset": "--camera",
}


def flags_of(parser: argparse.ArgumentParser) -> dict[str, str]:
    """The flags of a parser, those of its groups included.

    Args:
        parser: A command's parser; a `Parser` may have `other_names`.

    Returns:
        What stands in backticks to what a command shows: `depth_scale` to `--depth-scale`, and
        for a switch that turns something off `mirrored=False` to `--no-mirrored`.
    """
    flags: dict[str, str] = {}
    for action in parser._actions:
        for flag in action.option_strings:
            if not flag.startswith("--"):
                continue
            off = flag.startswith("--no-") and action.dest == flag[5:].replace("-", "_")
            flags.setdefault(f"{action.dest}=False" if off else action.dest, flag)
    there = set(flags.values())
    for name, shown in {**OTHER_NAMES, **getattr(parser, "other_names", {})}.items():
        if shown.split()[0] in there:
            flags[name] = shown
    return flags


@contextlib.contextmanager
def naming(flags: Mapping[str, str]) -> Iterator[None]:
    """Inside, everything that is told names these flags, as `flags_of` returns them."""

    def translate(text: str) -> str:
        return with_programs(with_flags(text, flags))

    with wording(translate):
        yield


def with_flags(text: str, flags: Mapping[str, str] | None = None) -> str:
    """A text of the library with the flags of the arguments that it names.

    Args:
        text: Any text; may have several lines.
        flags: As `flags_of` returns them; by default those of the running command.
    """
    if flags is None:
        return worded(text)

    def flag(match: re.Match[str]) -> str:
        whole, (name, value) = match[0][1:-1], match.groups()
        if whole in flags:
            return flags[whole]
        if name not in flags:
            return match[0]
        if value is None or value == "True":
            return flags[name]
        literal = _LITERAL.fullmatch(value)
        return f"{flags[name]} {literal[1] if literal else value}"

    return _ARGUMENT.sub(flag, text)
