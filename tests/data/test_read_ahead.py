import threading
import time

import pytest

from densedepth_tf.data.read_ahead import read_ahead


def test_order_is_kept_and_work_stays_close():
    started = []

    def work(item: int) -> int:
        started.append(item)
        time.sleep(0.001 * (item % 3))
        return item * item

    results = read_ahead(work, range(100), num_threads=3)
    assert next(results) == 0
    assert len(started) < 12
    assert list(results) == [item * item for item in range(1, 100)]


def test_errors_come_at_their_turn_and_threads_end():
    def work(item: int) -> int:
        if item == 5:
            raise ValueError("five")
        return item

    before = threading.active_count()
    seen = []
    with pytest.raises(ValueError, match="five"):
        for result in read_ahead(work, range(1000)):
            seen.append(result)
    assert seen == [0, 1, 2, 3, 4]
    assert threading.active_count() == before
    assert list(read_ahead(work, [])) == []
