"""`model.backbone`: the encoder as a Keras model that shares the model's layers."""

import keras
import numpy as np


def test_it_gives_the_maps_that_the_decoder_sees(build, family, images):
    model = build(family)
    maps = model.backbone.predict(images, verbose=0)
    heights = [each.shape[1] for each in (maps if isinstance(maps, list) else [maps])]
    assert heights == ([32, 16, 8, 4, 2] if family != "eigen" else [1])


def test_freezing_it_freezes_the_encoder_alone(build, family, images, targets):
    model = build(family)
    inside = {variable.path for variable in model.backbone.trainable_variables}
    everything = {variable.path for variable in model.trainable_variables}
    model.backbone.trainable = False
    assert {v.path for v in model.trainable_variables} == everything - inside != set()
    assert not model.backbone.trainable
    model.compile("sgd", "mse", run_eagerly=True)
    before = [np.array(variable) for variable in model.backbone.variables]
    model.train_on_batch(images, targets(model))
    for ours, theirs in zip(model.backbone.variables, before, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    model.backbone.trainable = True
    assert {v.path for v in model.trainable_variables} == everything


def test_it_survives_a_file_and_adds_nothing_to_it(build, family, tmp_path):
    model = build(family)
    plain, frozen = tmp_path / "plain.keras", tmp_path / "frozen.keras"
    model.save(plain)
    model.backbone.trainable = False
    model.save(frozen)
    loaded = keras.models.load_model(frozen)
    assert not loaded.backbone.trainable and loaded.trainable_variables
    assert len(loaded.variables) == len(model.variables)
    assert abs(frozen.stat().st_size - plain.stat().st_size) < 0.01 * plain.stat().st_size
