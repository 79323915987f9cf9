"""Images as people have them: a path, a list of several sizes, channels first by mistake."""

import keras
import numpy as np
import pytest

from densedepth_tf.presets.presets import preset_path
from densedepth_tf.runtimes.preset import PresetEstimator


@pytest.fixture
def photographs(tmp_path, pictures):
    """Two of one size and one of another: their files and their arrays."""
    arrays = [
        pictures.image(seed, *size) for seed, size in enumerate([(40, 60), (70, 50), (40, 60)])
    ]
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path, array in zip(paths, arrays, strict=True):
        path.write_bytes(pictures.png(array))
    return paths, arrays


@pytest.fixture(params=["densedepth", "monodepth2", "eigen", "artefact"])
def model(request, build):
    if request.param == "artefact":
        return PresetEstimator(preset_path("nyu_small"))
    return build(request.param)


def test_paths_and_images_of_several_sizes_are_predicted(model, photographs):
    paths, arrays = photographs
    alone = [model.predict_depth(array) for array in arrays]
    np.testing.assert_array_equal(model.predict_depth(paths[0]), alone[0])
    np.testing.assert_array_equal(model.predict_depth(str(paths[0])), alone[0])
    for given in (paths, arrays, [paths[0], arrays[1], str(paths[2])]):
        depths = model.predict_depth(given, batch_size=2)
        assert isinstance(depths, list)
        for depth, expected in zip(depths, alone, strict=True):
            np.testing.assert_allclose(depth, expected, rtol=1e-5)
    # A list of one size is a batch, as ever.
    assert model.predict_depth([arrays[0], arrays[2]]).shape == (2, 40, 60, 1)


def test_a_list_that_holds_no_images_is_named(model, photographs, tmp_path):
    paths, arrays = photographs
    with pytest.raises(ValueError, match=r"shape \(1, 40, 60, 3\) at index 1"):
        model.predict_depth([paths[0], arrays[0][None]])
    with pytest.raises(ValueError, match=r"missing\.png"):
        model.predict_depth(tmp_path / "missing.png")


def test_channels_first_arrays_are_told_the_cure(model, images):
    for wrong in (np.moveaxis(images, -1, 1), np.moveaxis(images[0], -1, 0)):
        with pytest.raises(ValueError, match=r"channels come last: pass np\.moveaxis\(images, -3"):
            model.predict_depth(wrong)
        np.testing.assert_array_equal(np.moveaxis(wrong, -3, -1).shape[-3:], (64, 64, 3))
    if isinstance(model, keras.Model):
        with pytest.raises(ValueError, match="channels come last"):
            model.predict(np.moveaxis(images, -1, 1), verbose=0)


@pytest.mark.parametrize("name", ["densedepth", "monodepth2", "eigen"])
def test_a_global_channels_first_is_one_sentence(name, build, tmp_path):
    build(name).save(tmp_path / "model.keras")
    keras.config.set_image_data_format("channels_first")
    try:
        with pytest.raises(ValueError, match=r"channels last: call keras\.config\.set_image_data"):
            build(name)
        with pytest.raises(Exception, match="channels last"):
            keras.models.load_model(tmp_path / "model.keras")
    finally:
        keras.config.set_image_data_format("channels_last")
