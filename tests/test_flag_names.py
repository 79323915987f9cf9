"""What the library calls an argument, a command's user reads as a flag."""

import argparse
import threading
import warnings

import pytest

from densedepth_tf.commands.shell.command_line import Parser, report_bad, run
from densedepth_tf.commands.shell.flag_names import flags_of, naming, with_flags
from densedepth_tf.commands.train import build_parser


@pytest.fixture
def parser():
    other_names = {
        "num_images": "--calibration-images",
        "known": "--calibrate U,V=METRES ...",
        "alignment='median'": "--median-scaling",
        "protocol.scale": "--scale-factor",
        "lost": "--nothing",
    }
    parser = Parser(prog="p", other_names=other_names)
    for flag in ("--calibrate", "--median-scaling", "--scale-factor", "--save"):
        parser.add_argument(flag)
    parser.add_argument("-d", "--depth-scale", type=float)
    data = parser.add_argument_group("data")
    data.add_argument("--calibration-images", type=int)
    camera = data.add_mutually_exclusive_group()
    camera.add_argument("--hfov", type=float)
    camera.add_argument("--every-frame", dest="every", type=int)
    parser.add_argument("--mirrored", action=argparse.BooleanOptionalAction)
    return parser


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("`depth_scale` is above 0. Received: 0", "--depth-scale is above 0. Received: 0"),
        ("pass `every` or `hfov`", "pass --every-frame or --hfov"),
        ("`num_images` is at least 1", "--calibration-images is at least 1"),
        ("set `horizontal_fov`, or `depth_scale`.", "set --hfov, or --depth-scale."),
        ("pass `depth_scale=0.001`", "pass --depth-scale 0.001"),
        ("pass `every='all'`\nor `hfov=63`", "pass --every-frame all\nor --hfov 63"),
        ("`save=['video']` is for videos", "--save video is for videos"),
        ("give known depths (`known`)", "give known depths (--calibrate U,V=METRES ...)"),
        ("`alignment='median'` or `protocol.scale`", "--median-scaling or --scale-factor"),
        ("with `mirrored=True` or `mirrored=False`", "with --mirrored or --no-mirrored"),
    ],
)
def test_an_argument_with_a_flag_is_shown_as_the_flag(parser, said, shown):
    assert with_flags(said, flags_of(parser)) == shown


@pytest.mark.parametrize(
    "said",
    [
        "`min_depth` is above 0",  # an argument without a flag here
        "`lost` leads nowhere",
        "`alignment='none'`, or a `scale`",
        "look at the data with `inspect`",
        "rows `image,depth` in 'depth_scale'",
        "a file called 'a`depth_scale' holds depth_scale",
        "`densedepth preflight --keep FILE`, then `depth_scale(2)`",
        "`depth_scale\n`",
        "",
    ],
)
def test_everything_else_stays_as_it_is(parser, said):
    assert with_flags(said, flags_of(parser)) == said


def test_without_a_command_nothing_is_changed(parser):
    assert with_flags("`depth_scale` is above 0") == "`depth_scale` is above 0"
    with naming(flags_of(parser)):
        assert with_flags("`depth_scale` is above 0") == "--depth-scale is above 0"
    assert with_flags("`depth_scale` is above 0") == "`depth_scale` is above 0"


def test_the_options_of_a_training_have_flags():
    flags = flags_of(build_parser())
    assert with_flags("`depth_scale`, `encoder='resnet18'`, `cache=False`", flags) == (
        "--depth-scale, --encoder resnet18, --no-cache"
    )


def test_whatever_a_command_says_names_flags(capsys, parser):
    """Its warnings, those of its threads too, what it lists and the error that it ends with."""

    def warn(text):
        warnings.warn(text, stacklevel=1)

    def body():
        warn("`hfov` is not given")
        thread = threading.Thread(target=warn, args=["`every` is 1"])
        thread.start()
        thread.join()
        report_bad("Skipped 1 file:", ["a.png: pass `depth_scale`"])
        raise ValueError("`depth_scale` is above 0.\nReceived: `model`")

    with pytest.raises(SystemExit):
        run(parser, body)
    assert capsys.readouterr().err.splitlines() == [
        "warning: --hfov is not given",
        "warning: --every-frame is 1",
        "Skipped 1 file:",
        "  a.png: pass --depth-scale",
        "p: error: --depth-scale is above 0. Received: `model`",
    ]
