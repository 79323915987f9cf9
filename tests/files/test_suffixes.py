"""Every kind of file that can be read is found in folders; the others are counted aloud."""

import re

import cv2
import pytest

from densedepth_tf.data.pairs.folder import FolderSource
from densedepth_tf.data.sequences.own_sequences import open_own_sequences
from densedepth_tf.files.suffixes import (
    IMAGE_SUFFIXES,
    VIDEO_SUFFIXES,
    count_kinds,
    has_suffix,
)
from densedepth_tf.inference.image_sources import find_images


def test_every_suffix_is_found_in_folders_in_either_case(tmp_path):
    suffixes = IMAGE_SUFFIXES + VIDEO_SUFFIXES
    assert {".jfif", ".jpe", ".heic", ".heif", ".avif", ".ts", ".mts", ".m2ts"} <= {*suffixes}
    names = [f"{index}{suffix}" for index, suffix in enumerate(suffixes)]
    names += [f"{index}{suffix.upper()}" for index, suffix in enumerate(suffixes, len(suffixes))]
    for name in names:
        (tmp_path / name).touch()
    found = find_images([tmp_path], suffixes=suffixes)
    assert sorted(file.path.name for file in found) == sorted(names)


def test_what_is_left_out_of_a_folder_is_counted_by_kind(tmp_path):
    for name in ("a.jpg", "b.cr2", "c.CR2", "sub/d.txt", "sub/noise", ".hidden.txt", "out/e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    counted = re.escape(f"'{tmp_path}'") + ".*: 2 .cr2, 1 .txt, 1 without a suffix."
    with pytest.warns(UserWarning, match=counted):
        found = find_images([tmp_path], exclude=tmp_path / "out")
    assert [file.name for file in found] == ["a"]
    with pytest.warns(UserWarning, match=r": 2 \.cr2"):
        find_images([f"{tmp_path}/*.*"])


def test_typescript_is_no_video(tmp_path):
    stream, script = tmp_path / "a.ts", tmp_path / "b.ts"
    stream.write_bytes((b"\x47" + bytes(187)) * 3)
    script.write_text("Go.export(1);" * 100)
    assert has_suffix(stream, VIDEO_SUFFIXES) and not has_suffix(script, VIDEO_SUFFIXES)
    with pytest.warns(UserWarning, match=r"1 \.ts"):
        assert [file.path for file in find_images([tmp_path], suffixes=VIDEO_SUFFIXES)] == [stream]


def test_kinds_are_counted_the_most_frequent_first():
    assert count_kinds(["a.b", "c.D", "e.d", "f"]) == "2 .d, 1 .b, 1 without a suffix"


@pytest.mark.parametrize("image", [".ppm", ".PPM", ".pnm", ".bmp", ".jfif", ".webp", ".jp2"])
@pytest.mark.parametrize("depth", [".pgm", ".PGM", ".png", ".tif"])
def test_pairs_of_every_kind_are_found_as_in_lists(tmp_path, image, depth):
    for folder, suffix in (("rgb", image), ("depth", depth)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"0{suffix}").touch()
    (tmp_path / "data.csv").write_text(f"rgb/0{image},depth/0{depth}\n")
    listed = FolderSource(tmp_path / "data.csv", "test")
    (tmp_path / "data.csv").unlink()
    found = FolderSource(tmp_path, "test")
    assert found.sample_name(0) == listed.sample_name(0) == f"rgb/0{image}" and len(found) == 1


def test_photographs_with_depth_of_netpbm_beside_them(tmp_path, pictures):
    depth = (pictures.depth(0, 24, 32) * 1000).round()
    cv2.imwrite(str(tmp_path / "0.ppm"), pictures.image(0, 24, 32)[..., ::-1])
    cv2.imwrite(str(tmp_path / "0.pgm"), depth.astype("uint16"))
    sample = FolderSource(tmp_path, "test")[0]
    assert sample["name"] == "0.ppm" and (sample["image"] == pictures.image(0, 24, 32)).all()
    assert abs(sample["depth"][..., 0] - depth / 1000).max() < 1e-6


def test_files_of_other_kinds_beside_pairs_are_counted(tmp_path, pictures):
    pictures.pair(tmp_path, "rgb/0.png", "depth/0.png")
    (tmp_path / "masks.npz").touch()
    with pytest.warns(UserWarning, match=r"neither images nor depth maps: 1 \.npz"):
        FolderSource(tmp_path, "test")


def test_files_of_other_kinds_beside_frames_are_counted(tmp_path, pictures):
    for number in range(2):
        frame = pictures.png(pictures.image(number, 24, 32))
        (tmp_path / f"frame-{number}.color.png").write_bytes(frame)
        (tmp_path / f"frame-{number}.pose.txt").write_text("1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n")
    (tmp_path / "camera-intrinsics.txt").write_text("30 0 15.5\n0 30 11.5\n0 0 1\n")
    (tmp_path / "frame-0.dng").touch()
    with pytest.warns(UserWarning, match=r"neither frames nor videos: 1 \.dng\."):
        open_own_sequences(tmp_path, "test")
