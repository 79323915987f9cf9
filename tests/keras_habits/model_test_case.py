"""ModelTestCase: what every model of the package promises as a Keras model, in one call."""

import json
import subprocess
import sys

import keras
import numpy as np

from densedepth_tf.models.keras_model.precision import dtype_policy

IN_A_PROCESS_OF_ITS_OWN = """
import sys, keras, numpy as np
folder = sys.argv[1]
try:
    keras.models.load_model(folder + "/model.keras")
except TypeError as error:
    print(error)
import densedepth_tf
model = keras.models.load_model(folder + "/model.keras")
np.save(folder + "/output.npy", model.predict(np.load(folder + "/images.npy"), verbose=0))
"""


class ModelTestCase:
    """Checks of a class, its arguments, a batch of images and what it makes of them.

    `model` is built with the arguments, and is left as it was; `init_kwargs` are plain arguments
    or hold a model, which is shared by all that is built with them.
    """

    def run_config_test(self, model, input_data):
        """A model is its configuration, which is plain JSON, and its weights."""
        cls, config = type(model), model.get_config()
        assert json.loads(json.dumps(config)).keys() == config.keys()
        again = cls.from_config(json.loads(json.dumps(config)))
        assert again.get_config() == config
        assert_same_weights(again, model, values=False)
        again.set_weights(model.get_weights())
        np.testing.assert_array_equal(again(input_data), model(input_data))
        by_keras = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(model))
        assert type(by_keras) is cls and by_keras.get_config() == config

    def run_output_test(self, model, input_data, expected_output_shape):
        """One image or many, called or predicted: the same output, of the same shape."""
        output = model.predict(input_data, verbose=0)
        assert output.shape == tuple(expected_output_shape) and output.dtype == np.float32
        assert tuple(model.compute_output_shape(input_data.shape)) == output.shape
        assert model.output_shape[0] is None
        for batch in (input_data, input_data[:1], np.concatenate([input_data] * 2)):
            some = np.asarray(model(batch, training=False))
            assert some.shape == (len(batch), *output.shape[1:])
            np.testing.assert_allclose(some[0], output[0], rtol=1e-4, atol=1e-5)
        as_bytes = np.round(input_data * 255).astype(np.uint8)
        np.testing.assert_allclose(
            model(as_bytes), model(np.float32(as_bytes / 255)), rtol=1e-4, atol=1e-5
        )
        depth = model.predict_depth(input_data)
        assert depth.shape == (*input_data.shape[:3], 1)
        assert model.predict_depth(input_data[0]).shape == depth.shape[1:]

    def run_clone_test(self, model, input_data):
        """A clone is of the same class, has weights of its own and says the same with them."""
        clone = keras.models.clone_model(model)
        assert type(clone) is type(model) and clone.get_config() == model.get_config()
        assert not {id(v) for v in clone.weights} & {id(v) for v in model.weights}
        clone.set_weights(model.get_weights())
        np.testing.assert_array_equal(clone(input_data), model(input_data))

    def run_training_test(self, cls, init_kwargs, input_data, folder):
        """A file brings back frozen layers, loss, metrics and optimizer, and goes on learning."""
        model = build(cls, init_kwargs)
        model.backbone.trainable = False
        targets = targets_of(model, input_data)
        model.compile(keras.optimizers.Adam(1e-3), "mse", metrics=["mae"])
        history = model.fit(input_data, targets, verbose=0, validation_data=(input_data, targets))
        assert history.history.keys() == {"loss", "mae", "val_loss", "val_mae"}
        path = folder / f"{cls.__name__}.keras"
        model.save(path)
        loaded = keras.models.load_model(path)
        assert type(loaded) is cls and loaded.get_config() == model.get_config()
        assert_same_weights(loaded, model)
        assert trainable(loaded) == trainable(model) != []
        assert len(trainable(loaded)) < len(loaded.weights)
        assert type(loaded.optimizer) is type(model.optimizer) and loaded.loss == "mse"
        for ours, theirs in zip(loaded.optimizer.variables, model.optimizer.variables, strict=True):
            np.testing.assert_array_equal(ours, theirs)
        scores = [
            each.evaluate(input_data, targets, return_dict=True, verbose=0)
            for each in (loaded, model)
        ]
        assert scores[0].keys() == {"loss", "mae"}
        np.testing.assert_allclose([*scores[0].values()], [*scores[1].values()], rtol=1e-5)
        resting = [np.array(variable) for variable in loaded.backbone.variables]
        loaded.fit(input_data, targets, verbose=0)
        for before, after in zip(resting, loaded.backbone.variables, strict=True):
            np.testing.assert_array_equal(after, before, err_msg=after.path)

    def run_nesting_test(self, cls, init_kwargs, input_data, folder):
        """Inside a functional model of one's own, it is a layer that keeps what it is."""
        inner = build(cls, init_kwargs)
        inner.backbone.trainable = False
        image = keras.Input(input_data.shape[1:])
        model = keras.Model(image, keras.layers.Conv2D(2, 1, name="after")(inner(image)))
        output = model.predict(input_data, verbose=0)
        model.compile("adam", "mse")
        model.fit(input_data, np.zeros_like(output), verbose=0)
        path = folder / f"nested_{cls.__name__}.keras"
        model.save(path)
        loaded = keras.models.load_model(path)
        kept = loaded.get_layer(inner.name)
        assert type(kept) is cls and kept.get_config() == inner.get_config()
        assert trainable(loaded) == trainable(model)
        np.testing.assert_array_equal(
            loaded.predict(input_data, verbose=0), model.predict(input_data, verbose=0)
        )
        np.testing.assert_array_equal(
            kept.predict_depth(input_data), inner.predict_depth(input_data)
        )
        for ours, theirs in zip(loaded.optimizer.variables, model.optimizer.variables, strict=True):
            np.testing.assert_array_equal(ours, theirs)

    def run_precision_test(self, cls, init_kwargs, input_data, policy):
        """`dtype=` is the global policy for one model; both are kept, and outputs are float32."""
        with dtype_policy(policy):
            by_policy = build(cls, init_kwargs)
        before = keras.config.dtype_policy()
        model = build(cls, {**init_kwargs, "dtype": policy})
        assert keras.config.dtype_policy() == before
        for each in (by_policy, model, cls.from_config(model.get_config())):
            assert each.dtype_policy.name == policy
            assert dtypes(each) == dtypes(by_policy)
            assert {str(v.dtype) for v in each.trainable_variables} == {"float32"}
        with dtype_policy("mixed_float16"):  # What is written wins over what is set.
            assert dtypes(cls.from_config(model.get_config())) == dtypes(model)
        output = model.predict(input_data, verbose=0)
        assert output.dtype == np.float32 and np.isfinite(output).all()
        exact = build(cls, {**init_kwargs, "dtype": "float32"})
        exact.set_weights(model.get_weights())
        near = exact.predict(input_data, verbose=0)
        tolerance = {"float32": 1e-5, "mixed_float16": 0.02, "mixed_bfloat16": 0.1}[policy]
        np.testing.assert_allclose(output, near, atol=tolerance * np.abs(near).max())

    def run_other_process_test(self, model, input_data, folder):
        """A process that has imported the package loads the file; another is told to import it."""
        path = folder / "model.keras"
        model.save(path)
        np.save(folder / "images.npy", input_data)
        process = subprocess.run(
            [sys.executable, "-c", IN_A_PROCESS_OF_ITS_OWN, str(folder)],
            capture_output=True,
            text=True,
            check=True,
        )
        told = process.stdout.strip()
        assert "make sure they are all imported" in told
        assert "{'needs': 'import densedepth_tf'}" in told[-100:]
        np.testing.assert_allclose(
            np.load(folder / "output.npy"), model.predict(input_data, verbose=0), rtol=1e-5
        )


def build(cls, init_kwargs):
    keras.utils.set_random_seed(0)
    return cls(**init_kwargs)


def targets_of(model, images):
    """Depths in the middle of the range, two of them, in the target's space."""
    depth = np.full((len(images), *model.target_size(images.shape[1:3]), 1), 2.0, np.float32)
    depth[:, ::2] = 4.0
    return np.asarray(model.to_target(depth))


def trainable(model):
    return [variable.path for variable in model.trainable_variables]


def dtypes(model):
    return [
        (layer.name, layer.dtype_policy.name)
        for layer in model._flatten_layers()
        if not isinstance(layer, keras.layers.InputLayer)
    ]


def assert_same_weights(model, other, values=True):
    assert [v.path for v in model.weights] == [v.path for v in other.weights]
    for ours, theirs in zip(model.weights, other.weights, strict=True):
        assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
        if values:
            np.testing.assert_array_equal(ours, theirs, err_msg=ours.path)
