"""Bringing a run to where it belongs after every epoch."""

from collections.abc import Callable, Mapping

import keras
from typing_extensions import override

from densedepth_tf.process.wording import tell


class UploadRun(keras.callbacks.Callback):
    """Uploads the run folder; the last callback, as the backup is a part of it.

    What cannot be uploaded is told of, and uploaded after the next epoch.

    Args:
        upload: Uploads what has changed.
    """

    def __init__(self, upload: Callable[[], None]):
        super().__init__()
        self._upload = upload

    @override
    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        try:
            self._upload()
        except OSError as error:
            tell(f"Not uploaded after epoch {epoch + 1}: {error}", "warning")
