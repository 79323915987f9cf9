"""One model of several that were trained from one start: the mean of their weights."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.runtimes.runtime_estimator import RuntimeEstimator

_WITHOUT_MEANING = ("name", "dtype", "batch_norm_momentum")


def mean_of_weights(models: Mapping[str, DepthEstimator | RuntimeEstimator]) -> DepthEstimator:
    """Gives the first model the mean of all models' weights, moving statistics included.

    Runs that share their start often lie in one valley of the loss, and their mean in the middle of
    it, at the cost of one (Wortsman et al. 2022, "Model soups"). Runs from different starts do not:
    measure what comes out.

    Args:
        models: By what they are called in errors. The first is changed.

    Raises:
        ValueError: If one is an exported graph, or another network.
    """
    named = {}
    for name, model in models.items():
        if not isinstance(model, DepthEstimator):
            raise ValueError(
                "A mean of weights is of runs and .keras files, not of exported graphs: pass this "
                f"`checkpoint` alone. Received: '{name}'"
            )
        named[name] = model
    (first, mean), *others = named.items()
    for name, other in others:
        if different := _differences(mean, other):
            raise ValueError(
                "A mean of weights needs one network, trained several times, and one range and "
                f"camera; these differ in {different}. Pass each `checkpoint` alone. "
                f"Received: '{first}' and '{name}'"
            )
    weights = [each.get_weights() for each in named.values()]
    mean.set_weights([np.mean(same, axis=0) for same in zip(*weights, strict=True)])
    return mean


def _differences(one: DepthEstimator, other: DepthEstimator) -> str:
    """In what the weights of two models mean something else, in words; empty if in nothing."""
    if type(one) is not type(other):
        return f"kind ({type(one).__name__} and {type(other).__name__})"
    mine, theirs = _meaning(one), _meaning(other)
    told = [
        key if isinstance(mine.get(key), dict) else f"{key} ({mine.get(key)} and {theirs.get(key)})"
        for key in (*mine, *(theirs.keys() - mine.keys()))
        if mine.get(key) != theirs.get(key)
    ]
    shapes = [[tuple(weight.shape) for weight in model.weights] for model in (one, other)]
    return ", ".join(told) or ("the shapes of weights" if shapes[0] != shapes[1] else "")


def _meaning(model: DepthEstimator) -> dict[str, Any]:
    """What a model was made with, but for its name and how it computes and is trained."""
    return {key: value for key, value in model.get_config().items() if key not in _WITHOUT_MEANING}
