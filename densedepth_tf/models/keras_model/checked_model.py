"""CheckedModel: Keras' own methods, after a look at what they were given."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from typing_extensions import override

from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.keras_model.first_mistakes import (
    check_input_shape,
    check_target_shape,
    check_values,
    masked,
)
from densedepth_tf.models.keras_model.rebuilt_model import RebuiltModel

# Loss and metrics of a batch or a data set, as Keras gives them.
Scores = float | list[float] | dict[str, float]
AUTO = "auto"


class CheckedModel(RebuiltModel):
    """A model whose users are told their first mistakes in a sentence; see `first_mistakes`.

    Subclasses have a `codec`, say with `check_input_size` what sizes suit, and what was published.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Tensor:
        """The network's output for a batch, `(N, h, w, 1)`.

        Raises:
            ValueError: If it is no batch of RGB images, or of a size that does not suit.
        """
        check_input_shape(self, args[0] if args else kwargs.get("inputs"))
        return super().__call__(*args, **kwargs)

    @override
    def compile(
        self,
        optimizer: str | keras.optimizers.Optimizer = AUTO,
        loss: object = AUTO,
        loss_weights: object = None,
        metrics: object = AUTO,
        **kwargs: Any,
    ) -> None:
        """Keras' own; what is "auto" is the paper's.

        Args:
            optimizer: "auto": as published, at its learning rate, without a schedule.
            loss: "auto": the published one, for this model's range of depth.
            loss_weights: As in Keras.
            metrics: "auto": delta1, abs_rel and rmse in metres with the published loss, none with
                another one.
            **kwargs: As in Keras.

        Raises:
            ValueError: If the model has no published loss on depth, as Monodepth2.
        """
        publishes = isinstance(loss, str) and loss == AUTO
        if isinstance(metrics, str) and metrics == AUTO:
            metrics = self.default_metrics() if publishes else None
        if publishes:
            loss = self.published_loss()
        if isinstance(optimizer, str) and optimizer == AUTO:
            optimizer = self.published_optimizer()
        super().compile(
            optimizer=optimizer,
            loss=loss,
            loss_weights=loss_weights,
            metrics=metrics,
            **kwargs,
        )

    @override
    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles as a file says; Keras leaves this to models with a `compile` of their own."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)

    @override
    def fit(
        self, x: object = None, y: object = None, *args: Any, **kwargs: Any
    ) -> keras.callbacks.History:
        y = self._checked(x, y, kwargs)
        if isinstance(kwargs.get("validation_data"), tuple):
            images, *targets = kwargs["validation_data"]
            check_values(self, images, *targets[:1])
        with self._retried():
            return super().fit(x, y, *args, **kwargs)

    @override
    def evaluate(self, x: object = None, y: object = None, *args: Any, **kwargs: Any) -> Scores:
        y = self._checked(x, y, kwargs)
        with self._retried():
            return super().evaluate(x, y, *args, **kwargs)

    @override
    def predict(self, x: object, *args: Any, **kwargs: Any) -> np.ndarray:
        check_values(self, x)
        if isinstance(x, np.ndarray):  # Keras would cut one image into rows.
            check_input_shape(self, x)
        return super().predict(x, *args, **kwargs)

    @override
    def train_on_batch(self, x: object, y: object = None, *args: Any, **kwargs: Any) -> Scores:
        y = self._checked(x, y, kwargs)
        with self._retried():
            return super().train_on_batch(x, y, *args, **kwargs)

    @override
    def test_on_batch(self, x: object, y: object = None, *args: Any, **kwargs: Any) -> Scores:
        y = self._checked(x, y, kwargs)
        with self._retried():
            return super().test_on_batch(x, y, *args, **kwargs)

    @contextlib.contextmanager
    def _retried(self) -> Iterator[None]:
        """Lets a call that failed be put right: TensorFlow builds a step's variables only once."""
        try:
            yield
        except ValueError:
            self.train_function = self.test_function = None
            raise

    def _checked(self, images: object, targets: object, options: dict[str, Any]) -> object:
        """The targets, where a mask of pixels was given as `sample_weight` without those."""
        check_values(self, images, targets)
        if options.get("sample_weight") is not None:
            targets, options["sample_weight"] = masked(targets, options["sample_weight"])
        return targets

    def compute_loss(
        self,
        x: Tensor | None = None,
        y: Tensor | None = None,
        y_pred: Tensor | None = None,
        sample_weight: Tensor | None = None,
        **kwargs: Any,
    ) -> Tensor:
        """Keras' own, after a look at the targets' shape."""
        check_target_shape(y, y_pred, sample_weight)
        return super().compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, **kwargs)
