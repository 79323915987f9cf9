"""`python -m densedepth_tf rooms`: render furnished rooms with exact depth into a folder."""

from typing import NoReturn

from densedepth_tf.commands.arguments.number_arguments import (
    count_or_none,
    metres,
    processes,
    seed,
    share,
)
from densedepth_tf.commands.shell.command_edge import command_edge
from densedepth_tf.commands.shell.command_line import Parser, image_size, run
from densedepth_tf.process.wording import counted


@command_edge("densedepth rooms")
def main(arguments: list[str] | None = None) -> NoReturn:
    """Renders what is missing in the output folder."""
    parser = Parser(
        prog="densedepth rooms",
        description="Renders furnished rooms: photographs, exact depth in millimetres, lists and "
        "intrinsics. A run that was stopped continues when started again.",
    )
    add = parser.add_argument
    add("--output", metavar="DIR", required=True, help="folder to write")
    add("--num-train", type=count_or_none, default=800, metavar="N", help="training images")
    add(
        "--num-validation",
        type=count_or_none,
        default=80,
        metavar="N",
        help="images for validation",
    )
    add("--num-test", type=count_or_none, default=80, metavar="N", help="test images")
    add("--image-size", type=image_size, default="240x320", metavar="HxW", help="height x width")
    add("--seed", type=seed, default=0, metavar="N", help="another seed, other rooms")
    add(
        "--path-frames",
        type=count_or_none,
        default=0,
        metavar="N",
        help="walk N consecutive frames through each room, with poses; 0 = one photograph each",
    )
    add(
        "--hand-held",
        type=share,
        default=0.0,
        metavar="SHARE",
        help="of the photographs, those that a camera takes that is carried about: from anywhere, "
        "up to 55 degrees down, near things; 0 = photographers' views alone",
    )
    add("--stereo", action="store_true", help="write the right eye's image as well")
    add("--baseline", type=metres, default=0.1, metavar="METRES", help="for --stereo")
    add("--image-format", choices=("jpg", "png"), default="jpg", help="of the photographs")
    add("--supersampling", type=int, choices=(1, 2, 3), default=2, help="1 = hard edges, faster")
    add("--workers", type=processes, default=0, metavar="N", help="processes; 0 = one per CPU")
    options = parser.parse_args(arguments)

    def body() -> None:
        from densedepth_tf.data.rooms.rooms_writer import RoomsSettings, write_rooms

        counts = {
            "train": options.num_train,
            "validation": options.num_validation,
            "test": options.num_test,
        }
        settings = RoomsSettings(
            image_size=options.image_size,
            seed=options.seed,
            path_frames=options.path_frames,
            stereo=options.stereo,
            baseline=options.baseline,
            supersampling=options.supersampling,
            image_format=options.image_format,
            hand_held=options.hand_held,
        )
        rendered = write_rooms(options.output, counts, settings, options.workers or None)
        total = sum(counts.values())
        print(
            f"{options.output}: {counted(total, 'image')}, {rendered} rendered, "
            f"{total - rendered} kept"
        )

    run(parser, body)
