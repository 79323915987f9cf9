"""What TensorFlow is told of its GPUs before it starts; a machine for tests need not have any."""

import pytest
import tensorflow as tf

from densedepth_tf.process.gpu_memory import claim_gpus, set_gpu_memory


@pytest.fixture
def told(monkeypatch):
    """Two GPUs, and what TensorFlow is told of them."""
    calls = []
    config = tf.config
    monkeypatch.setattr(config, "list_physical_devices", lambda kind: [f"{kind}:0", f"{kind}:1"])
    monkeypatch.setattr(
        config.experimental, "set_memory_growth", lambda gpu, on: calls.append((gpu, on))
    )
    monkeypatch.setattr(
        config,
        "set_logical_device_configuration",
        lambda gpu, parts: calls.append((gpu, [part.memory_limit for part in parts])),
    )
    yield calls
    set_gpu_memory(None)


def test_memory_grows_as_it_is_needed(told):
    claim_gpus()
    assert told == [("GPU:0", True), ("GPU:1", True)]


def test_a_limit_holds_for_each(told):
    set_gpu_memory(2.5)
    claim_gpus()
    assert told == [("GPU:0", [2560]), ("GPU:1", [2560])]


def test_a_limit_that_comes_too_late_is_refused_and_growth_is_let_be(told, monkeypatch):
    def refuse(*_):
        raise RuntimeError("Physical devices cannot be modified after being initialized")

    monkeypatch.setattr(tf.config, "set_logical_device_configuration", refuse)
    monkeypatch.setattr(tf.config.experimental, "set_memory_growth", refuse)
    claim_gpus()
    set_gpu_memory(1)
    with pytest.raises(ValueError, match=r"`gpu_memory` comes too late.*Received: 1"):
        claim_gpus()
