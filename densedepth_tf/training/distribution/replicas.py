"""The devices that train one model together: on this machine, or on several."""

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import keras
import tensorflow as tf

from densedepth_tf.data.batches.share import ALL, Share
from densedepth_tf.process.interruption import sigterm_kept
from densedepth_tf.process.wording import counted, tell
from densedepth_tf.training.distribution.cluster import (
    Cluster,
    read_cluster,
    tf_jobs,
    warn_of_other_hosts,
)
from densedepth_tf.training.distribution.fingerprint import (
    check_same,
    data_of,
    models_of,
    settings_of,
)
from densedepth_tf.training.distribution.hosts import HostLostError, Hosts, connected
from densedepth_tf.training.options import TrainingOptions

MULTI_WORKER = "multi-worker"
# Between the seeds of two replicas' random layers.
_SEED_STEP = 7919
# TensorFlow notices that a host has gone where it waits for it, this later than the host's own
# connection ends.
_MOMENT = 5.0

# Gradients go round in packs of so many bytes, the last layers' first: while one is on its way the
# next is computed, and the memory of small messages is used again from step to step.
_PACK = 4 * 2**20

# What replicas make together of the values that each of them has.
_Function: TypeAlias = Callable[[tf.distribute.ReplicaContext, list[tf.Tensor]], list[tf.Tensor]]


@dataclass(frozen=True)
class Replicas:
    """What trains one model together; by default a single device.

    Attributes:
        strategy: TensorFlow's strategy.
        hosts: The other processes of the training, if there are any.
        share: The part of every batch that this process reads.
    """

    strategy: tf.distribute.Strategy = field(default_factory=tf.distribute.get_strategy)
    hosts: Hosts | None = None
    share: Share = ALL

    @property
    def number(self) -> int:
        """How many replicas of the model there are, on all hosts."""
        return int(self.strategy.num_replicas_in_sync)

    @property
    def is_chief(self) -> bool:
        """Whether this is the process that writes."""
        return self.hosts is None or self.hosts.cluster.index == 0

    def check_batch(self, batch_size: int) -> None:
        """Raises ValueError for a batch that cannot be cut into equal parts."""
        if batch_size % self.number:
            raise ValueError(
                f"`batch_size` counts the images of all {self.number} replicas together and is a "
                f"multiple of their number. Received: {batch_size}"
            )

    def check_data(self, sources: dict[str, Any]) -> None:
        """Raises ValueError if hosts read other data; the message names the first difference."""
        if self.hosts is not None:
            told = self.hosts.gather("data", data_of(sources))
            check_same(self.hosts.cluster, told, "data")

    def check_validation(self, number: int, batch_size: int) -> None:
        """Raises ValueError if so many samples are too few for a validation on all devices."""
        if self.number > 1:
            self.share.validation_steps(number, batch_size)

    def from_chief(self, topic: str, value: Callable[[], Any]) -> Any:  # noqa: ANN401
        """The chief's value, which JSON holds, on every host; only the chief computes it."""
        if self.hosts is None:
            return value()
        return self.hosts.from_chief(topic, value() if self.is_chief else None)

    def gather(self, topic: str, value: Any) -> list[Any]:  # noqa: ANN401
        """What every host says about a topic."""
        return [value] if self.hosts is None else self.hosts.gather(topic, value)

    def distribute(self, batches: tf.data.Dataset, batch_size: int) -> tf.data.Dataset:
        """Batches of this process's share as `fit` takes them.

        Args:
            batches: Of `batch_size`, or of a device's part of it where there are several.
            batch_size: Of all devices together.

        Raises:
            ValueError: If they are batches of all devices, which each would be fed.
        """
        if self.number == 1:
            return batches
        size = self.share.batch_size(batch_size)
        first = tf.nest.flatten(batches.element_spec)[0].shape[0]
        if first not in (None, size):
            raise ValueError(
                "The system's batches must be of its `replicas.share` (see `training_batches`): "
                f"{size} samples for each of {self.number} devices. Received: {first}"
            )
        return self.strategy.distribute_datasets_from_function(lambda _: batches)

    def begin(self, model: keras.Model) -> None:
        """Gives every replica the chief's state, and each replica random layers of its own.

        Args:
            model: Compiled, its optimiser built.
        """
        if self.number == 1:
            return
        seeds, others = [], defaultdict(list)
        for each in _state(model):
            if "seed_generator_state" in each.path:
                seeds.append(each)
            else:
                others[each.dtype].append(each)  # What goes round together is of one type.
        for variables in others.values():
            self._assign(variables, _of_first)
        firsts = self._over_replicas(seeds, _of_first)

        @tf.function
        def spread() -> None:
            number = tf.distribute.get_replica_context().replica_id_in_sync_group
            step = tf.constant([_SEED_STEP, 0], tf.int64) * tf.cast(number, tf.int64)
            for seed, first in zip(seeds, firsts, strict=True):
                seed.assign(tf.cast(tf.cast(first, tf.int64) + step, seed.dtype))

        if seeds:
            self.strategy.run(spread)

    def average_statistics(self, model: keras.Model) -> None:
        """Gives all replicas the mean of their moving statistics, which each keeps of its images.

        The statistics are sums of what the batches had, so that the mean of the sums is the sum of
        the batches' means.
        """
        statistics = [
            each
            for each in model.non_trainable_variables
            if each.dtype.startswith("float") and "seed_generator_state" not in each.path
        ]
        if self.number == 1 or not statistics:
            return
        self._assign(statistics, _mean)

    def _assign(self, variables: list[keras.Variable], function: _Function) -> None:
        for variable, value in zip(
            variables, self._over_replicas(variables, function), strict=True
        ):
            variable.assign(value)

    def _over_replicas(
        self, variables: list[keras.Variable], function: _Function
    ) -> list[tf.Tensor]:
        """The same values everywhere, made of what every replica has."""
        if not variables:
            return []

        @tf.function
        def in_replica() -> list[tf.Tensor]:
            context = tf.distribute.get_replica_context()
            return function(context, [tf.identity(each.value) for each in variables])

        results = self.strategy.run(in_replica)
        return [self.strategy.experimental_local_results(each)[0] for each in results]

    @contextlib.contextmanager
    def losses_told(self) -> Iterator[None]:
        """What TensorFlow raises inside because another host has gone becomes one sentence.

        Raises:
            HostLostError: Instead.
        """
        try:
            yield
        except tf.errors.OpError as error:
            reason = None if self.hosts is None else self.hosts.wait_for_loss(_MOMENT)
            if reason is None:
                raise
            raise HostLostError(reason) from error


ONE = Replicas()


@contextlib.contextmanager
def open_replicas(config: TrainingOptions, resume_with: list[str]) -> Iterator[Replicas]:
    """Finds the devices, and the other hosts, that `strategy` names; to be done first of all.

    Args:
        config: The run's options.
        resume_with: Those that may differ from the run's in the folder.

    Raises:
        ValueError: If hosts have other options or versions, or a batch cannot be shared.
        HostLostError: If a host cannot be reached.
    """
    if config.strategy != MULTI_WORKER:
        warn_of_other_hosts()
        replicas = _mirrored() if config.strategy == "mirrored" else Replicas()
        replicas.check_batch(config.batch_size)
        yield replicas
        return
    cluster = read_cluster(config)
    with connected(cluster, config.worker_timeout) as hosts:
        settings = settings_of(config, resume_with, cluster)
        told = hosts.gather("settings", settings, config.worker_timeout)
        check_same(cluster, told, "settings")
        # They may have to be downloaded first.
        check_same(cluster, hosts.gather("models", models_of(config)), "models")
        replicas = _start(cluster, hosts)
        replicas.check_batch(config.batch_size)
        tell(
            f"{cluster.name(cluster.index)} of {cluster.size}, which have "
            f"{counted(replicas.number, 'device')}; {cluster.name(0)} writes the run folder"
        )
        with replicas.losses_told():
            yield replicas
            # Nobody leaves before everybody has finished: TensorFlow would take it for a failure.
            hosts.gather("finished", True)


def _mirrored() -> Replicas:
    strategy = tf.distribute.MirroredStrategy()
    return Replicas(strategy, share=Share(replicas=strategy.num_replicas_in_sync))


def _start(cluster: Cluster, hosts: Hosts) -> Replicas:
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec(tf_jobs(cluster)),
        task_type="worker",
        task_id=cluster.index,
        rpc_layer="grpc",
    )
    in_packs = tf.distribute.experimental.CommunicationOptions(bytes_per_pack=_PACK)
    with sigterm_kept():
        strategy = tf.distribute.MultiWorkerMirroredStrategy(resolver, in_packs)
    hosts.on_loss = _stop_waiting
    local = len(strategy.extended.worker_devices)
    devices = hosts.gather("devices", local)
    check_same(cluster, [{"number of devices": each} for each in devices], "settings")
    return Replicas(strategy, hosts, Share(cluster.index, cluster.size, local))


def _stop_waiting(reason: str) -> None:
    """Ends what waits for a host that has gone; TensorFlow itself may take minutes to notice."""
    from tensorflow.python.eager import context

    with contextlib.suppress(Exception):  # It has noticed already.
        context.context().abort_collective_ops(tf.errors.UNAVAILABLE, reason)


def _state(model: keras.Model) -> list[keras.Variable]:
    """What a training goes on with: weights, statistics, seeds and the optimiser's variables."""
    variables = [*model.variables, *model.optimizer.variables]
    unique = {id(each): each for each in variables if each.synchronization != "on_read"}
    return list(unique.values())


def _of_first(context: tf.distribute.ReplicaContext, values: list[tf.Tensor]) -> list[tf.Tensor]:
    first = context.replica_id_in_sync_group == 0
    summed = [
        tf.where(first, _summable(value), tf.zeros_like(_summable(value))) for value in values
    ]
    totals = context.all_reduce(tf.distribute.ReduceOp.SUM, summed)
    return [tf.cast(total, value.dtype) for total, value in zip(totals, values, strict=True)]


def _mean(context: tf.distribute.ReplicaContext, values: list[tf.Tensor]) -> list[tf.Tensor]:
    return context.all_reduce(tf.distribute.ReduceOp.MEAN, values)


def _summable(value: tf.Tensor) -> tf.Tensor:
    """Whole numbers of any width, and truth values, as those that hosts can add."""
    return value if value.dtype.is_floating else tf.cast(value, tf.int64)
