"""CheckedModel: Keras' own methods, after a look at what they were given."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from typing_extensions import override

from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.keras_model.depth_loss import (
    DepthLoss,
    weights_of_values,
    without_masked,
)
from densedepth_tf.models.keras_model.first_mistakes import (
    check_input_shape,
    check_mask,
    check_target_shape,
    check_values,
    weighs_pixels,
)
from densedepth_tf.models.keras_model.rebuilt_model import RebuiltModel
from densedepth_tf.models.keras_model.watched_data import Watch

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
        inputs = args[0] if args else kwargs.get("inputs")
        check_input_shape(self, inputs)
        if isinstance(inputs, np.ndarray):
            check_values(self, inputs)
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
        with self._watch() as watch:
            x = watch(x, y, kwargs.get("sample_weight"))
            held_out = kwargs.get("validation_data")
            if isinstance(held_out, tuple | list):
                watch(*held_out)
            elif held_out is not None:
                kwargs["validation_data"] = watch(held_out)
            return super().fit(x, y, *args, **kwargs)

    @override
    def evaluate(self, x: object = None, y: object = None, *args: Any, **kwargs: Any) -> Scores:
        with self._watch() as watch:
            x = watch(x, y, kwargs.get("sample_weight"))
            return super().evaluate(x, y, *args, **kwargs)

    @override
    def predict(self, x: object, *args: Any, **kwargs: Any) -> np.ndarray:
        with self._watch() as watch:
            return super().predict(watch(x), *args, **kwargs)

    @override
    def train_on_batch(
        self, x: object, y: object = None, sample_weight: object = None, **kwargs: Any
    ) -> Scores:
        with self._watch() as watch:
            watch(x, y, sample_weight)
            return super().train_on_batch(x, y, sample_weight, **kwargs)

    @override
    def test_on_batch(
        self, x: object, y: object = None, sample_weight: object = None, **kwargs: Any
    ) -> Scores:
        with self._watch() as watch:
            watch(x, y, sample_weight)
            return super().test_on_batch(x, y, sample_weight, **kwargs)

    @override
    def predict_on_batch(self, x: object) -> Any:
        with self._watch() as watch:
            return super().predict_on_batch(watch(x))

    @contextlib.contextmanager
    def _watch(self) -> Iterator[Watch]:
        """What looks at data; a call that failed can be put right and made again."""
        watch = Watch(self._check)
        try:
            yield watch
        except Exception as error:
            # TensorFlow builds a step's variables only once.
            self.train_function = self.test_function = self.predict_function = None
            if watch.mistake is not None and error is not watch.mistake:
                raise watch.mistake from None
            raise

    def _check(self, images: object, targets: object = None, weights: object = None) -> None:
        """Looks at a batch, or at all images."""
        if images is not None:
            check_input_shape(self, images)
        check_values(self, images, targets)
        if self._leaves_out_missing:
            check_mask(weights)

    @property
    def _leaves_out_missing(self) -> bool:
        return isinstance(getattr(self, "loss", None), DepthLoss)

    def compute_loss(
        self,
        x: Tensor | None = None,
        y: Tensor | None = None,
        y_pred: Tensor | None = None,
        sample_weight: Tensor | None = None,
        **kwargs: Any,
    ) -> Tensor:
        """Keras' own, after a look at the targets' shape.

        A `sample_weight` of pixels is a mask for losses that leave out missing targets; it weighs
        the values of losses that have one for each pixel, and is refused with others.
        """
        check_target_shape(y, y_pred)
        if sample_weight is not None and not self._leaves_out_missing:
            values = self._loss_values(y, y_pred)
            if values is not None:
                sample_weight = weights_of_values(sample_weight, values)
        return super().compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, **kwargs)

    def compute_metrics(
        self, x: Tensor, y: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Keras' own; what the loss leaves out, they leave out."""
        if self._leaves_out_missing and weighs_pixels(sample_weight):
            y, sample_weight = without_masked(y, sample_weight), None
        return super().compute_metrics(x, y, y_pred, sample_weight=sample_weight)

    def _loss_values(self, y: Tensor, y_pred: Tensor) -> Tensor | None:
        """What the loss makes of a batch before weights; None of several losses."""
        losses = keras.tree.flatten(self.loss)
        if len(losses) != 1 or losses[0] is None:
            return None
        loss = keras.losses.get(losses[0])
        of = loss.call if isinstance(loss, keras.losses.Loss) else loss
        return keras.ops.convert_to_tensor(of(keras.ops.cast(y, y_pred.dtype), y_pred))
