import hypothesis.strategies as st
from hypothesis import given

from densedepth_tf.inference.batching import (
    MAX_BATCH_PIXELS,
    MAX_WAITING_BATCHES,
    batch_by_size,
)

sizes = st.tuples(st.integers(1, 4), st.integers(1, 4))


@given(st.lists(sizes, max_size=60), st.integers(1, 5))
def test_every_item_comes_once_in_batches_of_one_size_and_few_wait(shapes, batch_size):
    taken, given_out = [], []

    def items():
        for item in enumerate(shapes):
            taken.append(item)
            yield item

    for batch in batch_by_size(items(), lambda item: item[1], batch_size):
        assert 1 <= len(batch) <= batch_size
        assert len({shape for _, shape in batch}) == 1
        given_out += [number for number, _ in batch]
        assert len(taken) - len(given_out) <= MAX_WAITING_BATCHES * batch_size
    assert sorted(given_out) == list(range(len(shapes)))


def test_large_pictures_come_in_smaller_batches():
    side = int(MAX_BATCH_PIXELS**0.5)
    batches = list(batch_by_size([(side // 2, side)] * 5, lambda shape: shape, 8))
    assert [len(batch) for batch in batches] == [2, 2, 1]
    assert len(next(batch_by_size([(2 * side, side)] * 2, lambda shape: shape, 8))) == 1
