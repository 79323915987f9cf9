"""Noticing epochs in which frames differ from their neighbours by nothing that moves."""

from collections.abc import Mapping

import keras
from typing_extensions import override

from densedepth_tf.training.run.notes import STANDING, note
from densedepth_tf.training.run.run_folder import RunFolder

# The share of the pixels below which nothing is learned from them.
LEAST_SHARE = 0.005


class NothingExplained(keras.callbacks.Callback):
    """After every epoch, looks whether moving a neighbour explains any pixel of a frame better.

    Where it explains none the auto-mask removes all of them (Godard et al. 2019, section 3.2), and
    only the smoothness term is left. Models without `explained` among their figures have no mask.

    Args:
        folder: Where it is noted.
    """

    def __init__(self, folder: RunFolder):
        super().__init__()
        self._folder = folder

    @override
    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        share = float((logs or {}).get("explained", 1.0))
        if share >= LEAST_SHARE:
            return
        text = (
            f"in epoch {epoch + 1} the auto-mask removed {1 - share:.1%} of the pixels: frames "
            "look like their neighbours as they are, so that nothing was learned. Cause: a camera "
            "that stands, or a frame rate too high; `preflight` tells which. Leave standing frames "
            "out (`static_shift`), or take neighbours further away (`frame_step`)."
        )
        note(self._folder.notes, STANDING, text, "warning")
