import argparse

import pytest

from densedepth_tf.commands.arguments.checkpoint_arguments import (
    add_checkpoint_range,
    checkpoint_range,
)


def parse(*flags):
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("--checkpoint", action="append")
    add_checkpoint_range(parser)
    return parser.parse_args(flags)


def test_the_range_is_for_h5_files_alone():
    options = parse(
        "--checkpoint", "runs/a", "--checkpoint", "kitti.h5", "--checkpoint-range", "1,80"
    )
    assert checkpoint_range(options, "kitti.h5") == (1, 80)
    assert checkpoint_range(options, "runs/a") == (None, None)
    assert checkpoint_range(parse("--checkpoint", "kitti.h5"), "kitti.h5") == (None, None)


def test_a_range_that_no_checkpoint_wants_is_refused():
    options = parse("--checkpoint", "runs/a", "--checkpoint-range", "1,80")
    with pytest.raises(ValueError, match=r"for official \.h5 files.*'runs/a'"):
        checkpoint_range(options, "runs/a")


@pytest.mark.parametrize("text", ["auto", "80,1", "1", "nan,3"])
def test_what_is_no_range_is_refused(text):
    with pytest.raises(argparse.ArgumentError, match="MIN,MAX in metres"):
        parse("--checkpoint-range", text)
