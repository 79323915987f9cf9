"""Progress is a bar in a terminal and lines in a log, and neither where nobody wants it."""

import io

import pytest

from densedepth_tf.process import log_level, progress_bar
from densedepth_tf.process.progress_bar import ProgressBar
from densedepth_tf.process.wording import counted, did_you_mean, tell


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def any_level():
    yield
    log_level.set_log_level(None)


def test_a_terminal_gets_a_bar():
    stream = Terminal()
    assert list(ProgressBar(range(3), file=stream, mininterval=0)) == [0, 1, 2]
    assert "3/3" in stream.getvalue() and "\r" in stream.getvalue()


def test_a_log_gets_whole_lines(monkeypatch):
    monkeypatch.setattr(progress_bar, "SECONDS_BETWEEN_LINES", 0)
    stream = io.StringIO()
    assert list(ProgressBar(range(3), file=stream, desc="rooms", leave=False)) == [0, 1, 2]
    lines = stream.getvalue().splitlines()
    assert lines[-1].startswith("rooms") and "3/3" in lines[-1]
    assert "\r" not in stream.getvalue()


def test_a_log_gets_nothing_of_short_work():
    stream = io.StringIO()
    with ProgressBar(total=3, file=stream) as bar:
        bar.update(3)
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("level", "remarks", "warnings"), [("info", 1, 1), ("warning", 0, 1), ("error", 0, 0)]
)
def test_levels_hide_remarks_before_warnings(level, remarks, warnings, capsys):
    log_level.set_log_level(level)
    tell("a remark")
    stream = Terminal()
    list(ProgressBar(range(3), file=stream, mininterval=0))
    assert bool(capsys.readouterr().out) == bool(stream.getvalue()) == bool(remarks)
    tell("something wrong", "warning")
    assert bool(capsys.readouterr().out) == bool(warnings)
    assert log_level.tells("warning") == bool(warnings)


def test_the_environment_chooses_where_no_flag_does(monkeypatch):
    monkeypatch.setenv(log_level.LEVEL_VARIABLE, "error")
    assert not log_level.tells("warning")
    log_level.set_log_level("info")
    assert log_level.tells("info")
    with pytest.raises(ValueError, match="one of debug, info, warning, error"):
        log_level.set_log_level("loud")


def test_one_is_singular():
    assert [counted(n, "image") for n in (0, 1, 2)] == ["0 images", "1 image", "2 images"]


def test_case_does_not_matter_to_what_was_meant():
    assert did_you_mean("NYU_SMAL", ["kitti", "nyu_small"]) == " Did you mean nyu_small?"
    assert did_you_mean("xyzzy", ["kitti", "nyu_small"]) == ""
