"""A momentum of moving statistics that fits the number of steps."""

import keras

# What may be left of the statistics that a training began with.
LEFT = 0.01
SMALLEST = 0.5


def fitting_momentum(published: float, steps_per_epoch: int, epochs: int) -> float:
    """The momentum by which moving statistics have forgotten their first values in time.

    Args:
        published: The encoder's own.
        steps_per_epoch: Steps before every validation.
        epochs: Epochs of the training.

    Returns:
        The published one, if half of the training is enough to forget all but 1 % of the first
        values; else one by which the first epoch is enough, 0.5 at least.
    """
    if published ** (steps_per_epoch * epochs / 2) <= LEFT:
        return published
    return min(published, max(SMALLEST, LEFT ** (1 / steps_per_epoch)))


def fit_momentum(model: keras.Model, steps_per_epoch: int, epochs: int) -> str | None:
    """Lowers the momentum of a model's batch normalisation where a training is too short for it.

    Returns:
        What was changed, for people; None if nothing was.
    """
    layers = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    changed = None
    for layer in layers:
        momentum = fitting_momentum(layer.momentum, steps_per_epoch, epochs)
        if momentum != layer.momentum:
            changed = (
                f"{momentum:.3g} instead of {layer.momentum:g}, as {steps_per_epoch * epochs} "
                "steps are too few for it (`batch_norm_momentum`)"
            )
            layer.momentum = model.batch_norm_momentum = momentum
    return changed
