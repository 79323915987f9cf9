import cv2
import made_up_kitti as kitti
import numpy as np
import pytest

from densedepth_tf.data.checks.stereo_check import stereo_shift, stereo_warnings
from densedepth_tf.data.sequence_datasets import open_frames


def drive(root):
    kitti.write_drive(root, shifts=tuple(range(0, 18, 3)))
    return root / kitti.NAME


def judge(root):
    return stereo_warnings(open_frames("kitti", root, "train").targets)


def test_points_lie_further_left_in_the_right_picture_and_on_the_same_row():
    left, right = kitti.frame(3), kitti.frame(8)
    found = stereo_shift(left, right)
    assert found.across == pytest.approx(-5 / kitti.WIDTH) and found.down == 0
    assert stereo_shift(right, left).across == pytest.approx(5 / kitti.WIDTH)
    assert stereo_shift(left, np.roll(right, 2, axis=0)).down == pytest.approx(2 / kitti.HEIGHT)


def test_pictures_that_have_nothing_in_common_are_not_judged():
    assert stereo_shift(kitti.frame(3), kitti.frame(3, seed=1)) is None
    assert stereo_shift(np.zeros((40, 60, 3), np.uint8), np.zeros((40, 60, 3), np.uint8)) is None


def test_right_pairs_pass_and_swapped_ones_are_told(tmp_path):
    folder = drive(tmp_path)
    assert judge(tmp_path) == ([], [])
    (folder / "image_02").rename(folder / "kept")
    (folder / "image_03").rename(folder / "image_02")
    (folder / "kept").rename(folder / "image_03")
    bad, said = judge(tmp_path)
    assert not bad and "6 of 6 pairs the disparity has the wrong sign" in said[0]


def test_pairs_that_are_not_rectified_are_told(tmp_path):
    for path in (drive(tmp_path) / "image_03/data").iterdir():
        cv2.imwrite(str(path), np.roll(cv2.imread(str(path)), 3, axis=0))
    bad, said = judge(tmp_path)
    assert not bad and "rows of left and right images do not agree" in said[0]


def test_partners_that_are_damaged_or_of_another_size_are_named(tmp_path):
    paths = sorted((drive(tmp_path) / "image_03/data").iterdir())
    paths[0].write_bytes(paths[0].read_bytes()[:200])
    cv2.imwrite(str(paths[1]), cv2.resize(cv2.imread(str(paths[1])), (80, 24)))
    bad, said = judge(tmp_path)
    assert len(bad) == 2 and not said
    assert "0000000000.jpg" in bad[0] and "its stereo partner 24x80" in bad[1]
