"""`python -m densedepth_tf demo`: the whole job in a few minutes."""

from pathlib import Path
from typing import NoReturn

from densedepth_tf.commands.command_line import Parser, run


def main(arguments: list[str] | None = None) -> NoReturn:
    """Parses and runs the demo; exit code 0, or 2 with one line."""
    parser = Parser(
        prog="densedepth demo",
        description="Renders rooms, trains a DenseDepth on them, measures it on unseen rooms, "
        "exports a SavedModel and predicts photographs. About five minutes on two cores.",
    )
    parser.add_argument("--workdir", metavar="DIR", default="runs/demo", help="folder to write")
    parser.add_argument("--overwrite", action="store_true", help="train again from the beginning")
    parser.add_argument("--num-train", type=int, default=600, metavar="N", help="training rooms")
    parser.add_argument("--num-test", type=int, default=60, metavar="N", help="test rooms")
    parser.add_argument("--epochs", type=int, default=12, metavar="N", help="training epochs")
    parser.add_argument("--image-size", default="128x160", metavar="HxW", help="of the network")
    options = parser.parse_args(arguments)

    def body() -> None:
        from densedepth_tf.demo import DemoSize, run_demo

        size = DemoSize(options.num_train, options.num_test, options.epochs, options.image_size)
        run_demo(Path(options.workdir), size, options.overwrite)

    run(parser.prog, body, tensorflow=True)
