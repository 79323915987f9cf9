import shutil
from decimal import Decimal

import cv2
import made_up_kitti as kitti
import numpy as np
import pytest

from densedepth_tf.data.kitti.raw import open_kitti_raw
from densedepth_tf.data.sequence_datasets import SequenceOptions, open_sequences
from densedepth_tf.data.sequences.sequence_split import parse_split, shipped_split
from densedepth_tf.data.sources import open_source
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.depth.depth_file import encode_depth_png
from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource


def sequences(root, *lines, offsets=(-1, 1), **options):
    if lines:
        options["split_file"] = root / "split.txt"
        options["split_file"].write_text("\n".join(lines))
    return open_sequences(
        "kitti", root, "train", frame_offsets=offsets, options=SequenceOptions(**options)
    )


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_samples_have_neighbours_stereo_partner_and_camera(tmp_path, suffix):
    kitti.write_drive(tmp_path, suffix=suffix)
    source = sequences(tmp_path, offsets=(1, -1, "s"))
    assert len(source) == 3 and source.num_left_out == 2
    sample = source[0]
    assert sample["name"] == f"{kitti.NAME}/image_02/data/0000000001.{suffix}"
    assert source.sample_name(0) == sample["name"]
    assert sample["frames"].shape == (3, kitti.HEIGHT, kitti.WIDTH, 3)
    for read, shift in zip([sample["image"], *sample["frames"]], (3, 6, 0, 8), strict=True):
        assert np.abs(read.astype(int) - kitti.frame(shift)).mean() < 4
    assert sample["intrinsics"].tolist() == [[100, 0, 80], [0, 100, 24], [0, 0, 1]]
    expected = np.eye(4)
    expected[0, 3] = -kitti.BASELINE
    np.testing.assert_allclose(sample["stereo_transform"], expected, atol=1e-7)
    assert "stereo_transform" not in sequences(tmp_path)[0]
    with pytest.raises(IndexError):
        source[3]


def test_the_right_camera_has_the_left_one_as_partner(tmp_path):
    kitti.write_drive(tmp_path)
    sample = sequences(tmp_path, f"{kitti.NAME} 2 r", offsets=("s",))[0]
    assert sample["stereo_transform"][0, 3] == pytest.approx(kitti.BASELINE)
    assert np.abs(sample["image"].astype(int) - kitti.frame(11)).mean() < 4
    assert np.abs(sample["frames"][0].astype(int) - kitti.frame(6)).mean() < 4


def test_the_camera_follows_resized_frames(tmp_path):
    drive = kitti.write_drive(tmp_path)
    for path in drive.glob("image_02/data/*.jpg"):
        kitti.write_image(path, kitti.frame(0)[::2, ::2])
    camera = sequences(tmp_path)[0]["intrinsics"]
    np.testing.assert_allclose(camera, [[50, 0, 39.75], [0, 50, 11.75], [0, 0, 1]])
    for path in drive.glob("image_02/data/*.jpg"):
        kitti.write_image(path, kitti.frame(0)[:, :90])
    with pytest.raises(BadSampleError, match=r"image_02.*48x160 and the image is 48x90"):
        sequences(tmp_path)[0]


def test_depth_of_scans_and_improved_truth(tmp_path):
    drive = kitti.write_drive(tmp_path)
    source = open_source("kitti", tmp_path, "train")
    assert [name[-6:-4] for name in map(source.sample_name, range(len(source)))] == [
        "00",
        "02",
        "04",
    ]
    depth = source[1]["depth"]
    np.testing.assert_allclose(depth[depth > 0], 10, rtol=1e-6)
    assert source.title.endswith("train (lidar, camera distance)")

    improved = SequenceOptions(truth="improved", depth_dir=tmp_path / "annotated")
    with pytest.raises(ValueError, match="Not one of the 5 frames"):
        open_source("kitti", tmp_path, "train", sequence_options=improved)
    below = f"{drive.name}/proj_depth/groundtruth/image_02/0000000003.png"
    path = tmp_path / "annotated" / "val" / below
    path.parent.mkdir(parents=True)
    truth = np.full((kitti.HEIGHT, kitti.WIDTH), 42.5, np.float32)
    # Without the scale that our own files declare, as KITTI's are.

    cv2.imwrite(str(path), (truth * 256).astype(np.uint16))
    source = open_source("kitti", tmp_path, "train", sequence_options=improved)
    assert len(source) == 1 and (source[0]["depth"] == 42.5).all()
    path.write_bytes(encode_depth_png(truth, 1 / 256))
    assert (source[0]["depth"] == 42.5).all()


def test_a_listed_frame_without_scan_is_a_bad_sample(tmp_path, recwarn):
    kitti.write_drive(tmp_path)
    listed = tmp_path / "split.txt"
    listed.write_text(f"{kitti.NAME} 1 l\n{kitti.NAME} 2 l\n")
    options = SequenceOptions(split_file=listed)
    source = open_source("kitti", tmp_path, "test", sequence_options=options)
    assert len(source) == 2 and source[1]["depth"].max() > 0 and not recwarn
    with pytest.raises(BadSampleError, match=r"0000000001\.bin"):
        source[0]


def test_validation_is_held_out_and_the_test_split_shipped(tmp_path):
    kitti.write_drive(tmp_path)
    held = open_sequences("kitti", tmp_path, "validation", holdout_every=2)
    assert [held.sample_name(i)[-5] for i in range(len(held))] == ["1", "3"]
    kitti.write_drive(tmp_path, f"{kitti.DATE}/2011_09_26_drive_0002_sync")
    assert len(sequences(tmp_path)) == 3  # a test drive is never trained on
    with pytest.raises(ValueError, match=r"drive_0009_sync.*27 of 28 drives are missing"):
        open_source("kitti", tmp_path, "test")
    assert len(shipped_split("kitti_eigen_test")) == 697
    assert len(shipped_split("kitti_eigen_test_improved")) == 652
    assert set(shipped_split("kitti_eigen_test_improved")) < set(shipped_split("kitti_eigen_test"))


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"holds no drives of KITTI raw"):
        sequences(tmp_path)
    drive = kitti.write_drive(tmp_path)
    with pytest.raises(ValueError, match=r"Frame 0 of '.*image_02/data' has no neighbour -1.*1 of"):
        sequences(tmp_path, f"{kitti.NAME} 0 l", f"{kitti.NAME} 2 l")
    with pytest.raises(ValueError, match=r"Frame 77 .* has no image"):
        sequences(tmp_path, f"{kitti.NAME} 77 l")
    with pytest.raises(ValueError, match="no drive '2011_09_26/other'"):
        sequences(tmp_path, "2011_09_26/other 1 l")
    with pytest.raises(ValueError, match="one date of KITTI raw; pass the folder above"):
        sequences(tmp_path / kitti.DATE)
    for path in drive.glob("image_03/data/*"):
        path.unlink()
    with pytest.raises(ValueError, match=r"all the neighbours \[-1, 1, 's'\].*no neighbour -1"):
        sequences(tmp_path, offsets=(-1, 1, "s"))
    (tmp_path / kitti.DATE / "calib_cam_to_cam.txt").unlink()
    with pytest.raises(ValueError, match=r"2011_09_26' has no calib_cam_to_cam\.txt"):
        sequences(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no projection matrix"),
        ("P_rect_02: 1 2 3\n", "P_rect_02 with 12 numbers. Received: 3 numbers"),
    ],
)
def test_damaged_calibrations_are_named(tmp_path, text, said):
    kitti.write_drive(tmp_path)
    (tmp_path / kitti.DATE / "calib_cam_to_cam.txt").write_text(text)
    with pytest.raises(ValueError, match=rf"calib_cam_to_cam\.txt.*{said}"):
        sequences(tmp_path)


def test_frames_of_different_size_are_named(tmp_path):
    drive = kitti.write_drive(tmp_path)
    kitti.write_image(drive / "image_02/data/0000000002.jpg", kitti.frame(0)[::2, ::2])
    with pytest.raises(BadSampleError, match="frame 1 is 48x160, frame 2 is 24x80"):
        sequences(tmp_path)[0]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a/b l", "Received: 'a/b l'"),
        ("12", "Received: '12'"),
        ("a/b -3 l", "Received: 'a/b -3 l'"),
        ("a/b 3 x", "Received: 'a/b 3 x'"),
        ("../b 3 l", "inside the data folder"),
        ("/etc 3 l", "inside the data folder"),
    ],
)
def test_split_lines_that_do_not_parse_are_named(line, said):
    with pytest.raises(ValueError, match=f"'s.txt', line 3: .*{said}"):
        parse_split(f"a/b 1 l\n\n{line}\n", "s.txt")


def test_split_lines():
    assert parse_split("a/b 0000000069 l\r\na/b 3 r\n my drive 7\n", "s") == [
        ("a/b", 69, "l"),
        ("a/b", 3, "r"),
        ("my drive", 7, "l"),
    ]
    assert str(parse_split("a/b 3 r", "s")[0]) == "a/b 0000000003 r"
    assert parse_split("\ufeff# mine\na/b,3,R\nwalk 316.05 left # good\na #2 3 l\n", "s") == [
        ("a/b", 3, "r"),
        ("walk", Decimal("316.05"), "l"),
        ("a #2", 3, "l"),
    ]
    pictures = "my walk/7.jpg\nwalk 7.jpg r\n/a/7.jpg,/a/7.png\n7.png d/7.png 518.8\na\\7.png\n"
    assert [(line.image, line.side) for line in parse_split(pictures, "s")] == [
        ("my walk/7.jpg", "l"),
        ("walk/7.jpg", "r"),
        ("a/7.jpg", "l"),
        ("7.png", "l"),
        ("a/7.png", "l"),
    ]
    with pytest.raises(ValueError, match="lists no frames"):
        parse_split(" \n# 1\n", "s")


_DATA = "data/0000000002"


@pytest.mark.parametrize(
    ("line", "side"),
    [
        (f"{kitti.NAME} 2 l", "l"),
        (f"{kitti.NAME} 0000000002 r", "r"),
        (f"{kitti.NAME}\t2", "l"),
        (f"{kitti.DRIVE} 2 l", "l"),
        (f"{kitti.DRIVE}_03 0000000002", "r"),
        (f"{kitti.NAME}/image_02/{_DATA}.png", "l"),
        (f"{kitti.NAME}/image_03/{_DATA}.jpg {kitti.NAME}/image_02/{_DATA}.jpg", "r"),
        (f"/mnt/kitti/{kitti.NAME}/image_02/{_DATA}.jpg", "l"),
        (f"train/{kitti.DRIVE}/proj_depth/groundtruth/image_03/0000000002.png", "r"),
        (
            f"{kitti.NAME}/image_02/{_DATA}.png "
            f"{kitti.DRIVE}/proj_depth/groundtruth/image_02/0000000002.png 721.5377",
            "l",
        ),
        (f"{kitti.NAME}/image_02/{_DATA}.png None 721.5377", "l"),
        (f"{kitti.NAME} {_DATA[5:]}.png l", "l"),
        (f"{kitti.NAME}/image_03 2", "r"),
        (f"{kitti.NAME}/image_03/{_DATA}", "r"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_public_spellings_of_lists_are_read(tmp_path, line, side, encoding):
    kitti.write_drive(tmp_path)
    listed = tmp_path / "split.txt"
    listed.write_text(f"# mine\r\n\r\n{line}\r\n", encoding=encoding, newline="")
    options = SequenceOptions(split_file=listed)
    target, *others = open_sequences("kitti", tmp_path, "test", options=options).targets
    assert (target.sequence.name, target.number, target.sequence.side) == (kitti.NAME, 2, side)
    assert not others
    if side == "l":
        assert len(open_source("kitti", tmp_path, "test", sequence_options=options)) == 1


def test_pictures_that_are_not_kittis_are_named(tmp_path):
    kitti.write_drive(tmp_path)
    with pytest.raises(ValueError, match=r"lists 'kitchen/rgb_1\.jpg', which names no drive"):
        sequences(tmp_path, "kitchen/rgb_1.jpg kitchen/depth_1.png 518.8")
    with pytest.raises(ValueError, match=r"'.*mean.png', whose name is not a frame number"):
        sequences(tmp_path, f"{kitti.NAME}/image_02/data/mean.png")


@pytest.mark.parametrize("offsets", [(0,), (1, 1), ("r",), (1.5,)])
def test_wrong_offsets_are_refused(tmp_path, offsets):
    kitti.write_drive(tmp_path)
    with pytest.raises(ValueError, match="Frame offsets are"):
        sequences(tmp_path, offsets=offsets)


def test_options_that_do_not_apply_are_refused(tmp_path):
    kitti.write_drive(tmp_path)
    with pytest.raises(ValueError, match="`every` does not apply to 'kitti'"):
        sequences(tmp_path, every=2)
    with pytest.raises(ValueError, match=r"`intrinsics`.* does not apply to 'kitti'"):
        sequences(tmp_path, camera=IntrinsicsSource(hfov=70))
    with pytest.raises(ValueError, match="`split_file` does not apply to 'folder'"):
        options = SequenceOptions(split_file="a.txt")
        open_source("folder", tmp_path, "train", sequence_options=options)
    with pytest.raises(ValueError, match="`depth_scale` does not apply to 'kitti'"):
        open_source("kitti", tmp_path, "train", depth_scale=1.0)


def test_real_drive(shared):
    folder = shared("data/kitti_raw")
    source = sequences(folder)
    sample = source[0]
    assert len(source) == 76 and sample["image"].shape == (375, 1242, 3)
    assert sample["intrinsics"][0, 0] == pytest.approx(721.5377)
    depth = open_source("kitti", folder, "train")[0]["depth"]
    assert 5 < np.median(depth[depth > 0]) < 15 and 0.02 < (depth > 0).mean() < 0.06


def test_one_drive_that_is_no_good_does_not_stop_the_others(tmp_path):
    other = f"{kitti.DATE}/2011_09_26_drive_0005_sync"
    kitti.write_drive(tmp_path)
    shutil.rmtree(kitti.write_drive(tmp_path, other) / "image_02")
    kitti.write_drive(tmp_path, "2011_09_28/2011_09_28_drive_0016_sync")
    (tmp_path / "2011_09_28/calib_cam_to_cam.txt").unlink()
    with pytest.warns(UserWarning, match=r"2 of 3 drives .*0005_sync/image_02.*; .*2011_09_28"):
        frames = open_kitti_raw(tmp_path, "train")
    assert {target.sequence.name for target in frames.targets} == {kitti.NAME}
    with pytest.raises(ValueError, match="0005_sync/image_02"):
        open_kitti_raw(tmp_path, "train", strict=True)


@pytest.mark.parametrize("size", [(320, 1024), (192, 640), (128, 416), (160, 576)])
def test_pictures_of_a_networks_size_are_read_with_their_camera(tmp_path, monkeypatch, size):
    monkeypatch.setattr(kitti, "HEIGHT", 375)
    monkeypatch.setattr(kitti, "WIDTH", 1242)
    kitti.write_calibration(tmp_path / kitti.DATE)
    image = np.zeros((*size, 3), np.uint8)
    kitti.write_image(tmp_path / kitti.NAME / "image_02/data/0000000000.png", image)
    matrix = open_kitti_raw(tmp_path, "train").sequences()[0].intrinsics(size)
    assert matrix[0, 0] == pytest.approx(100 * size[1] / 1242)
    assert matrix[1, 1] == pytest.approx(100 * size[0] / 375)


@pytest.mark.parametrize(("focal", "fx"), [(721.5377, 371.83), (700.0, None)])
def test_a_calibration_without_sizes_is_that_of_its_day_or_must_fit(tmp_path, focal, fx):
    drive = kitti.write_drive(tmp_path)
    matrix = np.array([[focal, 0, 609.5593, 0], [0, focal, 172.854, 0], [0, 0, 1, 0]])
    rows = [f"P_rect_0{camera}: {kitti.numbers(matrix)}" for camera in (2, 3)]
    (tmp_path / kitti.DATE / "calib_cam_to_cam.txt").write_text("\n".join(rows))
    (tmp_path / kitti.DATE / "calib_velo_to_cam.txt").unlink()
    kitti.write_image(drive / "image_02/data/0000000000.jpg", np.zeros((192, 640, 3), np.uint8))
    sequence = open_kitti_raw(tmp_path, "train").sequences()[0]
    if fx is None:
        with pytest.raises(BadSampleError, match=r"about 347x1220, .* these are 192x640"):
            sequence.intrinsics((192, 640))
    else:
        assert sequence.intrinsics((192, 640))[0, 0] == pytest.approx(fx, abs=0.1)
