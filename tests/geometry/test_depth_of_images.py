"""A photograph's path tells `predict_depth` its camera, as it tells `predict.py`."""

import numpy as np
import pytest
from PIL import Image

from densedepth_tf.geometry.cameras.lens import AS_PREDICTED
from densedepth_tf.geometry.depth_of_images import DepthOfImages
from densedepth_tf.geometry.resizing.resize import working_size
from densedepth_tf.inference.predictor import Predictor

SIZE = 96, 128
LEARNT = 0.8
EXIF, FOCAL_LENGTH_35MM, ORIENTATION = 0x8769, 0xA405, 0x0112


class Brightness(DepthOfImages):
    """Depth is the mean channel / 50 metres, learnt from a camera of 0.8 widths."""

    name, depth_unit, image_size, fixed_size = "brightness", "m", SIZE, None
    focal_length: float | None = LEARNT

    def network_size(self, height, width):
        return working_size(height, width, self.image_size)

    def _predict_array(self, images, batch_size):
        assert len(images) <= batch_size
        return images.astype(np.float32).mean(axis=-1, keepdims=True) / 50


@pytest.fixture
def photographs(tmp_path):
    """One of a long lens, stored upright and turned; one that tells nothing."""
    paths = [tmp_path / name for name in ("long.jpg", "turned.jpg", "plain.jpg")]
    for path, film, turned in zip(paths, (56, 56, None), (1, 6, 1), strict=True):
        exif = Image.Exif()
        exif[ORIENTATION] = turned
        if film:
            exif[EXIF] = {FOCAL_LENGTH_35MM: film}
        Image.fromarray(np.full((*SIZE, 3), 100, np.uint8)).save(path, exif=exif, quality=100)
    return paths


def test_files_tell_their_camera(photographs):
    long, turned, plain = photographs
    model, image = Brightness(), np.full((*SIZE, 3), 100, np.uint8)
    focal = 56 / np.hypot(36, 24) * 160  # in pixels, whichever way the image is turned
    factor = focal / (LEARNT * 128)
    assert model.predict_depth(long) == pytest.approx(np.full((*SIZE, 1), 2 * factor))
    lens = model.lens_of(str(long))
    assert lens.factor == pytest.approx(factor) and lens.origin == "EXIF"
    upright = model.lens_of(turned)
    down, across = (a / b for a, b in zip(working_size(128, 96, SIZE), (128, 96), strict=True))
    assert upright.factor == pytest.approx(factor * np.sqrt(down * across))
    assert upright.fov < lens.fov and model.predict_depth(turned).shape == (128, 96, 1)
    assert model.lens_of(plain) == AS_PREDICTED
    # The command's own rule, one by one and in lists, beside images that tell nothing.
    expected = Predictor(model).predict([*photographs, image])
    for mine, theirs in zip(model.predict_depth([*photographs, image]), expected, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert np.median(expected[3]) == pytest.approx(2)


def test_what_is_given_comes_first_and_the_lens_can_be_ignored(photographs):
    long, model = photographs[0], Brightness()
    assert np.median(model.predict_depth(long, focal_length=LEARNT)) == pytest.approx(2)
    assert np.median(model.predict_depth(long, lens="ignore")) == pytest.approx(2)
    ignored = model.predict_depth([long, photographs[1]], focal_length=1.6, lens="ignore")
    assert [np.median(depth) for depth in ignored] == pytest.approx([2, 2])
    with pytest.raises(ValueError, match=r"`lens` is auto or ignore\. Received: 'on'"):
        model.predict_depth(long, lens="on")
    model.focal_length = None
    assert np.median(model.predict_depth(long)) == pytest.approx(2)
    assert model.lens_of(long) == AS_PREDICTED


def test_a_folders_camera_of_another_size_is_named_with_the_way_out(photographs):
    model, plain = Brightness(), photographs[2]
    file = plain.parent / "camera-intrinsics.txt"
    np.savetxt(file, [[117, 0, 64], [0, 117, 48], [0, 0, 1]])
    assert model.lens_of(plain).origin == file.name
    assert np.median(model.predict_depth(plain)) == pytest.approx(2 * 117 / 128 / LEARNT)
    np.savetxt(file, [[585, 0, 320], [0, 585, 240], [0, 0, 1]])
    with pytest.raises(ValueError, match=r"does not fit frames of 96x128.*`lens='ignore'`"):
        model.predict_depth(plain)
    assert np.median(model.predict_depth(plain, lens="ignore")) == pytest.approx(2)
