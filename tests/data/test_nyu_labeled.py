from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from densedepth_tf.data.pairs.nyu_labeled import NYULabeledSource
from densedepth_tf.data.sources import open_source
from densedepth_tf.files.bad_sample import BadSampleError

NUM_PAIRS, HEIGHT, WIDTH = 7, 24, 32


def write_labeled(folder: Path, pictures, splits: bool = True) -> Path:
    """The published file, small: HDF5 behind MATLAB's 512-byte header, arrays transposed."""
    path = folder / "nyu_depth_v2_labeled.mat"
    images = np.stack([pictures.image(i, HEIGHT, WIDTH) for i in range(NUM_PAIRS)])
    depths = np.stack([pictures.depth(i, HEIGHT, WIDTH) for i in range(NUM_PAIRS)])
    depths[6] = np.nan
    with h5py.File(path, "w", userblock_size=512) as file:
        file["images"] = images.transpose(0, 3, 2, 1)
        file["depths"] = depths.transpose(0, 2, 1)
    with open(path, "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(512))
    if splits:
        savemat(
            folder / "splits.mat",
            {
                "trainNdxs": np.array([[3], [4], [5], [6]], np.uint16),
                "testNdxs": np.array([[1], [2], [7]], np.uint16),
            },
        )
    return path


def test_pairs_are_turned_upright_and_split(tmp_path, pictures):
    path = write_labeled(tmp_path, pictures)
    train, test = NYULabeledSource(path), NYULabeledSource(path, "test")
    assert (len(train), len(test)) == (4, 3)
    assert [train.sample_name(i) for i in range(4)] == ["00002", "00003", "00004", "00005"]
    np.testing.assert_array_equal(train[0]["image"], pictures.image(2, HEIGHT, WIDTH))
    np.testing.assert_array_equal(test[1]["image"], pictures.image(1, HEIGHT, WIDTH))
    np.testing.assert_array_equal(test[1]["depth"][..., 0], pictures.depth(1, HEIGHT, WIDTH))
    assert train[0]["depth"].dtype == np.float32 and train[0]["image"].flags.c_contiguous
    assert train[0]["intrinsics"].shape == (3, 3)
    with pytest.raises(BadSampleError, match=r"pair 6' has no valid depth"):
        test[2]


def test_validation_is_held_out(tmp_path, pictures):
    path = write_labeled(tmp_path, pictures)
    assert NYULabeledSource(path, "validation", holdout_every=4).sample_name(0) == "00005"
    assert len(NYULabeledSource(path, "train", holdout_every=4)) == 3
    with pytest.raises(ValueError, match="`holdout_every`"):
        NYULabeledSource(path, "validation")


def test_found_as_nyu_by_file_or_folder(tmp_path, pictures):
    path = write_labeled(tmp_path, pictures)
    for data_dir in (path, tmp_path):
        source = open_source("nyu", data_dir, "test")
        assert isinstance(source, NYULabeledSource) and len(source) == 3
    with pytest.raises(ValueError, match="`depth_scale`"):
        open_source("nyu", path, "test", depth_scale=0.1)


def test_missing_splits_tell_where_to_get_them(tmp_path, pictures):
    path = write_labeled(tmp_path, pictures, splits=False)
    with pytest.raises(ValueError, match=r"splits\.mat' is missing. Download http"):
        NYULabeledSource(path)
    savemat(tmp_path / "mine.mat", {"trainNdxs": [[1]]})
    assert len(NYULabeledSource(path, splits_file=tmp_path / "mine.mat")) == 1
    savemat(tmp_path / "mine.mat", {"trainNdxs": [[8]]})
    with pytest.raises(ValueError, match=r"mine\.mat' does not fit: .* 1\.\.7"):
        NYULabeledSource(path, splits_file=tmp_path / "mine.mat")
    (tmp_path / "mine.mat").write_bytes(b"not a mat file" * 20)
    with pytest.raises(ValueError, match=r"mine\.mat' has no readable 'trainNdxs'"):
        NYULabeledSource(path, splits_file=tmp_path / "mine.mat")


def test_damaged_and_foreign_files(tmp_path, pictures):
    path = write_labeled(tmp_path, pictures)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ValueError, match=r"not a complete HDF5 .*download it again"):
        NYULabeledSource(path)
    with h5py.File(tmp_path / "other.mat", "w") as file:
        file["images"] = np.zeros((2, 2))
    with pytest.raises(ValueError, match="has no 4-dimensional 'images'"):
        NYULabeledSource(tmp_path / "other.mat")
    with pytest.raises(ValueError, match="There is no file"):
        NYULabeledSource(tmp_path / "none.mat")
