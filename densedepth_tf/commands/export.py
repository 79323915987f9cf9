"""`export.py`: a trained model in a format that other runtimes load."""

import argparse
from typing import NoReturn

from densedepth_tf.commands.command_line import Parser, run
from densedepth_tf.export.exporters import EXPORTERS, export_checkpoint


def main(arguments: list[str] | None = None) -> NoReturn:
    """Parses the command line and exports; exits 0, or 2 with nothing written."""
    parser = Parser(
        prog="export.py",
        description="Exports a model: uint8 RGB images in, float32 metres out. What is written "
        "is loaded back, run and compared with the model before it takes its place.",
        formatter_class=argparse.HelpFormatter,
    )
    parser.add_argument(
        "--checkpoint", required=True, help="run folder, .keras or official .h5 file"
    )
    parser.add_argument(
        "--format", default="savedmodel", choices=list(EXPORTERS), help="default: savedmodel"
    )
    parser.add_argument("--output", required=True, help="folder of the SavedModel")
    options = parser.parse_args(arguments)

    def body() -> None:
        parity = export_checkpoint(options.checkpoint, options.format, options.output)
        sizes = ", ".join(f"{height}x{width}" for height, width in parity.sizes)
        print(
            f"{options.output}: {options.format}, loaded back and compared on {sizes}; largest "
            f"relative difference {parity.max_relative_difference:.1e} (bound {parity.bound:.0e})"
        )

    run(parser.prog, body, tensorflow=True)
