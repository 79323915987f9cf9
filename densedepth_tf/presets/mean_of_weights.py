"""One model of several that were trained from one start: the mean of their weights."""

from collections.abc import Mapping

import numpy as np

from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.runtimes.runtime_estimator import RuntimeEstimator


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
        if _network(other) != _network(mean):
            raise ValueError(
                "A mean of weights needs one network, trained several times: pass a `checkpoint` "
                f"of another kind, width or size alone. Received: '{first}' and '{name}'"
            )
    weights = [each.get_weights() for each in named.values()]
    mean.set_weights([np.mean(same, axis=0) for same in zip(*weights, strict=True)])
    return mean


def _network(model: DepthEstimator) -> object:
    """What its weights mean: all that it was made with but names and how precisely it computes."""
    config = model.get_config().items()
    shapes = [tuple(weight.shape) for weight in model.weights]
    return shapes, {key: value for key, value in config if key not in ("name", "dtype")}
