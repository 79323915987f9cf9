"""Every reader of the package, with a small real file that it reads."""

import dataset_readers  # noqa: F401
import image_readers  # noqa: F401
import model_readers  # noqa: F401
import record_readers  # noqa: F401
import text_readers  # noqa: F401
from reader_registry import LIGHT, WITH_TENSORFLOW

__all__ = ["LIGHT", "WITH_TENSORFLOW"]
