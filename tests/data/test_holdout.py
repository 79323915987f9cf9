import pytest
from hypothesis import given
from hypothesis import strategies as st

from densedepth_tf.data.holdout import hold_out


@given(st.integers(2, 12), st.integers(1, 100), st.integers(1, 9))
def test_the_two_parts_are_the_whole(every, count, block):
    items = list(range(count))
    train = hold_out(items, "train", every, "x", block)
    if count <= (every - 1) * block:
        assert train == items
        return
    validation = hold_out(items, "validation", every, "x", block)
    assert sorted(train + validation) == items
    assert all(i // block % every == every - 1 for i in validation)


def test_neighbours_are_held_out_together():
    assert hold_out(range(20), "validation", 3, "x", block=4) == [8, 9, 10, 11]
    # The last block may be cut off.
    assert hold_out(range(10), "validation", 2, "x", block=3) == [3, 4, 5, 9]


def test_nothing_held_out():
    assert hold_out("abc", "train", 0, "x") == ["a", "b", "c"]
    with pytest.raises(ValueError, match="`holdout_every` K"):
        hold_out("abc", "validation", 0, "x")
    with pytest.raises(ValueError, match="only 3"):
        hold_out("abc", "validation", 8, "x")
    for every in (-1, 1):
        with pytest.raises(ValueError, match=f"Received: {every}"):
            hold_out("abc", "train", every, "x")
    with pytest.raises(ValueError, match="`holdout_block=9`"):
        hold_out("abc", "validation", 8, "x", block=9)
    with pytest.raises(ValueError, match="Received: 0"):
        hold_out("abc", "train", 2, "x", block=0)
    with pytest.raises(ValueError, match="needs `holdout_every`"):
        hold_out("abc", "train", 0, "x", block=2)


def test_too_few_samples_say_what_would_do():
    with pytest.raises(ValueError, match=r"18 training samples.*block=5`\. Pass `holdout_block` 1"):
        hold_out(range(18), "validation", 8, "'pairs'", 5)
    assert hold_out(range(18), "validation", 8, "'pairs'", 1) == [7, 15]
    with pytest.raises(ValueError, match=r"`holdout_every=8`\. Pass a smaller `holdout_every`"):
        hold_out(range(7), "validation", 8, "'pairs'")
