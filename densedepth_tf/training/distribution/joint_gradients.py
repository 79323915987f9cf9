"""Optimisers that see the gradients of all replicas, as if one had computed them.

Keras adds the replicas' gradients up as the last thing before the update. What comes before it -
the norm they are clipped to, the sum over several steps, the check for numbers that are none -
would be each replica's own; accumulating gradients fails altogether.
"""

from collections.abc import Sequence

import keras
import tensorflow as tf
from keras import ops

from densedepth_tf.geometry.tensor import Tensor


def join_gradients(optimizer: keras.optimizers.Optimizer) -> None:
    """Lets an optimiser add up the replicas' gradients first of all.

    Args:
        optimizer: Of a compiled model, changed in place; a loss scale may be around it.
    """
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    apply = optimizer.apply

    def apply_joint(
        grads: Sequence[Tensor | None],
        trainable_variables: Sequence[keras.Variable] | None = None,
    ) -> None:
        apply(_sum_over_replicas(grads), trainable_variables)

    def accumulate(grads: Sequence[Tensor], variables: Sequence[keras.Variable]) -> None:
        _accumulate(inner, grads, variables)

    optimizer.apply = apply_joint
    inner._all_reduce_sum_gradients = list  # They are the sum already.
    if inner.gradient_accumulation_steps:
        inner._backend_apply_gradients = accumulate


def _sum_over_replicas(grads: Sequence[Tensor | None]) -> list[Tensor | None]:
    context = tf.distribute.get_replica_context()
    there = [gradient for gradient in grads if gradient is not None]
    summed = iter(context.all_reduce(tf.distribute.ReduceOp.SUM, there))
    return [None if gradient is None else next(summed) for gradient in grads]


def _accumulate(
    optimizer: keras.optimizers.Optimizer,
    grads: Sequence[Tensor],
    variables: Sequence[keras.Variable],
) -> None:
    """Keras' own accumulation, decided where the replicas meet: a replica alone must not branch."""
    steps = optimizer.gradient_accumulation_steps
    sums = [
        optimizer._accumulated_gradients[optimizer._get_variable_index(each)] for each in variables
    ]

    def update(*grads: Tensor) -> None:
        mean = [(gradient + so_far) / steps for gradient, so_far in zip(grads, sums, strict=True)]
        mean = optimizer._clip_gradients(mean)
        optimizer._apply_weight_decay(variables)
        optimizer._backend_update_step(mean, variables, optimizer.learning_rate)
        optimizer._backend_reset_gradient_accumulators()

    def increment(*grads: Tensor) -> None:
        optimizer._backend_increment_gradient_accumulators(grads, sums)

    def decide(strategy: tf.distribute.Strategy, *grads: Tensor) -> None:
        is_update = (optimizer._iterations + 1) % steps == 0
        each = strategy.extended.call_for_each_replica
        ops.cond(is_update, lambda: each(update, grads), lambda: each(increment, grads))

    tf.distribute.get_replica_context().merge_call(decide, tuple(grads))
    if optimizer.use_ema:
        optimizer._update_model_variables_moving_average(optimizer._trainable_variables)
