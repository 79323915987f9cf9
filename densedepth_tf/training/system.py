"""What a kind of training must say, so that one `train` can run them all."""

import abc
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from densedepth_tf.checkpoints import MODEL_FILE
from densedepth_tf.data.batches.loader import ReadSamples, SampleLoader
from densedepth_tf.data.source import Source
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.models.keras_model.precision import dtype_policy
from densedepth_tf.training.distribution.joint_gradients import join_gradients
from densedepth_tf.training.distribution.replicas import ONE, Replicas
from densedepth_tf.training.optimizer import build_optimizer
from densedepth_tf.training.options import TrainingOptions


@dataclass(frozen=True)
class Stage:
    """Epochs that train one and the same model.

    Args:
        start: The first epoch, from 0.
        end: The epoch after the last one.
        file: What the run folder calls the stage's model.
    """

    start: int
    end: int
    file: str = MODEL_FILE

    @property
    def epochs(self) -> int:
        """How many they are."""
        return self.end - self.start


class TrainingSystem(abc.ABC):
    """Data, network, figures and files of one kind of training.

    Args:
        config: The run's options.

    Attributes:
        training: Reads the training samples.
        validation: Reads the samples that choose the best checkpoint.
        replicas: The devices that train together; batches are of their `share`.

    Raises:
        ValueError: If the options or the data cannot be used.
        OSError: If data cannot be read.
    """

    training: SampleLoader
    validation: SampleLoader
    replicas: Replicas = ONE

    def __init__(self, config: TrainingOptions):
        self.config = config

    @property
    def steps_per_epoch(self) -> int:
        """Steps of an epoch; by default as many as make one pass over the training samples."""
        steps = len(self.training.source) // self.config.batch_size
        return self.config.steps_per_epoch or max(steps, 1)

    @property
    def samples_read(self) -> ReadSamples:
        """What was read to train on; by default of `training`."""
        return self.training

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What follows one another in a run; by default a single stage."""
        return (Stage(0, self.config.epochs),)

    def build(self, stage: Stage, resume: bool) -> keras.Model:
        """The stage's compiled model, its optimiser built, in the run's precision and strategy.

        Args:
            stage: The stage.
            resume: Its weights come from a backup, so that none are loaded from elsewhere.
        """
        weights = None
        if self.replicas.hosts is not None:
            # Weights may be loaded by way of other models, and what one host creates in the scope
            # all have to create. Only the chief needs them, who passes them on.
            if self.replicas.is_chief and not resume:
                with dtype_policy(self.config.precision):
                    weights = self.compiled_model(stage, resume).get_weights()
            keras.utils.set_random_seed(self.config.seed)
            resume = True
        with dtype_policy(self.config.precision), self.replicas.strategy.scope():
            model = self.compiled_model(stage, resume)
            # Built inside the first step, its variables would cost a second tracing of that step.
            model.optimizer.build(model.trainable_variables)
        if self.config.xla != "auto":  # What Keras chooses by itself.
            model.jit_compile = self.config.xla == "always"
        if weights is not None:
            model.set_weights(weights)
        if self.replicas.number > 1:
            join_gradients(model.optimizer)
        if self.config.sync_batch_norm:
            _synchronize(model)
        return model

    def optimizer(self, stage: Stage) -> keras.optimizers.Optimizer:
        """What the options ask for, with its schedule for a stage."""
        return build_optimizer(self.config, self.steps_per_epoch, stage.epochs)

    @abc.abstractmethod
    def compiled_model(self, stage: Stage, resume: bool) -> keras.Model:
        """A new model that `fit` can train in a stage; see `build`."""

    @property
    def sources(self) -> dict[str, Source[Any]]:
        """What is read, by what it is for: hosts that train together must read the same."""
        return {"training": self.training.source, "validation": self.validation.source}

    @abc.abstractmethod
    def training_batches(self, model: keras.Model, start: int) -> tf.data.Dataset:
        """Endless batches that go on after `start` samples as if they had never stopped."""

    @abc.abstractmethod
    def validation_batches(self, model: keras.Model) -> tf.data.Dataset:
        """Every validation sample once."""

    def remarks(self, model: keras.Model) -> dict[str, str]:
        """What is worth telling of this run's data and model before it begins: topic to text."""
        return {}

    def images_to_watch(self) -> list[np.ndarray]:
        """Validation images, uint8, whose depth is looked at after every epoch; none by default."""
        return []

    @property
    def frozen_epochs(self) -> int:
        """For how many epochs the encoder is to stay as it was; none by default."""
        return 0

    def depth_network(self, model: keras.Model) -> DepthEstimator:
        """The part of the model that is trained which predicts depth; by default all of it."""
        return model

    @abc.abstractmethod
    def draw(self, model: keras.Model) -> list[np.ndarray]:
        """Figures of how the training is doing, uint8 RGB, always of the same samples."""

    @abc.abstractmethod
    def files(self, model: keras.Model) -> dict[str, keras.Model]:
        """What the run folder keeps of an epoch: file name to float32 model."""


def _synchronize(model: keras.Model) -> None:
    """Lets batch normalisation take the statistics of all replicas' images together."""
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.synchronized = True
