"""Several hosts train one run whose folder is at an address."""

import signal

import numpy as np
import pytest
from train_tiny import KILL_AT
from worker_processes import as_workers, train_together

ADDRESS = "s3://workers/demo"
OPTIONS = [
    "--encoder=tiny", "--encoder-weights=none", "--decoder-filters=[16,16,8,8,8]",
    "--dataset=rooms", "--num-images=8", "--num-validation-images=2", "--image-size=64x64",
    "--batch-size=2", "--epochs=4", "--scale-crop=1.3", "--ema=0.9", f"--workdir={ADDRESS}",
]  # fmt: skip
STATE = "backup/epoch-00002/state.json"


@pytest.mark.slow
def test_several_hosts_have_one_run_there(s3_files, tmp_path):
    """Only the first uploads; all go on with it after one of them was killed."""

    def there():
        return {key.removeprefix("workers/demo/") for key in s3_files.find("workers/demo")}

    s3_files.mkdir("workers")
    # Each has a cache of its own, as hosts have.
    homes = {number: {"KERAS_HOME": str(tmp_path / f"home{number}")} for number in range(2)}
    killed = {0: homes[0], 1: {**homes[1], KILL_AT: "2,1"}}
    first, second = train_together(as_workers(2, OPTIONS), tmp_path / "of_killed", killed.items())
    assert (first.code, second.code) == (2, -signal.SIGKILL), first.errors + second.errors
    (line,) = first.said
    assert "Worker 1" in line and "has ended without a word" in line
    assert STATE in there()

    resumed = train_together(as_workers(2, OPTIONS), tmp_path / "of_resumed", homes.items())
    assert [each.code for each in resumed] == [0, 0], resumed[0].errors + resumed[1].errors
    assert f"Resuming after epoch 2 from '{ADDRESS}/backup'" in resumed[0].output
    assert {"model.keras", "README.md", "training_samples.csv"} <= there()
    assert len(s3_files.cat_file("workers/demo/logs/epochs.csv").splitlines()) == 1 + 4
    for name, value in resumed[0].weights.items():
        np.testing.assert_array_equal(value, resumed[1].weights[name])
    assert not list(tmp_path.glob("home*/densedepth_tf/runs/[!.]*"))
