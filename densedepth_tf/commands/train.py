"""`train.py`: YAML configuration first, flags override it."""

import dataclasses
from typing import Any, NoReturn

from jsonargparse import ActionYesNo, ArgumentParser

from densedepth_tf.commands.command_line import fail, run
from densedepth_tf.training.config import TrainingConfig

PROGRAM = "train.py"


class _Parser(ArgumentParser):
    """Reports wrong flags and wrong YAML keys in one line."""

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        fail(PROGRAM, f"{message} (see `{PROGRAM} --help`)")


def build_parser() -> ArgumentParser:
    """One flag for every field of `TrainingConfig`, grouped by topic."""
    parser = _Parser(
        prog=PROGRAM,
        description="Train a depth model. Run the same command again to resume an interrupted run.",
    )
    parser.add_argument("--config", action="config", help="YAML file; flags after it override it")
    groups: dict[str, Any] = {}
    for field in dataclasses.fields(TrainingConfig):
        title = field.metadata["group"]
        group = groups.setdefault(title, parser.add_argument_group(title))
        flag = "--" + field.name.replace("_", "-")
        options: dict[str, Any] = {"help": field.metadata["help"], "default": field.default}
        if field.type is bool:
            group.add_argument(flag, action=ActionYesNo(no_prefix="no-"), **options)
        else:
            group.add_argument(flag, type=field.type, **options)
    return parser


def main(arguments: list[str] | None = None) -> NoReturn:
    """Parses and trains; exit code 0, or 2 with one line."""
    values = build_parser().parse_args(arguments).as_dict()
    values.pop("config", None)

    try:
        config = TrainingConfig(**values)
    except ValueError as error:
        fail(PROGRAM, str(error))

    def body() -> int:
        from densedepth_tf.training.train import train

        train(config)
        return 0

    run(PROGRAM, body, tensorflow=True)
