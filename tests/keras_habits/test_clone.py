"""`keras.models.clone_model` gives a model of the same class, with weights of its own."""

import inspect

import keras
import numpy as np

from densedepth_tf import DenseDepth


def test_a_clone_predicts_depth(build, family, images):
    model = build(family)
    model.layers[3].trainable = False
    clone = keras.models.clone_model(model)
    assert type(clone) is type(model) and clone is not model
    assert clone.get_config() == model.get_config()
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(clone.predict_depth(images), model.predict_depth(images))


def test_a_compiled_model_is_cloned_compiled(build):
    model = build("densedepth")
    model.compile()
    clone = keras.models.clone_model(model)
    assert clone.compiled and type(clone.loss) is type(model.loss)


def test_a_clone_inside_another_model(build, images):
    inner = build("densedepth")
    image = keras.Input((64, 64, 3))
    outer = keras.Model(image, keras.layers.Conv2D(1, 1)(inner(image)))
    clone = keras.models.clone_model(outer)
    assert type(clone.get_layer(inner.name)) is DenseDepth


def test_with_other_layers_it_is_a_plain_model(build):
    def smooth(layer):
        if isinstance(layer, keras.layers.LeakyReLU):
            return keras.layers.Activation("softplus", name=layer.name)
        return type(layer).from_config(layer.get_config())

    clone = keras.models.clone_model(build("densedepth"), clone_function=smooth)
    assert type(clone) is not DenseDepth and isinstance(clone, keras.Model)
    assert any(isinstance(layer, keras.layers.Activation) for layer in clone.layers)


def test_help_still_shows_the_arguments():
    assert list(inspect.signature(DenseDepth).parameters)[:2] == ["encoder", "variant"]
