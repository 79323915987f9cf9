import threading
import time

import pytest

from densedepth_tf.process.read_ahead import read_ahead


def test_order_is_kept_and_reading_runs_ahead_within_bounds():
    read = []

    def items():
        for index in range(20):
            read.append(index)
            yield index

    ahead = read_ahead(items(), 3)
    assert next(ahead) == 0
    time.sleep(0.1)
    assert 2 <= len(read) <= 6
    assert list(ahead) == list(range(1, 20))


def test_an_error_comes_after_the_items_before_it():
    def items():
        yield 1
        raise ValueError("broken")

    ahead = read_ahead(items(), 3)
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="broken"):
        next(ahead)


def test_closing_early_ends_the_thread():
    before = threading.active_count()
    ahead = read_ahead(iter(range(1000)), 2)
    assert next(ahead) == 0
    ahead.close()
    assert threading.active_count() == before
