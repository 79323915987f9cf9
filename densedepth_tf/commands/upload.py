"""`python -m densedepth_tf upload`: a preset's folder to the Hugging Face Hub."""

from pathlib import Path
from typing import NoReturn

from densedepth_tf.commands.shell.command_edge import command_edge
from densedepth_tf.commands.shell.command_line import Parser, run


@command_edge("densedepth upload")
def main(arguments: list[str] | None = None) -> NoReturn:
    """Parses and uploads; exit code 0, or 2 with one line."""
    parser = Parser(
        prog="densedepth upload",
        description="Publishes a folder of model.save_to_preset(FOLDER), its model card included, "
        "on the Hugging Face Hub, in one commit. Log in with `hf auth login` first. Everybody may "
        "then write from_preset('hf://USER/NAME').",
    )
    parser.add_argument("--folder", required=True, metavar="DIR", help="the preset's folder")
    parser.add_argument("--to", required=True, metavar="hf://USER/NAME", help="its address")
    parser.add_argument(
        "--private", action="store_true", help="if it is new, for its owner's eyes only"
    )
    options = parser.parse_args(arguments)

    def body() -> None:
        from densedepth_tf.presets.hub import publish

        print(f"Published: {publish(Path(options.folder), options.to, options.private)}")

    run(parser, body, tensorflow=True)
