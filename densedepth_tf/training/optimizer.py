"""The optimiser and its learning-rate schedule."""

from collections.abc import Callable
from typing import Any, TypeAlias

import keras

from densedepth_tf.models.eigen.published import MOMENTUM
from densedepth_tf.models.torch_adam import TorchAdam
from densedepth_tf.training.options import TrainingOptions

STEP_AT = 0.75  # Of the epochs: 15 of 20 (Godard et al. 2019, section 5).


def build_optimizer(
    config: TrainingOptions,
    steps_per_epoch: int,
    epochs: int | None = None,
    sgd: Callable[..., keras.optimizers.Optimizer] = keras.optimizers.SGD,
) -> keras.optimizers.Optimizer:
    """What the options `optimizer` and `schedule` name.

    Adam with beta 0.9 / 0.999 is what DenseDepth (Keras', with amsgrad) and Monodepth2 (PyTorch's)
    were trained with, SGD with momentum and a rate per layer what Eigen et al. used.

    Args:
        config: The run's options.
        steps_per_epoch: Steps of an epoch, for the schedule.
        epochs: Of the stage, for the schedule; by default the run's.
        sgd: What makes SGD from its settings.
    """
    common: dict[str, Any] = {
        "learning_rate": _learning_rate(config, steps_per_epoch, epochs or config.epochs),
        "global_clipnorm": config.clip_norm,
        "use_ema": config.ema > 0,
        "ema_momentum": config.ema or 0.99,
    }
    if config.gradient_accumulation > 1:
        common["gradient_accumulation_steps"] = config.gradient_accumulation
    if config.optimizer == "sgd":
        return sgd(momentum=MOMENTUM, **common)
    common["epsilon"] = config.epsilon
    if config.optimizer != "adamw":
        kind = TorchAdam if config.epsilon_place == "after" else keras.optimizers.Adam
        return kind(amsgrad=config.optimizer == "amsgrad", **common)
    kind = TorchAdam if config.epsilon_place == "after" else keras.optimizers.AdamW
    optimizer = kind(weight_decay=config.weight_decay, **common)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


# A number, or what tells one by the step.
Rate: TypeAlias = float | keras.optimizers.schedules.LearningRateSchedule


def _learning_rate(config: TrainingOptions, steps_per_epoch: int, epochs: int) -> Rate:
    total = epochs * steps_per_epoch
    if config.schedule == "step":
        falls = round(STEP_AT * epochs) * steps_per_epoch
        rates = [config.learning_rate, config.learning_rate / 10]
        return keras.optimizers.schedules.PiecewiseConstantDecay([falls - 1], rates)
    if config.schedule != "cosine":
        return config.learning_rate
    # Keras asks a schedule at every step, those included that only accumulate gradients.
    warmup = round(config.warmup_epochs * steps_per_epoch)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=config.learning_rate / 100 if warmup else config.learning_rate,
        decay_steps=max(total - warmup, 1),
        alpha=0.01,
        warmup_target=config.learning_rate if warmup else None,
        warmup_steps=warmup,
    )
