"""`train.py` as a process of its own that knows `--encoder tiny` and may end in mid-epoch."""

import contextlib
import gc
import os
import runpy
import signal
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
KILL_AT = "TEST_KILL_AT"  # "2,1": in epoch 2, after step 1, both counted from 0
KILL_BY = "TEST_KILL_BY"  # "SIGTERM"; by default by SIGKILL
RECORD = "TEST_RECORD"  # a file for the loss after every step and the weights at the end
PLAIN_FIT = "TEST_PLAIN_FIT"  # anything: Keras' own `fit`, whatever the strategy
DEVICES = "TEST_DEVICES"  # "2": so many logical processors, which a strategy takes for devices


def after_every_step(do):
    """Calls `do(model, epoch, step, loss)`, on every host of a training."""
    from densedepth_tf.training.callbacks.non_finite import StopOnNonFiniteLoss

    end = StopOnNonFiniteLoss.on_train_batch_end

    def on_train_batch_end(self, number, logs=None):
        end(self, number, logs)
        do(self.model, self._epoch, number, float(logs["loss"]))

    StopOnNonFiniteLoss.on_train_batch_end = on_train_batch_end


def kill_in_the_middle(epoch, step):
    """No warning and no clean-up, as where the kernel needs memory."""

    def kill(model, *place):
        if place[:2] == (epoch, step):
            os.kill(os.getpid(), signal.Signals[os.environ.get(KILL_BY, "SIGKILL")])

    after_every_step(kill)


def record(path):
    """Keeps the losses and the trained weights; a run of several stages keeps the last one's."""
    import numpy as np

    losses = []

    def keep(model, epoch, step, loss):
        losses.append(loss)
        weights = [np.array(weight.value) for weight in model.trainable_variables]
        np.savez(path, losses=losses, **{f"weight{i}": each for i, each in enumerate(weights)})

    after_every_step(keep)


def split_processor(number):
    import tensorflow as tf

    (processor,) = tf.config.list_physical_devices("CPU")
    devices = [tf.config.LogicalDeviceConfiguration()] * number
    tf.config.set_logical_device_configuration(processor, devices)


if __name__ == "__main__":
    gc.disable()  # It ends before there is much, and looking takes a tenth of its time.
    sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests")]
    from tiny_encoder import TINY, TINY_RESNET

    from densedepth_tf.models.encoders import ENCODERS
    from densedepth_tf.models.monodepth2.resnet import RESNETS

    ENCODERS["tiny"] = TINY
    RESNETS["tiny"] = TINY_RESNET
    if DEVICES in os.environ:
        split_processor(int(os.environ[DEVICES]))
    if PLAIN_FIT in os.environ:
        from densedepth_tf.training import train

        train.distributed_fit = contextlib.nullcontext
    if RECORD in os.environ:
        record(os.environ[RECORD])
    if KILL_AT in os.environ:
        kill_in_the_middle(*map(int, os.environ[KILL_AT].split(",")))
    runpy.run_path(str(REPOSITORY / "train.py"), run_name="__main__")
