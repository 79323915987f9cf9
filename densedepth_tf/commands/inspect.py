"""`python -m densedepth_tf inspect`: look at a data set before training on it."""

from typing import NoReturn

from densedepth_tf.commands.command_line import Parser, run
from densedepth_tf.commands.data_arguments import add_data_arguments, open_from

EXIT_SOME_BAD = 1


def main(arguments: list[str] | None = None) -> NoReturn:
    """Prints sizes, depth in metres, missing depth and bad samples; exits 1 if some are bad."""
    parser = Parser(
        prog="densedepth inspect",
        description="Reads some samples and prints their sizes, depth in metres, the share of "
        "missing depth and what is broken. Exit code: 0, 1 if some samples are bad, 2 if none "
        "can be read.",
    )
    add_data_arguments(parser)
    parser.add_argument("--num-images", type=int, default=50, help="how many to read; 0 = all")
    options = parser.parse_args(arguments)

    def body() -> int:
        from densedepth_tf.data.inspection import inspect_source

        inspection = inspect_source(open_from(options), options.num_images)
        print(inspection.report())
        return EXIT_SOME_BAD if inspection.bad else 0

    run(parser.prog, body)
