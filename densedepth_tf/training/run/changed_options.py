"""Going on with a run under other options: which may change, and what the optimiser makes of it."""

from collections.abc import Collection

import keras

from densedepth_tf.process.wording import did_you_mean
from densedepth_tf.training.option import declared, is_fixed
from densedepth_tf.training.options import TrainingOptions


def check_changes(config: TrainingOptions, names: Collection[str]) -> None:
    """Checks that a run may go on with other values of these options.

    Raises:
        ValueError: If there is no such option, or the saved state would not fit another value.
    """
    known = declared(type(config))
    for name in names:
        if name not in known:
            raise ValueError(
                f"`resume_with` names options of this training.{did_you_mean(name, known)} "
                f"Received: '{name}'"
            )
        if is_fixed(type(config), name):
            raise ValueError(
                f"A run cannot go on with another `{name}`: its saved state would not fit. Train "
                f"into another `workdir`. Received: `resume_with` with '{name}'"
            )


def follow_changes(
    optimizer: keras.optimizers.Optimizer, config: TrainingOptions, steps: int
) -> None:
    """Lets a restored optimiser go by the new options.

    Its state holds the learning rate and the number of steps of before; schedules tell the rate by
    that number, which is another one for the same epochs once an epoch has more or fewer steps.

    Args:
        optimizer: As restored.
        config: The options the run goes on with.
        steps: How many steps the finished epochs of this stage would have had with them.
    """
    optimizer.iterations.assign(steps)
    if config.schedule == "constant":
        optimizer.learning_rate = config.learning_rate
    elif config.schedule == "plateau":
        optimizer.learning_rate = min(config.learning_rate, float(optimizer.learning_rate))
