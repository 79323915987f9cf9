"""Where downloads are kept for the next time."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """This package's part of Keras' cache, which `KERAS_HOME` moves; it may not exist yet."""
    return Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"), "densedepth_tf")
