"""Memory that is used again from step to step, on several devices as on one."""

from collections.abc import Mapping

import keras
from typing_extensions import override

from densedepth_tf.process.memory import keep_freed_memory


class KeepMemory(keras.callbacks.Callback):
    """Asks again for what `keep_freed_memory` had asked for, once an epoch's batches are there.

    With the iterator over batches of several devices comes a `GeneratorDataset`, which has every
    array of more than 128 kilobytes fetched from the system and given back (TensorFlow's
    `ApplyPython311MemoryPatch`): a tenth of a step.
    """

    @override
    def on_train_batch_begin(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        if batch == 0:
            keep_freed_memory(of_threads=True)
