"""Looking at the averaged weights in the middle of a training."""

import contextlib
from collections.abc import Iterator

import keras


@contextlib.contextmanager
def averaged_weights(ema: keras.callbacks.SwapEMAWeights | None) -> Iterator[None]:
    """Inside, the model has its averaged weights; nothing changes without `ema`."""
    if ema is None:
        yield
        return
    ema.on_test_begin()
    try:
        yield
    finally:
        ema.on_test_end()
