"""`densedepth completion`: a shell's tab completion of commands and flags."""

import argparse
from typing import NoReturn

from densedepth_tf.commands import COMMANDS
from densedepth_tf.commands.shell.command_edge import command_edge
from densedepth_tf.commands.shell.command_line import Parser, parser_of, run
from densedepth_tf.commands.shell.program import PACKAGE_PROGRAM
from densedepth_tf.process.optional_package import require

SHELLS = ("bash", "zsh", "tcsh")
HOW = (
    'bash: eval "$(densedepth completion bash)" in ~/.bashrc; zsh: densedepth completion zsh > '
    "a file _densedepth in a folder of $fpath"
)


@command_edge("densedepth completion")
def main(arguments: list[str] | None = None) -> NoReturn:
    """Prints the script; exit code 0, or 2 with one line."""
    parser = Parser(
        prog="densedepth completion",
        description="Prints what a shell needs to complete commands, flags and their values.",
        epilog=HOW,
    )
    parser.add_argument("shell", choices=SHELLS, help="the shell that is to read it")
    options = parser.parse_args(arguments)

    def body() -> None:
        shtab = require("shtab", "Completion", "completion")
        print(shtab.complete(_whole_parser(), options.shell))

    run(parser, body)


def _whole_parser() -> argparse.ArgumentParser:
    """One parser of all commands, as no command line ever needs it."""
    whole = argparse.ArgumentParser(prog=PACKAGE_PROGRAM)
    subparsers = whole.add_subparsers()
    for name, about in COMMANDS.items():
        command = subparsers.add_parser(name, help=about)
        for action in parser_of(name)._actions:
            if action.option_strings and action.dest != "help":
                command._add_action(action)
    return whole
