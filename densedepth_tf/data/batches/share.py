"""Which samples of every batch are read here, where several devices or hosts train together."""

from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf


@dataclass(frozen=True)
class Share:
    """A process's part of every batch, cut for its devices.

    A batch of the whole training is cut into as many equal parts as there are devices, those of
    the first process first, so that all parts together are the batch that a lone device would be
    fed. A process reads the parts of its own devices, one after the other.

    Args:
        index: Which process this is, from 0.
        count: How many processes there are.
        replicas: Devices of each process.
    """

    index: int = 0
    count: int = 1
    replicas: int = 1

    @property
    def parts(self) -> int:
        """How many devices there are, of all processes."""
        return self.count * self.replicas

    @property
    def is_all(self) -> bool:
        """Whether this is a lone device, which is fed whole batches."""
        return self.parts == 1

    def seed_of(self, seed: int, number: tf.Tensor) -> tf.Tensor:
        """From which random numbers for a batch are drawn, other ones for every process.

        Args:
            seed: Of the training, any integer.
            number: Of the batch, scalar int64.

        Returns:
            int64 tensor `(2,)`.
        """
        drawn = tf.stack([tf.constant(seed, tf.int64), number])
        return drawn if self.is_all else tf.random.fold_in(drawn, self.index)

    def batch_size(self, whole: int) -> int:
        """Samples that a device is fed at once, of batches of `whole`."""
        return whole // self.parts

    def batches(self, samples: int, whole: int) -> int:
        """Batches that this process reads for so many samples of the training."""
        return samples // whole * self.replicas

    def validation_steps(self, number: int, whole: int) -> int:
        """Steps of a validation on so many samples, see `batched`."""
        steps, rest = self._steps_and_rest(number, whole)
        return steps + (rest > 0)

    def of_endless(self, records: tf.data.Dataset, whole: int) -> tf.data.Dataset:
        """The records that are read here.

        Args:
            records: `(position, record)` without end, from a whole batch's beginning on.
            whole: Samples of a whole batch.
        """
        return records if self.count == 1 else self._of_whole(records, whole)

    def endless(self, batches: tf.data.Dataset) -> tf.data.Dataset:
        """Says that batches never end, so that devices need not ask each other at every step."""
        if self.is_all:
            return batches
        endless = tf.data.INFINITE_CARDINALITY
        return batches.apply(tf.data.experimental.assert_cardinality(endless))

    def batched(
        self,
        records: tf.data.Dataset,
        number: int,
        whole: int,
        prepare: Callable[[tf.data.Dataset], tf.data.Dataset],
    ) -> tf.data.Dataset:
        """Batches of the samples that are read here: as many for every device, none of them empty.

        Devices that work together wait for each other at every step, and convolutions fail without
        an image. What is left of the samples after the last whole batch is spread over all devices,
        together with the last whole batch if there are fewer samples than devices.

        Args:
            records: `(position, record)`, every one once.
            number: How many there are.
            whole: Samples of a whole batch.
            prepare: Makes samples of records.

        Raises:
            ValueError: If there are fewer samples than devices.
        """
        if self.is_all:
            return prepare(records).batch(whole)
        steps, rest = self._steps_and_rest(number, whole)
        common = prepare(self._of_whole(records.take(steps * whole), whole))
        batches = common.batch(self.batch_size(whole))
        for device in range(self.index * self.replicas, (self.index + 1) * self.replicas):
            first, end = (rest * edge // self.parts for edge in (device, device + 1))
            if end > first:
                part = prepare(records.skip(steps * whole + first).take(end - first))
                batches = batches.concatenate(part.batch(end - first))
        return batches

    def _steps_and_rest(self, number: int, whole: int) -> tuple[int, int]:
        """Whole batches of a validation, and the samples of the step after them."""
        steps, rest = divmod(number, whole)
        if 0 < rest < self.parts:
            steps, rest = steps - 1, rest + whole
        if steps < 0:
            raise ValueError(
                f"Validation needs a sample for each of the {self.parts} devices that train "
                f"together (`holdout_every`, `num_validation_images`). Received: {number}"
            )
        return steps, rest

    def _of_whole(self, records: tf.data.Dataset, whole: int) -> tf.data.Dataset:
        size = whole // self.count
        first = self.index * size

        def is_mine(position: tf.Tensor, _: object) -> tf.Tensor:
            place = position % whole
            return tf.logical_and(place >= first, place < first + size)

        return records.filter(is_mine)


ALL = Share()
