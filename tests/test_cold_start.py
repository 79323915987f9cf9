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
