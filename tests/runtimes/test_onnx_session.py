import pytest

from densedepth_tf.inference.quick_load import quick_load
from densedepth_tf.presets.presets import DEFAULT_PRESET

pytest.importorskip("onnxruntime")


def test_no_memory_is_kept_for_every_size_of_images():
    session = quick_load(DEFAULT_PRESET)._session
    assert not session.get_session_options().enable_mem_pattern
