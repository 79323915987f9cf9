"""Tab completes commands, their flags and the flags' values."""

import contextlib
import io
import shutil
import subprocess

import pytest

from densedepth_tf.commands import COMMANDS
from densedepth_tf.commands.completion import main
from densedepth_tf.commands.shell.command_line import parser_of


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    """The script for bash."""
    pytest.importorskip("shtab")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), pytest.raises(SystemExit) as ended:
        main(["bash"])
    assert not ended.value.code
    path = tmp_path_factory.mktemp("completion") / "densedepth.bash"
    path.write_text(printed.getvalue())
    return path


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("pre", {"predict", "preset", "preflight"}),
        ("predict --che", {"--checkpoint", "--checkpoint-range"}),
        ("evaluate --dataset kit", {"kitti", "kitti-odometry"}),
        ("train --resume", {"--resume-with"}),
    ],
)
def test_bash_offers_what_there_is(script, typed, offered):
    words = f"densedepth {typed}".split()
    line = (
        f'source "{script}"; COMP_WORDS=({" ".join(words)}); COMP_CWORD={len(words) - 1}; '
        'COMP_LINE="${COMP_WORDS[*]}"; _shtab_densedepth; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
    assert set(done.stdout.split()) == offered, done.stderr


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
def test_other_shells_have_a_script(shell, capsys):
    pytest.importorskip("shtab")
    with pytest.raises(SystemExit) as ended:
        main([shell])
    assert not ended.value.code
    printed = capsys.readouterr().out
    assert "densedepth" in printed and "--log-level" in printed


def test_a_shell_that_is_none_is_one_line(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["fsh"])
    assert ended.value.code == 2
    assert "Did you mean zsh?" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_its_parser_without_doing_anything(command, capsys):
    flags = {flag for action in parser_of(command)._actions for flag in action.option_strings}
    assert {"--help", "--version", "--quiet", "--log-level", "--debug"} <= flags
    assert capsys.readouterr().out == ""
