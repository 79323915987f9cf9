import threading
import time

import pytest

from densedepth_tf.process.map_ahead import map_ahead


def test_results_come_in_order():
    def slow_when_even(number):
        time.sleep(0.002 * (number % 2 == 0))
        return 2 * number

    assert list(map_ahead(slow_when_even, range(30), 4, 6)) == [2 * i for i in range(30)]


def test_no_more_than_the_bound_is_ahead_and_work_overlaps():
    asked, consumed, both = [], 0, threading.Barrier(2, timeout=5)

    def items():
        for number in range(1, 21):
            asked.append(number)
            yield number

    def meet(number):
        if number in (1, 2):  # the two must be under way at the same time to get past this
            both.wait()
        return number

    for consumed, _ in enumerate(map_ahead(meet, items(), 2, 3), start=1):
        assert len(asked) - consumed <= 3
    assert consumed == 20


def test_an_error_is_raised_where_results_are_taken():
    with pytest.raises(ZeroDivisionError):
        list(map_ahead(lambda number: 1 / number, [2, 1, 0, 1], 2, 2))


def test_stopping_early_finishes_what_has_begun_and_no_more():
    done = []
    results = map_ahead(done.append, range(100), 1, 2)
    next(results)
    results.close()
    assert len(done) <= 4
