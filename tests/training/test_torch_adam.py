"""Where Adam's epsilon goes: after bias correction, as PyTorch's, or before, as Keras'."""

import dataclasses

import keras
import numpy as np
import pytest
import yaml

from densedepth_tf.models.torch_adam import TorchAdam
from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.families import read_options
from densedepth_tf.training.monodepth2.options import Monodepth2Options
from densedepth_tf.training.optimizer import build_optimizer
from densedepth_tf.training.run.run_folder import RunFolder

RATE = 0.01
PUBLISHED = Monodepth2Options(learning_rate=RATE, schedule="constant")


def gradients(steps=40, size=60):
    """From far below epsilon to far above, as Monodepth2's are."""
    rng = np.random.default_rng(1)
    scales = 10.0 ** rng.uniform(-11, 1, size)
    return [(rng.normal(size=size) * scales).astype(np.float32) for _ in range(steps)]


def start(size=60):
    return np.random.default_rng(2).normal(size=size).astype(np.float32)


def trained(config, steps, optimizer=None):
    """Weights after some steps of Keras', and the optimiser."""
    weight = keras.Variable(start(), name="kernel")
    optimizer = optimizer or build_optimizer(config, steps_per_epoch=len(steps))
    for gradient in steps:
        optimizer.apply([keras.ops.array(gradient)], [weight])
    return weight.numpy(), optimizer


def oracle(steps, epsilon=1e-8, place="after", amsgrad=False, decay=0.0):
    """Kingma & Ba 2015, algorithm 1, in float64; `before`: the last formula of section 2."""
    weight, m, v = start().astype(np.float64), 0.0, 0.0
    largest = np.zeros(weight.shape)
    for step, gradient in enumerate(steps, start=1):
        gradient = gradient.astype(np.float64)
        weight = weight * (1 - RATE * decay)
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        largest = np.maximum(largest, v)
        root = np.sqrt(largest if amsgrad else v)
        correction = np.sqrt(1 - 0.999**step)
        if place == "after":
            weight = weight - RATE * (m / (1 - 0.9**step)) / (root / correction + epsilon)
        else:
            weight = weight - RATE * (m / (1 - 0.9**step)) * correction / (root + epsilon)
    return weight


@pytest.mark.parametrize("name", ["adam", "amsgrad", "adamw"])
@pytest.mark.parametrize(("epsilon", "place"), [(1e-8, "after"), (1e-7, "before"), (1e-3, "after")])
def test_the_update_is_the_formula(name, epsilon, place):
    config = dataclasses.replace(
        PUBLISHED, optimizer=name, epsilon=epsilon, epsilon_place=place, weight_decay=0.1
    )
    steps = gradients()
    decay = 0.1 if name == "adamw" else 0.0
    expected = oracle(steps, epsilon, place, name == "amsgrad", decay)
    np.testing.assert_allclose(trained(config, steps)[0], expected, rtol=0, atol=1e-5)


def test_the_first_step_of_a_small_gradient_is_several_times_kerass():
    """At gradients of 1e-7, where this loss has its median, PyTorch's is ten times as long."""
    step = [np.full(60, 1e-7, np.float32)]
    published, _ = trained(PUBLISHED, step)
    kerass, _ = trained(dataclasses.replace(PUBLISHED, epsilon=1e-7, epsilon_place="before"), step)
    np.testing.assert_allclose(start() - published, RATE * 10 / 11, rtol=1e-4)
    np.testing.assert_allclose(start() - kerass, RATE * 0.0306534, rtol=1e-3)


@pytest.mark.parametrize("name", ["adam", "amsgrad", "adamw"])
def test_pytorch_makes_the_same_steps(name, torch):
    config = dataclasses.replace(PUBLISHED, optimizer=name, weight_decay=0.1)
    kinds = {
        "adam": lambda weights: torch.optim.Adam(weights, lr=RATE),
        "amsgrad": lambda weights: torch.optim.Adam(weights, lr=RATE, amsgrad=True),
        "adamw": lambda weights: torch.optim.AdamW(weights, lr=RATE, weight_decay=0.1),
    }
    weight = torch.nn.Parameter(torch.tensor(start()))
    theirs = kinds[name]([weight])
    for gradient in gradients():
        weight.grad = torch.tensor(gradient)
        theirs.step()
    ours, _ = trained(config, gradients())
    np.testing.assert_allclose(ours, weight.detach().numpy(), rtol=0, atol=2e-6)


def test_clipping_accumulation_and_averages_stay_kerass():
    """Two halves of a gradient make one step of their clipped mean, and averages follow."""
    config = dataclasses.replace(PUBLISHED, clip_norm=0.5, gradient_accumulation=2, ema=0.75)
    whole = gradients(steps=8)
    halves = [half for step in whole for half in (2 * step, np.zeros_like(step))]
    clipped = [step * min(1, 0.5 / np.linalg.norm(step)) for step in whole]
    weights, optimizer = trained(config, halves)
    np.testing.assert_allclose(weights, oracle(clipped), rtol=0, atol=1e-5)
    (average,) = optimizer._model_variables_moving_average
    assert 0 < np.abs(average.numpy() - weights).max() < 8 * RATE


def test_half_precision_scales_the_loss_and_not_the_step():
    inner = build_optimizer(PUBLISHED, steps_per_epoch=1)
    optimizer = keras.optimizers.LossScaleOptimizer(inner, initial_scale=1024.0)
    steps = gradients(steps=5)
    weights, _ = trained(PUBLISHED, [step * np.float32(1024) for step in steps], optimizer)
    np.testing.assert_allclose(weights, oracle(steps), rtol=0, atol=1e-5)


def test_it_goes_through_keras_files():
    optimizer = build_optimizer(dataclasses.replace(PUBLISHED, epsilon=1e-5), steps_per_epoch=1)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert type(again) is TorchAdam and again.get_config() == optimizer.get_config()
    assert again.epsilon == 1e-5


@pytest.mark.parametrize(
    ("model", "kind", "epsilon"),
    [
        ("monodepth2", TorchAdam, 1e-8),
        ("densedepth", keras.optimizers.Adam, 1e-7),
    ],
)
def test_each_system_has_its_published_epsilon(model, kind, epsilon):
    optimizer = build_optimizer(read_options({"model": model}), steps_per_epoch=10)
    assert type(optimizer) is kind and optimizer.epsilon == epsilon


def test_a_run_from_before_the_option_goes_on_as_it_began(tmp_path):
    """Its folder does not name the epsilon; it was Keras'."""
    config = Monodepth2Options(workdir=str(tmp_path))
    (tmp_path / "model.keras").touch()
    options = config.to_dict()
    del options["epsilon"], options["epsilon_place"]
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(options))
    message = "epsilon was 1e-07, is 1e-08; epsilon_place was before, is after.*Pass what it was"
    with pytest.raises(ValueError, match=message):
        RunFolder(tmp_path).check(config)
    RunFolder(tmp_path).check(dataclasses.replace(config, epsilon=1e-7, epsilon_place="before"))


@pytest.mark.parametrize("value", [0.0, -1e-8])
def test_an_epsilon_that_is_none_is_refused(value):
    with pytest.raises(ValueError, match=r"`epsilon` is above 0\. Received"):
        DenseDepthOptions(epsilon=value)
