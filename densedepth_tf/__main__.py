"""`python -m densedepth_tf COMMAND ...`, and the console script `densedepth`."""

import importlib
import sys
from typing import NoReturn

from densedepth_tf.commands import COMMANDS
from densedepth_tf.commands.shell.command_edge import command_edge, fail, show_tracebacks
from densedepth_tf.commands.shell.common_flags import VERSION_TEXT
from densedepth_tf.commands.shell.program import PACKAGE_PROGRAM as PROGRAM
from densedepth_tf.commands.shell.program import shown_program, started_by_package
from densedepth_tf.process.wording import did_you_mean


@command_edge(PROGRAM)
def main(arguments: list[str] | None = None) -> NoReturn:
    """Hands the arguments after the command's name to that command, importing it alone."""
    arguments = sys.argv[1:] if arguments is None else arguments
    show_tracebacks(arguments)
    if arguments[:1] == ["--version"]:
        print(VERSION_TEXT)
        sys.exit(0)
    if not arguments or arguments[0] in ("-h", "--help"):
        lines = [f"  {name:11}{text}" for name, text in COMMANDS.items()]
        program = shown_program(PROGRAM)
        print(f"usage: {program} COMMAND ...\n\ncommands:\n" + "\n".join(lines))
        print(f"\nSee `{program} COMMAND --help` for the flags of one.")
        sys.exit(0 if arguments else 2)
    name = arguments[0]
    if name not in COMMANDS:
        meant = did_you_mean(name, COMMANDS)
        fail(PROGRAM, f"unknown command '{name}'; choose from {', '.join(COMMANDS)}.{meant}")
    command = importlib.import_module(f"densedepth_tf.commands.{name.replace('-', '_')}")
    with started_by_package():
        command.main(arguments[1:])
    sys.exit(0)


if __name__ == "__main__":
    main()
