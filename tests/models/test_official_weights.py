"""`.h5` files: the official ones, in Keras 2.2.4's layout, by name, strictly; and one's own."""

import warnings

import h5py
import keras
import numpy as np
import pytest

import densedepth_tf
from densedepth_tf import DenseDepth, Monodepth2


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
    """'/' in the names of the first layers, and activations numbered by Keras."""
    if name.startswith("up") and "_relu" in name:
        return f"leaky_re_lu_{2 * int(name[2]) - (name[-1] == 'A')}"
    return name.replace("_", "/", 1) if name in ("conv1_conv", "conv1_bn") else name


@pytest.fixture(scope="module")
def official_model(golden_weights):
    model = DenseDepth("densenet121", "official", encoder_weights=None)
    golden_weights(model)
    return model


@pytest.mark.long
def test_round_trip(official_model, golden, tmp_path):
    path = tmp_path / "nyu.h5"
    write_keras2_file(path, official_model)

    with pytest.warns(UserWarning, match=r"nyu\.h5' does not say its range.* 0\.1 to 10 m"):
        loaded = densedepth_tf.load(path)

    assert (loaded.encoder, loaded.variant) == ("densenet121", "official")
    assert (loaded.min_depth, loaded.max_depth, loaded.image_size) == (0.1, 10, (480, 640))
    expected = golden("densedepth_forward")["densenet121/official"]
    output = loaded(golden("densedepth_forward")["input"]).numpy()
    assert np.abs(output - expected).max() <= 1e-4 * expected.std()


@pytest.mark.long
def test_the_range_is_what_is_given_and_never_what_the_name_says(official_model, tmp_path):
    path = tmp_path / "kitti.h5"
    write_keras2_file(path, official_model, root=None)
    with pytest.raises(ValueError, match=r"does not say its range.*min_depth=1.*kitti\.h5'"):
        densedepth_tf.load(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        given = densedepth_tf.load(path, min_depth=1, max_depth=80)
    assert (given.min_depth, given.max_depth, given.image_size) == (1, 80, (384, 1280))
    with pytest.raises(ValueError, match="are for official"):
        densedepth_tf.load(tmp_path, max_depth=80)


@pytest.mark.long
def test_the_preset_kitti_has_kittis_range(official_model, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "densedepth_tf").mkdir()
    write_keras2_file(tmp_path / "densedepth_tf" / "kitti.h5", official_model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = DenseDepth.from_preset("kitti")
    assert (model.min_depth, model.max_depth, model.image_size) == (1, 80, (384, 1280))


@pytest.mark.long
@pytest.mark.parametrize(
    ("variant", "filters"), [("repo", None), ("repo", 1024), ("official", 512)]
)
def test_the_variant_is_told_by_the_activations_not_by_widths(variant, filters, tmp_path, rng):
    """The official code with `is_halffeatures=False` trains full width with eight of them."""
    model = DenseDepth("densenet121", variant, None, decoder_filters=filters)
    path = tmp_path / "own_training.h5"
    write_keras2_file(path, model)
    loaded = densedepth_tf.load(path, min_depth=0.1, max_depth=10)
    assert (loaded.variant, loaded.decoder_widths) == (variant, model.decoder_widths)
    images = rng.random((1, 64, 64, 3), np.float32)
    np.testing.assert_allclose(loaded(images), model(images), rtol=1e-5)


@pytest.mark.long
def test_a_list_without_the_activations_is_an_error(official_model, tmp_path):
    path = tmp_path / "nyu.h5"
    write_keras2_file(path, official_model, skip=("up1_reluB",))
    with pytest.raises(ValueError, match=r"4 activations.*or 8.*Received: 3 in '.*nyu\.h5'"):
        densedepth_tf.load(path, min_depth=0.1, max_depth=10)


@pytest.fixture(scope="module")
def own():
    """A DenseDepth of one's own with five widths and a range that nobody would assume."""
    options = {"decoder_filters": [24, 16, 12, 8, 4], "min_depth": 0.5, "max_depth": 80.0}
    return DenseDepth("mobilenetv2", encoder_weights=None, image_size=(64, 96), **options)


@pytest.mark.long
def test_own_h5_comes_back_with_its_range_whatever_its_name(own, tmp_path, rng):
    image = rng.integers(0, 256, (40, 60, 3), np.uint8)
    for name in ("best.h5", "nyu_outdoor.hdf5"):
        own.save(tmp_path / name)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            loaded = densedepth_tf.load(tmp_path / name)
        assert loaded.get_config() == own.get_config()
        np.testing.assert_allclose(loaded.predict_depth(image), own.predict_depth(image), rtol=1e-6)
    with pytest.raises(ValueError, match=r"says its own range.*best\.h5'"):
        densedepth_tf.load(tmp_path / "best.h5", min_depth=1, max_depth=80)


@pytest.mark.long
def test_own_h5_keeps_frozen_layers_and_forgets_half_precision(tmp_path, rng):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = DenseDepth("mobilenetv2", encoder_weights=None, decoder_filters=16, max_depth=80)
    finally:
        keras.config.set_dtype_policy("float32")
    model.get_layer("conv2").trainable = False
    model.save(tmp_path / "tuned.h5")
    loaded = densedepth_tf.load(tmp_path / "tuned.h5")
    assert [layer.name for layer in loaded.layers if not layer.trainable] == ["conv2"]
    assert (loaded.max_depth, loaded.compute_dtype) == (80, "float32")
    for given, read in zip(model.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(np.asarray(given, np.float32), read)


def test_other_h5_files_of_ones_own_are_told_the_cure(own, tmp_path):
    own.save_weights(tmp_path / "own.weights.h5")
    with pytest.raises(ValueError, match=r"holds weights alone.*save\('model\.keras'\)"):
        densedepth_tf.load(tmp_path / "own.weights.h5")
    Monodepth2(encoder_weights=None).save(tmp_path / "mono.h5")
    with pytest.raises(ValueError, match=r"of a Monodepth2; save it as \.keras.*mono\.h5'"):
        densedepth_tf.load(tmp_path / "mono.h5")
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]).save(tmp_path / "dense.h5")
    with pytest.raises(ValueError, match=r"of a Sequential.*dense\.h5'"):
        densedepth_tf.load(tmp_path / "dense.h5")


def _not_a_number(file):
    file["model_weights/conv2/conv2/kernel"][0, 0, 0, 0] = np.nan


def _declared_huge(file):
    del file["model_weights/conv2/conv2/kernel"]
    file["model_weights/conv2"].create_dataset("conv2/kernel", (10**6, 10**6), "f4")


def _decoder_of_a_billion(file):
    config = file.attrs["model_config"]
    file.attrs["model_config"] = config.replace("[24, 16, 12, 8, 4]", "1000000000")


def _range_of_nothing(file):
    config = file.attrs["model_config"]
    file.attrs["model_config"] = config.replace('"max_depth": 80.0', '"max_depth": "far"')


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_not_a_number, r"Weight conv2/kernel is not finite: 1 of 30720.*own\.h5'"),
        (_declared_huge, r"conv2/kernel is declared larger than the file.*own\.h5'"),
        (_decoder_of_a_billion, r"decoder_filters are not its weights'.*own\.h5'"),
        (_range_of_nothing, r"cannot be built.*own\.h5'"),
    ],
)
def test_a_damaged_h5_is_refused_before_memory_is_taken(own, tmp_path, damage, message):
    own.save(tmp_path / "own.h5")
    with h5py.File(tmp_path / "own.h5", "r+") as file:
        damage(file)
    with pytest.raises(ValueError, match=message) as refused:
        densedepth_tf.load(tmp_path / "own.h5")
    assert "\n" not in str(refused.value)


@pytest.mark.long
def test_a_missing_tensor_is_an_error(official_model, tmp_path):
    path = tmp_path / "nyu.h5"
    write_keras2_file(path, official_model, skip=("up3_convB",))
    with pytest.raises(ValueError, match=r"2 missing \['up3_convB/bias'.*nyu\.h5"):
        densedepth_tf.load(path)


@pytest.mark.long
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
