"""What must not be paid for by everybody: commands start without the heavy libraries."""

import subprocess
import sys

import pytest

from densedepth_tf.__main__ import COMMANDS

HEAVY = ("tensorflow", "keras", "matplotlib", "skimage", "scipy", "jax", "torch")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_imports_nothing_heavy(command):
    code = (
        "import sys\n"
        "from densedepth_tf.__main__ import main\n"
        f"try: main(['{command}', '--help'])\n"
        "except SystemExit as end: assert not end.code\n"
        f"print(*[name for name in {HEAVY} if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == ""
    assert "usage:" in done.stdout


@pytest.mark.long
def test_tensorflow_starts_without_libraries_for_plots_which_can_be_imported_later():
    code = (
        "import sys\n"
        "from densedepth_tf.commands.shell.command_line import PLOTTING, _start_tensorflow\n"
        "_start_tensorflow()\n"
        "assert 'keras' in sys.modules\n"
        "assert not set(PLOTTING) & set(sys.modules), 'imported'\n"
        "import matplotlib.pyplot\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("leaving", "expected"), [("3", 3), ("None", 0)])
def test_leaving_at_once_keeps_the_exit_code_and_what_was_printed(leaving, expected):
    code = (
        "import sys\n"
        "from densedepth_tf.commands.shell.command_line import leave_at_once\n"
        "def main():\n"
        "    print('first')\n"
        f"    sys.exit({leaving})\n"
        "leave_at_once(main)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (expected, "first\n", "")


def test_a_closed_pipe_is_no_traceback(request):
    predict = request.config.rootpath / "predict.py"
    command = f"'{sys.executable}' '{predict}' --help | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert done.stderr.count("Traceback") == 0, done.stderr
