"""Terms that can be added to the DenseDepth loss: one table, and one's own."""

from collections.abc import Callable

from keras import ops

from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.models.replica_sums import counted_together

# `(y_true, y_pred, valid)` to a scalar, or to a value per sample `(N,)`.
LossTerm = Callable[[Tensor, Tensor, Tensor], Tensor]


def relative_error(y_true: Tensor, y_pred: Tensor, valid: Tensor) -> Tensor:
    """Mean of |y - p| / y over the batch's valid pixels, a scalar."""
    return ops.sum(ops.abs(y_pred / y_true - 1.0)) / counted_together(
        ops.sum(valid), ops.shape(valid)[0]
    )


LOSS_TERMS: dict[str, LossTerm] = {"relative": relative_error}


def register_loss_term(name: str, term: LossTerm) -> None:
    """Adds a term of one's own, for `DenseDepthLoss(loss_terms={name: weight})` and `train.py`.

    Args:
        name: What it is chosen by.
        term: Gets targets (`max_depth / depth`), predictions and the mask of pixels whose depth is
            known, 1 or 0, each float32 `(N, H, W, 1)`; where depth is missing, target and
            prediction are both 1. Returns a scalar or one value per sample, in `keras.ops`.

    Raises:
        ValueError: If another term has that name.
    """
    if LOSS_TERMS.get(name, term) is not term:
        raise ValueError(f"There is a loss term of this name already. Received: '{name}'")
    LOSS_TERMS[name] = term


def get_loss_term(name: str) -> LossTerm:
    """Looks a term up.

    Raises:
        ValueError: If the name is unknown; the message lists the known ones.
    """
    if name not in LOSS_TERMS:
        raise ValueError(
            f"Unknown loss term (`loss_terms`). Known: {', '.join(LOSS_TERMS)}; "
            f"`register_loss_term` adds one's own. Received: '{name}'"
        )
    return LOSS_TERMS[name]
