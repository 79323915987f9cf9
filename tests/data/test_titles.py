"""Titles name what is read, not the split that was asked for."""

import cv2
import made_up_kitti as kitti
import numpy as np
import pytest
from made_up_pictures import Pictures

from densedepth_tf.data.sequence_datasets import SequenceOptions
from densedepth_tf.data.sources import open_source


@pytest.fixture
def photos(tmp_path):
    for number in range(8):
        Pictures().pair(tmp_path / "photos", f"{number}.jpg", f"{number}_depth.png", number)
    return tmp_path / "photos"


@pytest.mark.parametrize(
    ("split", "options", "title"),
    [
        ("train", {"holdout_every": 4}, "photos/train"),
        ("validation", {"holdout_every": 4}, "photos/validation (1 row in 4)"),
        ("test", {"holdout_every": 4}, "photos/held out (1 row in 4)"),
        (
            "test",
            {"holdout_every": 2, "holdout_block": 2},
            "photos/held out (1 block of 2 rows in 2)",
        ),
        ("test", {}, "photos/all rows"),
        ("test", {"num_images": 3}, "photos/all rows (first 3 of 8)"),
        ("test", {"num_images": 30}, "photos/all rows"),
    ],
)
def test_a_folder_names_its_rows(photos, split, options, title):
    assert open_source("folder", photos, split, **options).title == title


def test_a_list_is_no_test_split(tmp_path):
    for number in range(4):
        kitti.write_image(tmp_path / f"walk/{number}.color.png", kitti.frame(number))
        depth = np.full(kitti.frame(number).shape[:2], 2000, np.uint16)
        cv2.imwrite(str(tmp_path / f"walk/{number}.depth.png"), depth)
    height, width = kitti.frame(0).shape[:2]
    matrix = f"60 0 {width / 2}\n0 60 {height / 2}\n0 0 1\n"
    (tmp_path / "walk/camera-intrinsics.txt").write_text(matrix)
    (tmp_path / "mine.txt").write_text("walk 1 l\nwalk 3 l\n")
    options = SequenceOptions(split_file=tmp_path / "mine.txt")
    source = open_source("sequence", tmp_path / "walk", "test", sequence_options=options)
    assert (source.title, len(source)) == ("walk/mine.txt", 2)
    assert open_source("sequence", tmp_path / "walk", "test").title == "walk/all frames"
