"""One page for every command, made of its parser, so that no flag is described twice."""

import argparse
import re
from collections.abc import Iterator

from densedepth_tf.commands import COMMANDS
from densedepth_tf.commands.shell.command_line import parser_of

SCRIPTS = ("train", "evaluate", "predict", "export")  # those with a script of their own
FOLDER = "reference/commands"
_CODE = re.compile(r"(`[^`]+`|(?<![\w-])--[a-z]\w*(?:-\w+)*)")
# What a flag says where leaving it out means nothing in particular.
_NO_DEFAULT = re.compile(r" ?\(default: (?:None|False|null)?\)$")
_TYPE = re.compile(r"\(type: .*?(?:, default: ([^()]*))?\)$")


def command_pages() -> dict[str, str]:
    """The pages' texts by their addresses."""
    pages = {f"{FOLDER}/{name}.md": command_page(name) for name in COMMANDS}
    return {f"{FOLDER}/index.md": _overview(), **pages}


def command_page(command: str) -> str:
    """What the command does, how it is called and every flag, under the titles of its groups."""
    parser = parser_of(command)
    lines = [f"# {command}", "", _text(parser.description or ""), "", "```bash", *_calls(command)]
    lines += ["```", ""]
    for group in parser._action_groups:
        flags = [action for action in group._group_actions if action.help != argparse.SUPPRESS]
        if not flags:
            continue
        title = group.title or ""
        title = title[:1].upper() + title[1:]
        lines += [f"## {title}", "", *([_text(group.description), ""] if group.description else [])]
        for action in flags:
            lines += [*_flag(parser, action), ""]
    if parser.epilog:
        lines += ["## Notes", "", _text(parser.epilog), ""]
    return "\n".join(lines)


def _overview() -> str:
    rows = [f"| [{name}]({name}.md) | {text} |" for name, text in COMMANDS.items()]
    return "\n".join(
        [
            "# Command line reference",
            "",
            "Every command is part of `densedepth` (or `python -m densedepth_tf`); four have a "
            "script in the repository and a name of their own as well. These pages are made from "
            "the commands' own parsers: `COMMAND --help` says the same.",
            "",
            "| command | what it does |",
            "|---|---|",
            *rows,
            "",
            "Exit codes: 0 if all went well; 1 if some inputs were left out, which are named and "
            "counted; 2 with one line if nothing could be done, a wrong flag for example; 130 and "
            "143 after Ctrl-C and SIGTERM. `--debug` shows the traceback behind that one line.",
            "",
        ]
    )


def _calls(command: str) -> Iterator[str]:
    if command in SCRIPTS:
        yield f"python {command}.py ..."
        yield f"densedepth-{command} ..."
    yield f"python -m densedepth_tf {command} ..."


def _flag(parser: argparse.ArgumentParser, action: argparse.Action) -> Iterator[str]:
    names = ", ".join(f"`{name}`" for name in action.option_strings) or f"`{action.dest}`"
    value = _value(parser, action)
    anchor = names.split(", ")[-1].strip("`-+")
    yield f"{names}{f' `{value}`' if value else ''} {{ #{anchor} }}"
    yield f":   {_help(parser, action)}"


def _value(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    if action.nargs == 0 or not action.option_strings:
        return ""
    formatter = parser._get_formatter()
    default = formatter._get_default_metavar_for_optional(action)
    return formatter._format_args(action, default)


def _help(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    text = parser._get_formatter()._expand_help(action) if action.help else ""
    text = _TYPE.sub(lambda match: f"(default: {match[1] or ''})", text)
    return _text(_NO_DEFAULT.sub("", text))


def _text(text: str) -> str:
    """Help as Markdown: flags are code, and nothing else in it is taken for mark-up."""
    parts = _CODE.split(re.sub(r"\s+", " ", text).strip())
    return "".join(
        part if "`" in part else f"`{part}`" if part.startswith("--") else _escaped(part)
        for part in parts
    )


def _escaped(text: str) -> str:
    return re.sub(r"([*_<>\[\]])", r"\\\1", text)
