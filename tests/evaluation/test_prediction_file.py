"""What stored numbers stand for, in every kind of file that predictions come in."""

import cv2
import numpy as np
import pytest

from densedepth_tf.evaluation.predictions.prediction_file import meaning, read_prediction, to_depth
from densedepth_tf.evaluation.predictions.sample_predictor import at_size
from densedepth_tf.files.bad_sample import BadSampleError

NAN, INF = np.nan, np.inf


def save(path, array):
    if path.suffix == ".npy":
        np.save(path, array)
    else:
        assert cv2.imwrite(str(path), array)
    return path


@pytest.mark.filterwarnings("ignore:.* has 8 bits")
@pytest.mark.parametrize(
    ("file", "array", "scale", "expected"),
    [
        ("p.npy", np.array([[2, NAN, 0, -1, INF, -INF]], np.float32), None, "2 - - - far -"),
        ("p.npy", np.array([[2, NAN, 0, -1, INF, 65504]], np.float16), None, "2 - - - far 65504"),
        ("p.npy", np.array([[2, 1e300, 1e-300, NAN]], np.float64), None, "2 far - -"),
        ("p.npy", np.array([[2, INF, 0, 4]], ">f4"), None, "2 far 0 4".replace("0", "-")),
        ("p.npy", np.array([[2000, 0, 65535]], np.uint16), None, "2 - far"),
        ("p.npy", np.array([[2000, 0, 65535]], ">u2"), None, "2 - far"),
        ("p.npy", np.array([[512, 0, -3, 65535]], np.int32), 1 / 256, "2 - - 255.99609375"),
        ("p.npy", np.array([[[[2, INF, 0]]]], np.float32), None, "2 far -"),
        ("p.npy", np.array([[[2], [INF], [0]]], np.float32), None, "2 far -"),
        ("p.png", np.array([[2000, 0, 65535]], np.uint16), None, "2 - far"),
        ("p.png", np.array([[512, 0, 65535]], np.uint16), 1 / 256, "2 - far"),
        ("p.png", np.array([[51, 0, 255]], np.uint8), None, "2 - 10"),
        ("p.tiff", np.array([[2, 0, INF, NAN]], np.float32), None, "2 - far -"),
        ("p.tiff", np.array([[2000, 0, 65535]], np.uint16), None, "2 - far"),
        ("p.pfm", np.array([[2, 0, INF, NAN]], np.float32), None, "2 - far -"),
    ],
)
def test_depth(tmp_path, file, array, scale, expected):
    read = read_prediction(save(tmp_path / file, array), scale=scale)
    values = {"-": NAN, "far": INF}
    wanted = [values[word] if word in values else float(word) for word in expected.split()]
    assert read.dtype == np.float32
    np.testing.assert_allclose(read.ravel(), wanted, rtol=1e-6)


def test_disparity_of_nothing_is_infinitely_far():
    stored = np.array([[0.5, 0, -1, NAN, INF]], np.float32)
    disparity = meaning(stored, "disparity", None, "p")
    np.testing.assert_array_equal(to_depth(disparity), [[2, INF, NAN, NAN, NAN]])
    units = np.array([[256, 0]], np.uint16)
    np.testing.assert_array_equal(to_depth(meaning(units, "disparity", 1 / 256, "p")), [[1, NAN]])


@pytest.mark.parametrize("kind", ["depth", "disparity"])
@pytest.mark.parametrize("value", [NAN, 0, -1, INF])
def test_a_map_without_any_prediction_is_refused_by_name(tmp_path, kind, value):
    path = save(tmp_path / "empty.npy", np.full((3, 4), value, np.float32))
    with pytest.raises(BadSampleError, match=r"empty\.npy' holds no prediction at all"):
        read_prediction(path, kind)


def test_units_that_cannot_be_told_are_refused(tmp_path):
    kinds = [("depth", dtype) for dtype in (np.int8, np.int16, np.int32, np.uint32, np.int64)]
    for kind, dtype in [*kinds, ("disparity", np.uint16)]:
        path = save(tmp_path / "p.npy", np.full((3, 4), 5, dtype))
        with pytest.raises(BadSampleError, match=r"p\.npy.* Pass `scale`"):
            read_prediction(path, kind)


def test_true_and_false_are_no_predictions(tmp_path):
    path = save(tmp_path / "p.npy", np.ones((3, 4), bool))
    for scale in (None, 0.5):
        with pytest.raises(BadSampleError, match=r"p\.npy' holds true and false"):
            read_prediction(path, scale=scale)


def test_8_bits_in_a_unit_that_nobody_named_are_told_of(tmp_path, recwarn):
    path = save(tmp_path / "p.png", np.full((3, 4), 51, np.uint8))
    assert read_prediction(path, scale=0.1).max() == np.float32(5.1) and not recwarn
    with pytest.warns(UserWarning, match=r"p\.png' has 8 bits.* 10 m / 255.*`scale`"):
        assert read_prediction(path).max() == 2


def test_holes_do_not_spread_when_a_prediction_is_resized():
    depth = np.full((4, 4), 3.0, np.float32)
    depth[0, 0], depth[3, 3] = NAN, INF
    resized = at_size(depth, (8, 8))
    assert np.isnan(resized[:2, :2]).all() and np.isinf(resized[6:, 6:]).all()
    assert np.isnan(resized).sum() == 4 and np.isinf(resized).sum() == 4
    np.testing.assert_allclose(resized[np.isfinite(resized)], 3, rtol=1e-6)
