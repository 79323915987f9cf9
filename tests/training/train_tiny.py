"""`train.py` as a process of its own that knows `--encoder tiny` and may end in mid-epoch."""

import os
import runpy
import signal
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
KILL_AT = "TEST_KILL_AT"  # "2,1": in epoch 2, after step 1, both counted from 0


def kill_in_the_middle(epoch, step):
    """No warning and no clean-up, as where the kernel needs memory."""
    from densedepth_tf.training.callbacks.progress import Progress

    begin, end = Progress.on_epoch_begin, Progress.on_train_batch_end

    def on_epoch_begin(self, number, logs=None):
        self.current = number
        begin(self, number, logs)

    def on_train_batch_end(self, number, logs=None):
        end(self, number, logs)
        if (self.current, number) == (epoch, step):
            os.kill(os.getpid(), signal.SIGKILL)

    Progress.on_epoch_begin, Progress.on_train_batch_end = on_epoch_begin, on_train_batch_end


if __name__ == "__main__":
    sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests")]
    from tiny_encoder import TINY

    from densedepth_tf.models.encoders import ENCODERS

    ENCODERS["tiny"] = TINY
    if KILL_AT in os.environ:
        kill_in_the_middle(*map(int, os.environ[KILL_AT].split(",")))
    runpy.run_path(str(REPOSITORY / "train.py"), run_name="__main__")
