"""Devices and hosts that train together read, all in all, what a lone one reads."""

import numpy as np
import pytest
import tensorflow as tf

from densedepth_tf.data.batches.share import ALL, Share


def shares(count, replicas):
    return [Share(index, count, replicas) for index in range(count)]


def batches_of(share, number, whole):
    """The validation batches of a process, as lists of records."""
    records = tf.data.Dataset.range(number).enumerate()
    batches = share.batched(records, number, whole, lambda some: some.map(lambda _, record: record))
    return [batch.tolist() for batch in batches.as_numpy_iterator()]


@pytest.mark.parametrize(("count", "replicas"), [(2, 1), (4, 1), (2, 2), (1, 2)])
def test_the_parts_of_a_training_batch_are_the_whole_batch(count, replicas):
    whole, steps = 8, 5
    records = tf.data.Dataset.range(104, 10**6).enumerate(104)
    read = []
    for share in shares(count, replicas):
        mine = share.of_endless(records, whole).map(lambda _, record: record)
        mine = mine.batch(share.batch_size(whole)).take(share.batches(steps * whole, whole))
        read.append(np.array(list(mine.as_numpy_iterator())).reshape(steps, -1))
    np.testing.assert_array_equal(
        np.concatenate(read, axis=1), np.arange(104, 104 + steps * whole).reshape(steps, whole)
    )


def test_devices_need_not_ask_whether_a_training_has_ended():
    records = tf.data.Dataset.range(10**6).enumerate()
    batches = Share(1, 2).of_endless(records, 4).batch(2, drop_remainder=True)
    assert Share(1, 2).endless(batches).cardinality() == tf.data.INFINITE_CARDINALITY


@pytest.mark.parametrize("number", [4, 5, 8, 9, 11, 12, 13, 17])
@pytest.mark.parametrize(("count", "replicas"), [(2, 1), (4, 1), (2, 2), (1, 2)])
def test_a_validation_has_every_sample_once_and_no_empty_batch(count, replicas, number):
    whole = 8
    read = [batches_of(share, number, whole) for share in shares(count, replicas)]
    steps = Share(0, count, replicas).validation_steps(number, whole)
    assert {len(each) for each in read} == {steps * replicas}
    assert all(batch for each in read for batch in each)
    samples = [sample for each in read for batch in each for sample in batch]
    assert sorted(samples) == list(range(number))


def test_a_validation_is_cut_as_evenly_as_can_be():
    assert [batches_of(share, 9, 8) for share in shares(2, 1)] == [
        [[0, 1, 2, 3]],
        [[4, 5, 6, 7, 8]],
    ]
    assert [batches_of(share, 11, 8) for share in shares(2, 1)] == [
        [[0, 1, 2, 3], [8]],
        [[4, 5, 6, 7], [9, 10]],
    ]


def test_fewer_samples_than_devices_are_refused():
    with pytest.raises(ValueError, match=r"each of the 4 devices.*Received: 3"):
        Share(0, 4).validation_steps(3, 8)


def test_a_lone_device_reads_all():
    assert batches_of(ALL, 5, 2) == [[0, 1], [2, 3], [4]]
