"""Keras' `fit` on several devices: what is replaced in it is there, and still has to be."""

import inspect

import pytest
import tensorflow as tf
from keras.src.backend.tensorflow import trainer
from train_tiny import PLAIN_FIT
from worker_processes import as_workers, train_together

from densedepth_tf.training.distribution.distributed_fit import distributed_fit


def test_what_is_replaced_is_where_it_was():
    """Fails when Keras moves it: `distributed_fit` has to follow."""
    kind = trainer.TensorFlowTrainer
    assert [*inspect.signature(trainer.reduce_per_replica).parameters] == [
        *("values", "strategy", "reduction")
    ]
    assert [*inspect.signature(kind._maybe_symbolic_build).parameters] == [
        *("self", "iterator", "data_batch")
    ]
    assert "reduce_per_replica(" in inspect.getsource(kind._make_function)
    assert "_maybe_symbolic_build(" in inspect.getsource(kind.fit)
    assert "_maybe_symbolic_build(" in inspect.getsource(kind.evaluate)


def test_one_device_keeps_keras_own():
    before = trainer.reduce_per_replica, trainer.TensorFlowTrainer._maybe_symbolic_build
    with distributed_fit(tf.distribute.get_strategy()):
        now = trainer.reduce_per_replica, trainer.TensorFlowTrainer._maybe_symbolic_build
    assert now == before


@pytest.mark.slow
def test_keras_own_fit_still_fails_on_several_hosts(tmp_path):
    """Fails when Keras does it right: then `distributed_fit` may go."""
    options = [
        "--encoder=tiny", "--encoder-weights=none", "--decoder-filters=16", "--dataset=rooms",
        "--num-images=4", "--num-validation-images=2", "--image-size=64x64", "--batch-size=4",
        "--epochs=1",
    ]  # fmt: skip
    ended = train_together(
        as_workers(2, [*options, f"--workdir={tmp_path / 'run'}"]),
        tmp_path,
        {number: {PLAIN_FIT: "1"} for number in range(2)}.items(),
    )
    assert [each.code for each in ended] == [2, 2]
