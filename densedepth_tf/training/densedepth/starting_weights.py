"""Going on from what another training has learned: fine-tuning, or a larger image size."""

from densedepth_tf.checkpoints import load
from densedepth_tf.models.depth_estimator import DepthEstimator

# What must be the same in both networks, attribute by option. Range and image size may change.
ARCHITECTURE = {
    "encoder": "encoder",
    "variant": "variant",
    "decoder_filters": "decoder_widths",
}


def load_starting_weights(model: DepthEstimator, checkpoint: str) -> None:
    """Copies all weights of a checkpoint into a model that has the same architecture.

    Args:
        model: The model to train.
        checkpoint: Anything that `load` takes and that is a Keras model: a preset's name
            (`nyu_small`), a run folder, a `.keras` file, the official weights.

    Raises:
        ValueError: If the checkpoint is another kind of network; the message names the options
            that make `model` like it.
        FileNotFoundError: If there is no such checkpoint.
    """
    source = load(checkpoint)
    if type(source) is not type(model):
        raise ValueError(
            f"`start_from` is a checkpoint of a {type(model).__name__}; '{checkpoint}' holds a "
            f"{type(source).__name__}"
        )
    options = " ".join(
        f"`{option}={_as_argument(getattr(source, attribute))}`"
        for option, attribute in ARCHITECTURE.items()
        if getattr(source, attribute, None) != getattr(model, attribute, None)
    )
    if options:
        raise ValueError(
            f"`start_from` needs the same network as the checkpoint's. Pass {options}. "
            f"Received: '{checkpoint}'"
        )
    model.set_weights(source.get_weights())


def _as_argument(value: object) -> str:
    return str(list(value) if isinstance(value, tuple) else value).replace(" ", "")
