"""The size a network sees: laws, and integers and tensors alike."""

import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from densedepth_tf.geometry.resizing.resize import working_size

SIDE = st.integers(1, 4000)


@settings(max_examples=60, deadline=None)
@given(height=SIDE, width=SIDE, trained=st.sampled_from([None, (64, 96), (480, 640), (384, 1280)]))
def test_integers_and_tensors_agree(height, width, trained):
    size = working_size(height, width, trained)

    assert all(side % 32 == 0 and side >= 32 for side in size)
    assert size == working_size(tf.constant(height), tf.constant(width), trained).numpy().tolist()


@pytest.mark.parametrize("size", [(64, 96), (480, 640), (384, 1280)])
def test_the_trained_size_stays_at_any_scale(size):
    for factor in (1, 2, 3):
        assert working_size(size[0] * factor, size[1] * factor, size) == list(size)
    assert working_size(*size, None) == list(size)


@pytest.mark.parametrize("trained", [None, (96, 160)])
def test_a_network_may_need_more_than_32_pixels(trained):
    for size in ((1, 1), (8, 900), (640, 64)):
        sides = working_size(*size, trained, smallest_side=64)
        assert min(sides) >= 64
        tensors = working_size(tf.constant(size[0]), tf.constant(size[1]), trained, 64)
        assert tensors.numpy().tolist() == sides
