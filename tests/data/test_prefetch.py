"""Batches that are copied to a device ahead of time are the same batches."""

import numpy as np
import tensorflow as tf

from densedepth_tf.data.batches.prefetch import prefetch_to, prefetch_to_gpu


def test_they_are_the_same_in_the_same_order():
    arrays = np.arange(12, dtype=np.float32).reshape(6, 2)
    batches = tf.data.Dataset.from_tensor_slices({"image": arrays}).batch(4)
    copied = list(prefetch_to(batches, "/cpu:0"))
    assert [len(each["image"]) for each in copied] == [4, 2]
    np.testing.assert_array_equal(tf.concat([each["image"] for each in copied], 0), arrays)


def test_without_a_gpu_they_stay_where_they_are(monkeypatch):
    batches = tf.data.Dataset.range(3)
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: [])
    assert prefetch_to_gpu(batches) is batches
