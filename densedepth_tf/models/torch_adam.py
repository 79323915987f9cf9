"""Adam as PyTorch computes it."""

import math
from typing import Any

import keras
from keras import ops
from typing_extensions import override

from densedepth_tf.geometry.tensor import Tensor


@keras.saving.register_keras_serializable(package="densedepth_tf")
class TorchAdam(keras.optimizers.Adam):
    """Adam whose epsilon is added after bias correction (Kingma & Ba 2015, algorithm 1).

    The step is `rate * (m / (1 - beta_1^t)) / (sqrt(v / (1 - beta_2^t)) + epsilon)`, as of
    `torch.optim.Adam`. Keras adds epsilon to the uncorrected `sqrt(v)`, which in the first step is
    `sqrt(1 - beta_2)` = 1/32 of the corrected one: there an epsilon of the same value weighs 32
    times as much, and small gradients barely move their weights.

    With `weight_decay` it is `torch.optim.AdamW`, with `amsgrad` what that flag means there.

    Args:
        epsilon: What is added.
        **kwargs: As of `keras.optimizers.Adam`, but the betas are numbers.
    """

    def __init__(self, epsilon: float = 1e-8, **kwargs: Any):
        super().__init__(epsilon=epsilon, **kwargs)

    @override
    def update_step(
        self, gradient: Tensor, variable: keras.Variable, learning_rate: Tensor
    ) -> None:
        """One step of one variable."""
        dtype = variable.dtype
        rate, gradient = ops.cast(learning_rate, dtype), ops.cast(gradient, dtype)
        index = self._get_variable_index(variable)
        m, v = self._momentums[index], self._velocities[index]
        self.assign_add(m, (gradient - m) * (1 - self.beta_1))
        self.assign_add(v, (ops.square(gradient) - v) * (1 - self.beta_2))
        if self.amsgrad:
            largest = self._velocity_hats[index]
            self.assign(largest, ops.maximum(largest, v))
            v = largest
        step = ops.cast(self.iterations + 1, dtype)
        corrected = ops.sqrt(v) / ops.sqrt(_missing(self.beta_2, step))
        rate = rate / _missing(self.beta_1, step)
        self.assign_sub(variable, rate * m / (corrected + self.epsilon))


def _missing(beta: float, step: Tensor) -> Tensor:
    """`1 - beta^step`, which float32 powers near 1 would leave three digits of."""
    return -ops.expm1(step * math.log(beta))
