import pytest
from hypothesis import given
from hypothesis import strategies as st

from densedepth_tf.data.holdout import hold_out


@given(st.integers(2, 12), st.integers(1, 100))
def test_the_two_parts_are_the_whole(every, count):
    items = list(range(count))
    train = hold_out(items, "train", every, "x")
    if count < every:
        assert train == items
        return
    validation = hold_out(items, "validation", every, "x")
    assert sorted(train + validation) == items
    assert all(i % every == every - 1 for i in validation)


def test_nothing_held_out():
    assert hold_out("abc", "train", 0, "x") == ["a", "b", "c"]
    with pytest.raises(ValueError, match="--holdout-every K"):
        hold_out("abc", "validation", 0, "x")
    with pytest.raises(ValueError, match="only 3"):
        hold_out("abc", "validation", 8, "x")
    for every in (-1, 1):
        with pytest.raises(ValueError, match=f"Received: {every}"):
            hold_out("abc", "train", every, "x")
