"""`densedepth web`: the page that measures rooms, on this machine or as a folder for any host."""

import sys
import webbrowser
from typing import TYPE_CHECKING, NoReturn

from densedepth_tf.commands.arguments.checkpoint_arguments import (
    add_checkpoint_range,
    checkpoint_range,
)
from densedepth_tf.commands.arguments.number_arguments import port_number
from densedepth_tf.commands.shell.command_edge import command_edge
from densedepth_tf.commands.shell.command_line import Parser, run
from densedepth_tf.presets.presets import DEFAULT_PRESET

if TYPE_CHECKING:
    from densedepth_tf.page.page_files import PageFiles

PORT = 8765
LOOPBACK = "127.0.0.1"


@command_edge("densedepth web")
def main(arguments: list[str] | None = None) -> NoReturn:
    """Serves the page until Ctrl-C, or writes it to a folder; exits 2 on bad input."""
    parser = Parser(
        prog="densedepth web",
        description="Opens a page in the browser that finds depth in metres, measures and shows "
        "rooms in 3-D. The browser computes; no photograph leaves it. Ctrl-C ends it.",
    )
    parser.add_argument(
        "--checkpoint",
        default=DEFAULT_PRESET,
        metavar="PATH",
        help="the model of the page: whatever export.py takes, or its .onnx file",
    )
    add_checkpoint_range(parser)
    parser.add_argument(
        "--output",
        metavar="FOLDER",
        help="write the page there, for any static host, instead of serving it",
    )
    parser.add_argument(
        "--port", type=port_number, default=PORT, metavar="N", help="0 = any that is free"
    )
    parser.add_argument(
        "--host",
        default=LOOPBACK,
        help="the address to listen on; others than this machine's own let the network in",
    )
    parser.add_argument("--no-browser", action="store_true", help="only say where it is")
    options = parser.parse_args(arguments)

    # Not above: it imports NumPy, which --help can do without.
    from densedepth_tf.page.page_model import page_model_needs_tensorflow

    def body() -> None:
        from densedepth_tf.page.page_files import built_page, page_files, write_page
        from densedepth_tf.page.page_model import page_model

        built_page()  # Before a model is exported for it, which takes a while.
        model = page_model(options.checkpoint, checkpoint_range(options, options.checkpoint))
        files = page_files(model)
        if options.output is None:
            _serve(files, options.host, options.port, not options.no_browser)
        else:
            size = write_page(files, options.output)
            print(f"{options.output}: {len(files)} files, {size / 1e6:.1f} MB; put it on any host")

    run(
        parser,
        body,
        tensorflow=lambda: page_model_needs_tensorflow(options.checkpoint),
    )


def _serve(files: "PageFiles", host: str, port: int, opens_browser: bool) -> None:
    from densedepth_tf.page.page_server import PageServer, is_loopback

    with PageServer(files, host, port) as server:
        if not is_loopback(host):
            print(
                f"densedepth web: warning: everybody who reaches {host} sees the page; browsers "
                "give it no camera there, which needs https",
                file=sys.stderr,
            )
        print(f"{server.address} (Ctrl-C ends it)", flush=True)
        if opens_browser:
            webbrowser.open(server.address)
        server.serve_forever()
