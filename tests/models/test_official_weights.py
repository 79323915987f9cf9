"""Official `.h5` files: written in Keras 2.2.4's layout, read back by name, strictly."""

import h5py
import numpy as np
import pytest

import densedepth_tf
from densedepth_tf import DenseDepth


def write_keras2_file(path, model, root="model_weights", skip=(), extra=()):
    """Writes weights as Keras 2.2.4's `model.save` does: '/' in names, nested groups."""
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = b"2.2.4"
        file.attrs["backend"] = b"tensorflow"
        group = file.create_group(root) if root else file
        names = []
        for layer in [*model.layers, *extra]:
            if layer.name in skip:
                continue
            official = official_name(layer.name)
            names.append(official.encode())
            weights = group.create_group(official)
            paths = [f"{official}/{variable.name}:0" for variable in layer.weights]
            weights.attrs["weight_names"] = [name.encode() for name in paths]
            for name, variable in zip(paths, layer.weights, strict=True):
                weights.create_dataset(name, data=variable.numpy())
        # Keras splits lists over 64 kB; two chunks stand for that here.
        group.attrs["layer_names0"], group.attrs["layer_names1"] = names[:50], names[50:]


def official_name(name):
    return name.replace("_", "/", 1) if name in ("conv1_conv", "conv1_bn") else name


@pytest.fixture(scope="module")
def official_model(golden_weights):
    model = DenseDepth("densenet121", "official", encoder_weights=None)
    golden_weights(model)
    return model


def test_round_trip(official_model, golden, tmp_path):
    path = tmp_path / "nyu.h5"
    write_keras2_file(path, official_model)

    loaded = densedepth_tf.load(path)

    assert (loaded.encoder, loaded.variant) == ("densenet121", "official")
    assert (loaded.min_depth, loaded.max_depth, loaded.image_size) == (0.1, 10, (480, 640))
    expected = golden("densedepth_forward")["densenet121/official"]
    output = loaded.predict(golden("densedepth_forward")["input"], verbose=0)
    assert np.abs(output - expected).max() <= 1e-4 * expected.std()


def test_kitti_file_has_kittis_range(official_model, tmp_path):
    path = tmp_path / "kitti.h5"
    write_keras2_file(path, official_model, root=None)
    loaded = densedepth_tf.load(path)
    assert (loaded.min_depth, loaded.max_depth, loaded.image_size) == (1, 80, (384, 1280))


def test_a_name_that_tells_nothing_is_warned_of_and_the_range_can_be_given(
    official_model, tmp_path
):
    path = tmp_path / "model.h5"
    write_keras2_file(path, official_model)
    with pytest.warns(UserWarning, match=r"model\.h5' has neither nyu nor kitti"):
        assert densedepth_tf.load(path).max_depth == 10
    given = densedepth_tf.load(path, min_depth=1, max_depth=80)
    assert (given.min_depth, given.max_depth) == (1, 80)
    with pytest.raises(ValueError, match="are for official"):
        densedepth_tf.load(tmp_path, max_depth=80)


def test_a_missing_tensor_is_an_error(official_model, tmp_path):
    path = tmp_path / "nyu.h5"
    write_keras2_file(path, official_model, skip=("up3_convB",))
    with pytest.raises(ValueError, match=r"2 missing \['up3_convB/bias'.*nyu\.h5"):
        densedepth_tf.load(path)


def test_a_left_over_tensor_is_an_error(official_model, tmp_path):
    import keras

    extra = keras.layers.Dense(2, name="surplus")
    extra.build((None, 3))
    path = tmp_path / "nyu.h5"
    write_keras2_file(path, official_model, extra=[extra])
    with pytest.raises(ValueError, match=r"2 left over \['surplus/bias'"):
        densedepth_tf.load(path)


def test_files_that_are_something_else(tmp_path):
    (tmp_path / "text.h5").write_text("not HDF5")
    with pytest.raises(ValueError, match=r"text\.h5"):
        densedepth_tf.load(tmp_path / "text.h5")
    with h5py.File(tmp_path / "empty.h5", "w") as file:
        file.create_group("something")
    with pytest.raises(ValueError, match=r"empty\.h5"):
        densedepth_tf.load(tmp_path / "empty.h5")
