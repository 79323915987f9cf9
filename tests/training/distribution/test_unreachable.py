"""A worker that is not there is told in one line, and nothing is left behind."""

import contextlib
import io

import pytest
from free_ports import free_addresses

from densedepth_tf.commands.train import main


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([], "Worker 1 (localhost:"),
        (["--worker-index=5"], "--worker-index is in 0..1"),
        (["--workers=here"], "--workers are host:port"),
    ],
)
def test_a_training_without_its_workers_ends_with_one_line(tmp_path, more, said):
    errors = io.StringIO()
    workers = ",".join(free_addresses(2))
    with contextlib.redirect_stderr(errors), pytest.raises(SystemExit) as ended:
        main(
            [
                "--dataset=rooms", "--encoder-weights=none", "--strategy=multi-worker",
                f"--workers={workers}", "--worker-index=0", "--worker-timeout=1",
                f"--workdir={tmp_path / 'run'}", *more,
            ]
        )  # fmt: skip
    assert ended.value.code == 2
    assert said in errors.getvalue()
    assert errors.getvalue().count("\n") == 1
    assert not (tmp_path / "run").exists()
