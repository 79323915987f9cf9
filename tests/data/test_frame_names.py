from decimal import Decimal

import pytest

from densedepth_tf.data.sequences.frame_names import find_snippets


def found(*names):
    return {s.label: dict(s.frames) for s in find_snippets(sorted(names, key=hash))}


@pytest.mark.parametrize(
    "stems",
    [
        ["8", "9", "10", "11"],
        ["frame_9", "frame_010", "frame_11"],
        ["315.9", "315.95", "316.0", "316.05", "316.1"],
        ["316.9", "317", "317.1"],
        ["1.305031e+09", "1.3050311e+09", "1.31e+09"],
        ["9.5e-01", "1.05e+00", "1.1e+01"],
        ["-10", "-9.5", "-1", "0", "2"],
        ["t_-0.10", "t_-0.05", "t_0.00", "t_0.05"],
        ["1305031452_999", "1305031453_005"],
        ["1305031452_5000000", "1305031452_50000000", "1305031452_100000000"],
        ["1305031452.5000000", "1305031452.50000000", "1305031453.0"],
        ["12_900000000", "13_000000000", "13_100000000"],
        ["1403636579763555584", "1403636579813555456"],
        ["20240131_235958", "20240131_235959", "20240201_000000"],
        ["2024-01-31-10-59-59-900", "2024-01-31-11-00-00-000"],
        ["PXL_20240131_105959900", "PXL_20240131_110000000"],
        ["render.0009", "render.0010"],
        ["shot1.9", "shot1.10", "shot1.11"],
        ["1.2.9", "1.2.10"],
        ["0009_316.05", "0010_316.1", "0011_317"],
        ["frame-000009.color", "frame-000010.color"],
        ["9_cat", "10_dog", "11_bird"],
        ["img9(1)", "img10(1)"],
        ["first", "second"],
    ],
)
def test_names_sort_by_their_number_or_time(stems):
    (snippet,) = find_snippets(sorted((f"walk/{stem}.png" for stem in stems), key=len))
    assert list(snippet.frames.values()) == [f"walk/{stem}.png" for stem in stems]


def test_a_number_is_that_of_the_name():
    assert found("000007.jpg", "000009.jpg") == {"": {7: "000007.jpg", 9: "000009.jpg"}}
    assert found("-1.png", "0.png") == {"": {-1: "-1.png", 0: "0.png"}}
    assert found("316.05.png", "316.png") == {"": {316: "316.png", Decimal("316.05"): "316.05.png"}}
    (clock,) = find_snippets(["20240131_235959.jpg", "20240201_000001.jpg"])
    assert list(clock.frames) == [20240131235959, 20240201000001]
    assert [clock.times[n] - clock.times[20240131235959] for n in clock.frames] == [0, 2]
    assert set(found("20240131_000012.jpg", "20240131_000013.jpg")["20240131"]) == {12, 13}
    with pytest.raises(ValueError, match=r"'007\.jpg' and '7\.jpg' are both frame 7"):
        find_snippets(["7.jpg", "007.jpg", "8.jpg"])


def test_snippets_cameras_and_other_pictures_are_told_apart():
    city = [f"aachen_{s:06d}_{i:06d}_leftImg8bit.png" for s in (9, 10) for i in (0, 1, 2)]
    snippets = found(*city)
    assert list(snippets) == ["aachen_000009", "aachen_000010"]
    assert list(snippets["aachen_000010"]) == [0, 1, 2]
    eyes = found(*(f"{i:04d}_{eye}.png" for i in (0, 1) for eye in ("left", "right")))
    assert eyes["right"] == {0: "0000_right.png", 1: "0001_right.png"}
    cameras = find_snippets([f"{i:04d}_cam{c}.png" for i in (5, 6, 7) for c in (0, 1)])
    assert [s.pattern for s in cameras] == ["*_cam0", "*_cam1"]
    assert [list(s.frames) for s in cameras] == [[5, 6, 7]] * 2
    walk = found("title.png", *(f"{i}.png" for i in range(3)))
    assert walk["title"] == {0: "title.png"} and list(walk[""]) == [0, 1, 2]
    assert len(find_snippets(["a_1.jpg", "a_2.jpg", "b_3.jpg", "b_4.jpg"])) == 2
