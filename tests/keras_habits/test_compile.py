"""`compile` as in KerasHub: what is not said is as published."""

import keras
import numpy as np
import pytest

from densedepth_tf import DenseDepth, DenseDepthLoss, DepthMetric, Eigen, EigenLoss


@pytest.mark.parametrize("name", ["densedepth", "eigen"])
def test_compile_without_arguments_takes_the_papers_choices(build, name, images, targets):
    model = build(name)
    model.compile()
    rate = float(model.optimizer.learning_rate)
    if isinstance(model, DenseDepth):
        assert isinstance(model.loss, DenseDepthLoss) and model.optimizer.amsgrad
        assert rate == pytest.approx(1e-4)
    if isinstance(model, Eigen):
        assert isinstance(model.loss, EigenLoss) and model.loss.scale_invariance == 0.5
        assert model.optimizer.factors["coarse6"] == 100 and model.optimizer.momentum == 0.9
        assert rate == pytest.approx(1e-3)
    figures = model.evaluate(images, targets(model), return_dict=True, verbose=0)
    assert figures.keys() == {"loss", "delta1", "abs_rel", "rmse"}


def test_the_loss_is_for_the_models_own_range(build):
    model = build("densedepth", min_depth=1.0, max_depth=80.0)
    model.compile()
    assert (model.loss.min_depth, model.loss.max_depth) == (1.0, 80.0)


def test_what_is_said_is_taken(build):
    model = build("densedepth")
    model.compile("sgd", "mae", metrics=["mse"])
    assert isinstance(model.optimizer, keras.optimizers.SGD) and model.loss == "mae"
    model.compile(loss="mae")
    assert isinstance(model.optimizer, keras.optimizers.Adam)
    assert not any(isinstance(metric, DepthMetric) for metric in model.metrics)


def test_monodepth2_says_what_it_learns_from(build):
    with pytest.raises(ValueError, match=r"neighbouring frames.*train\.py"):
        build("monodepth2").compile()
    build("monodepth2").compile("adam", "mae")


def test_metrics_are_in_metres(build, images, targets):
    model = build("densedepth")
    names = ("delta1", "delta2", "delta3", "abs_rel", "sq_rel", "rmse", "rmse_log", "log10")
    model.compile(loss="mae", metrics=[DepthMetric(name, model.codec) for name in names])
    wanted = targets(model)
    figures = model.evaluate(images, wanted, return_dict=True, verbose=0)
    truth = np.asarray(model.to_depth(wanted), np.float64)
    depth = np.asarray(model.to_depth(model.predict(images, verbose=0)), np.float64)
    ratio = np.maximum(truth / depth, depth / truth)
    assert figures["delta2"] == pytest.approx((ratio < 1.25**2).mean(), abs=1e-6)
    assert figures["abs_rel"] == pytest.approx((abs(truth - depth) / truth).mean(), rel=1e-5)
    assert figures["rmse"] == pytest.approx(((truth - depth) ** 2).mean() ** 0.5, rel=1e-5)
    assert figures["sq_rel"] == pytest.approx(((truth - depth) ** 2 / truth).mean(), rel=1e-5)
    logs = np.log(truth) - np.log(depth)
    assert figures["rmse_log"] == pytest.approx((logs**2).mean() ** 0.5, rel=1e-4)
    assert figures["log10"] == pytest.approx(abs(logs).mean() / np.log(10), rel=1e-4)


def test_a_metric_of_another_name_is_refused(build):
    with pytest.raises(ValueError, match=r"`error` is one of delta1.*Received: 'delta9'"):
        DepthMetric("delta9", build("densedepth").codec)


@pytest.mark.parametrize("name", ["densedepth", "eigen"])
def test_a_file_brings_optimizer_loss_and_metrics(build, name, images, targets, tmp_path):
    model = build(name)
    model.compile()
    wanted = targets(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert type(loaded.optimizer) is type(model.optimizer) and type(loaded.loss) is type(model.loss)
    ours, theirs = (
        each.evaluate(images, wanted, return_dict=True, verbose=0) for each in (loaded, model)
    )
    assert ours == pytest.approx(theirs, rel=1e-5)


def test_an_h5_file_says_what_it_does_not_keep(build, images, tmp_path):
    model = build("densedepth")
    model.backbone.trainable = False
    model.compile("adam", "mse")
    with pytest.warns(UserWarning, match=r"no optimizer and no loss: save as \.keras.*a\.h5"):
        model.save(tmp_path / "a.h5")
    loaded = keras.models.load_model(tmp_path / "a.h5")
    assert type(loaded) is type(model) and not loaded.compiled
    paths = [variable.path for variable in loaded.trainable_variables]
    assert paths == [variable.path for variable in model.trainable_variables] != []
    np.testing.assert_array_equal(loaded(images), model(images))
