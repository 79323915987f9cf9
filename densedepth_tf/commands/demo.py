"""`python -m densedepth_tf demo`: the whole job in a few minutes."""

from typing import NoReturn

from densedepth_tf.commands.shell.command_edge import command_edge
from densedepth_tf.commands.shell.command_line import Parser, run


@command_edge("densedepth demo")
def main(arguments: list[str] | None = None) -> NoReturn:
    """Parses and runs the demo; exit code 0, or 2 with one line."""
    parser = Parser(
        prog="densedepth demo",
        description="Predicts photographs with the model in the package, renders rooms, trains a "
        "DenseDepth on them, measures it on unseen rooms and exports a SavedModel. About five "
        "minutes on two cores.",
    )
    parser.add_argument(
        "--workdir", metavar="DIR", default="runs/demo", help="folder to write, or an address"
    )
    parser.add_argument("--overwrite", action="store_true", help="train again from the beginning")
    options = parser.parse_args(arguments)

    def body() -> None:
        from densedepth_tf.demo import run_demo

        run_demo(options.workdir, overwrite=options.overwrite)

    run(parser, body, tensorflow=True)
