"""Stochastic gradient descent whose learning rate depends on the layer."""

from collections.abc import Sequence
from typing import Any

import keras
from typing_extensions import override

from densedepth_tf.geometry.tensor import Tensor


@keras.saving.register_keras_serializable(package="densedepth_tf")
class LayerwiseSGD(keras.optimizers.SGD):
    """SGD with momentum; every layer's rate is its factor times `learning_rate`.

    Args:
        factors: Name of a layer to its factor; layers that are not named have 1.
        **kwargs: As of `keras.optimizers.SGD`.

    Raises:
        ValueError: If a factor is not above 0.
    """

    def __init__(self, factors: dict[str, float] | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.factors = dict(factors or {})
        if any(not factor > 0 for factor in self.factors.values()):
            raise ValueError(f"Factors of learning rates are above 0. Received: {self.factors}")

    @override
    def apply(
        self,
        grads: Sequence[Tensor | None],
        trainable_variables: Sequence[keras.Variable] | None = None,
    ) -> None:
        """One step; a gradient times a factor is in SGD what a rate times that factor is.

        Clipping sees the gradients with their factors.
        """
        variables = trainable_variables or self._trainable_variables
        scaled = [
            None if gradient is None else gradient * self._factor(variable)
            for gradient, variable in zip(grads, variables, strict=True)
        ]
        super().apply(scaled, trainable_variables)

    def _factor(self, variable: keras.Variable) -> float:
        layers = variable.path.split("/")
        return next((self.factors[name] for name in layers if name in self.factors), 1.0)

    @override
    def get_config(self) -> dict[str, Any]:
        return {"factors": self.factors, **super().get_config()}
