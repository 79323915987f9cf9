import numpy as np
import pytest
from PIL import Image

from densedepth_tf.data.depth_file import read_depth
from densedepth_tf.inference.predict_to_folder import predict_to_folder


@pytest.fixture
def photos(tmp_path, rng):
    """A folder with every kind of picture; a grey level of 100 everywhere is 2 m."""
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    grey = np.full((20, 30), 100, np.uint8)
    Image.fromarray(grey).save(folder / "grey.png")
    Image.fromarray(grey.astype(np.uint16) * 257).save(folder / "grey16.png")
    Image.fromarray(np.dstack([grey] * 3)).save(folder / "a.png")
    Image.fromarray(np.dstack([grey] * 3)).save(folder / "a.jpg", quality=95)
    Image.fromarray(np.dstack([grey] * 3 + [np.full_like(grey, 255)])).save(folder / "alpha.png")
    upright = np.zeros((20, 30, 3), np.uint8)
    upright[:10] = 200
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn by 90 degrees clockwise to see it upright"
    Image.fromarray(np.rot90(upright)).save(folder / "sub" / "turned.jpg", exif=exif, quality=95)
    return folder


def outputs(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


def test_every_kind_of_picture_in_a_tree(model, photos, tmp_path):
    report = predict_to_folder(model, [photos], tmp_path / "out", ["png", "npy"])
    assert report.num_predicted == 6 and not report.failures and report.images_per_second > 0
    names = ["a.jpg", "a.png", "alpha", "grey", "grey16", "sub/turned"]
    expected = [f"{name}.depth.{suffix}" for name in names for suffix in ("json", "npy", "png")]
    assert outputs(tmp_path / "out") == expected
    for name in names[:-1]:
        depth = read_depth(tmp_path / "out" / f"{name}.depth.png")
        assert depth.shape == (20, 30, 1)
        np.testing.assert_allclose(depth, 2.0, atol=0.03)
    turned = np.load(tmp_path / "out/sub/turned.depth.npy", allow_pickle=False)
    assert turned.shape == (20, 30)
    np.testing.assert_allclose(turned[:8], 4.0, atol=0.1)
    np.testing.assert_allclose(turned[12:], 0.0, atol=0.1)


def test_a_bad_file_is_skipped_and_named(model, photos, tmp_path):
    content = (photos / "a.jpg").read_bytes()
    (photos / "sub" / "cut.jpg").write_bytes(content[: len(content) // 2])
    report = predict_to_folder(model, [photos], tmp_path / "out")
    assert report.num_predicted == 6
    assert [failure.source.path.name for failure in report.failures] == ["cut.jpg"]
    assert not list((tmp_path / "out").rglob("cut*"))


def test_nothing_readable_is_an_error_and_leaves_nothing(model, tmp_path):
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"^'.*a\.jpg'"):
        predict_to_folder(model, [tmp_path / "a.jpg"], tmp_path / "out")
    with pytest.raises(ValueError, match=r"None of 2 files.*a\.jpg"):
        predict_to_folder(model, [tmp_path / "a.jpg", tmp_path / "b.jpg"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_output_is_tried_before_anything_is_predicted(model, photos, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Cannot write to folder"):
        predict_to_folder(model, [photos], tmp_path / "file" / "out")
    with pytest.raises(OSError, match="not a folder"):
        predict_to_folder(model, [photos], tmp_path / "file")
    assert not model.batches


def test_an_output_that_cannot_be_written_is_named(model, photos, tmp_path):
    (tmp_path / "out" / "grey.depth.png" / "in the way").mkdir(parents=True)
    with pytest.raises(OSError, match=r"Cannot write '.*grey\.depth\.png'"):
        predict_to_folder(model, [photos], tmp_path / "out", ["png"])
    assert not list((tmp_path / "out").glob(".*"))


def test_inputs_are_never_replaced(model, photos):
    predict_to_folder(model, [photos], photos, ["png"])
    before = {path: path.read_bytes() for path in photos.rglob("*.png")}
    with pytest.raises(ValueError, match="would replace the input"):
        predict_to_folder(model, [photos], photos, ["png"])
    assert all(path.read_bytes() == content for path, content in before.items())


def test_a_second_run_predicts_the_same_pictures_and_can_skip_them(model, photos):
    first = predict_to_folder(model, [photos], photos / "depth", ["png"])
    (photos / "depth" / "grey.depth.png").unlink()
    again = predict_to_folder(model, [photos], photos / "depth", ["png"], skip_existing=True)
    assert (first.num_predicted, again.num_predicted, again.num_skipped) == (6, 1, 5)
    assert predict_to_folder(model, [photos], photos / "depth", ["png"]).num_predicted == 6


def test_depth_that_the_png_cannot_hold_is_reported(photos, tmp_path):
    class FarModel:
        def predict_depth(self, images):
            return np.full((*images.shape[:-1], 1), 80, np.float32)

    assert len(predict_to_folder(FarModel(), [photos], tmp_path / "out").cut_off) == 6
    assert not predict_to_folder(FarModel(), [photos], tmp_path / "out", ["npy"]).cut_off
