import io
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from densedepth_tf.data.pairs.nyu_test_arrays import NYUTestArrays
from densedepth_tf.data.sources import open_source

NUM_IMAGES, HEIGHT, WIDTH = 5, 24, 32
CROP = [1, 22, 2, 30]


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def arrays(pictures) -> dict[str, np.ndarray]:
    return {
        "eigen_test_rgb.npy": np.stack(
            [pictures.image(i, HEIGHT, WIDTH) for i in range(NUM_IMAGES)]
        ),
        "eigen_test_depth.npy": np.stack(
            [pictures.depth(i, HEIGHT, WIDTH) for i in range(NUM_IMAGES)]
        ),
        "eigen_test_crop.npy": np.array(CROP),
    }


def write_zip(path: Path, arrays: dict, method: int, folder: str = "") -> Path:
    with zipfile.ZipFile(path, "w", method) as target:
        for name, array in arrays.items():
            target.writestr(folder + name, npy(array))
    return path


def write_folder(path: Path, arrays: dict) -> Path:
    for name, array in arrays.items():
        np.save(path / name, array)
    return path


@pytest.mark.parametrize("form", ["stored", "deflated", "folder"])
def test_all_forms_give_the_same_samples(tmp_path, arrays, form):
    if form == "folder":
        path = write_folder(tmp_path, arrays)
    else:
        method = zipfile.ZIP_STORED if form == "stored" else zipfile.ZIP_DEFLATED
        path = write_zip(tmp_path / "nyu_test.zip", arrays, method, "nyu_test/")
    source = open_source("nyu", path, "test")
    assert isinstance(source, NYUTestArrays)
    assert len(source) == NUM_IMAGES and source.crop == tuple(CROP)
    for i in (4, 0, 2):
        sample = source[i]
        assert sample["name"] == source.sample_name(i) == f"0000{i}"
        np.testing.assert_array_equal(sample["image"], arrays["eigen_test_rgb.npy"][i])
        np.testing.assert_array_equal(sample["depth"][..., 0], arrays["eigen_test_depth.npy"][i])
        assert sample["depth"].dtype == np.float32
    with pytest.raises(ValueError, match=r"holds test images only|holds no train split"):
        open_source("nyu", path, "train")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_memory_stays_flat(tmp_path, method):
    count, height, width = 30, 240, 320
    arrays = {
        "eigen_test_rgb.npy": np.zeros((count, height, width, 3), np.uint8),
        "eigen_test_depth.npy": np.full((count, height, width), 2.0, np.float64),
    }
    path = write_zip(tmp_path / "nyu_test.zip", arrays, method)
    tracemalloc.start()
    source = NYUTestArrays(path)
    for _ in source:
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Whole arrays are 7 MB and 18 MB.
    assert peak < 6 << 20


def test_no_temporary_file_stays(tmp_path, arrays, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    path = write_zip(tmp_path / "nyu_test.zip", arrays, zipfile.ZIP_DEFLATED)
    assert NYUTestArrays(path)[0]["depth"].max() > 0
    assert not list((tmp_path / "temporary").iterdir())


def test_missing_and_wrong_arrays(tmp_path, arrays):
    rgb, depth = arrays["eigen_test_rgb.npy"], arrays["eigen_test_depth.npy"]
    path = write_zip(tmp_path / "a.zip", {"eigen_test_rgb.npy": rgb}, zipfile.ZIP_STORED)
    with pytest.raises(ValueError, match=r"has no eigen_test_depth\.npy"):
        NYUTestArrays(path)
    wrong = {"eigen_test_rgb.npy": rgb, "eigen_test_depth.npy": depth[:3]}
    path = write_zip(tmp_path / "b.zip", wrong, zipfile.ZIP_STORED)
    with pytest.raises(ValueError, match=r"Received: .*\(3, 24, 32\)"):
        NYUTestArrays(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_pickled_objects_are_refused(tmp_path, arrays, method):
    evil = {**arrays, "eigen_test_depth.npy": np.array([{"a": 1}], object)}
    path = write_zip(tmp_path / "a.zip", evil, method)
    with pytest.raises(ValueError, match=r"eigen_test_depth\.npy"):
        NYUTestArrays(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_cut_off_arrays_and_archives(tmp_path, arrays, method):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", method) as target:
        for name, array in arrays.items():
            target.writestr(name, npy(array)[:-40])
    with pytest.raises(ValueError, match=r"a\.zip:eigen_test_rgb\.npy"):
        NYUTestArrays(path)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ValueError, match="complete zip archive"):
        NYUTestArrays(path)
    with pytest.raises(ValueError, match="complete zip archive"):
        open_source("nyu", path, "test")


@pytest.mark.parametrize("crop", [[1, 24, 2, 30], [5, 4, 2, 30], [-1, 4, 2, 30], [1, 2, 3]])
def test_a_crop_that_is_none_is_refused(tmp_path, arrays, crop):
    folder = write_folder(tmp_path, {**arrays, "eigen_test_crop.npy": np.array(crop)})
    with pytest.raises(ValueError, match=r"eigen_test_crop\.npy must be .* within 24x32"):
        NYUTestArrays(folder)
