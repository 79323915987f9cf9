import made_up_kitti as kitti
import numpy as np
import pytest

from densedepth_tf.data.kitti.odometry import open_kitti_odometry
from densedepth_tf.data.sequence_datasets import SequenceOptions, open_sequences
from densedepth_tf.data.sources import open_source
from densedepth_tf.files.arrays.poses_file import read_pose, read_poses, write_poses
from densedepth_tf.files.bad_sample import BadSampleError


@pytest.mark.parametrize("named", [True, False])
def test_a_single_grey_sequence(tmp_path, named):
    kitti.write_odometry(tmp_path / "drive", named=named)
    source = open_sequences("kitti-odometry", tmp_path / "drive", "test", frame_offsets=(-1, "s"))
    assert len(source) == 6
    sample = source[0]
    assert sample["name"] == "drive/image_0/000001.png"
    assert sample["stereo_transform"][0, 3] == pytest.approx(-kitti.BASELINE)
    assert sample["intrinsics"][0, 0] == 100 and sample["frames"].shape[0] == 2
    poses = open_kitti_odometry(tmp_path / "drive", "test").sequences()[0].poses
    assert poses[3][2, 3] == 3
    with pytest.raises(ValueError, match="has true depth"):
        open_source("kitti-odometry", tmp_path / "drive", "test")


def test_the_customary_layout_and_split(tmp_path):
    for name, cameras in (("00", (2, 3)), ("09", (0, 1)), ("10", (0,))):
        folder = kitti.write_odometry(tmp_path / "sequences" / name, 3, cameras)
        (tmp_path / "poses").mkdir(exist_ok=True)
        (folder / "poses.txt").rename(tmp_path / "poses" / f"{name}.txt")
    train = open_kitti_odometry(tmp_path, "train")
    assert [sequence.name for sequence in train.sequences()] == ["00"]
    assert train.targets[0].name == "00/image_2/000000.png"
    test = open_kitti_odometry(tmp_path, "test").sequences()
    assert [sequence.name for sequence in test] == ["09", "10"]
    assert all(len(sequence.poses) == 3 for sequence in test)
    assert test[1].stereo_transform is None
    (tmp_path / "list.txt").write_text(
        "9 1 l\nsequences/00/image_3/000002.png\ndataset/sequences/00/image_3 1\nsequences/9 2"
    )
    listed = open_kitti_odometry(tmp_path, "train", split_file=tmp_path / "list.txt")
    assert [target.name for target in listed.targets] == [
        "09/image_0/000001.png",
        "00/image_3/000002.png",
        "00/image_3/000001.png",
        "09/image_0/000002.png",
    ]
    (tmp_path / "list.txt").write_text("21 1 l\n")
    with pytest.raises(ValueError, match="no sequence '21'"):
        open_kitti_odometry(tmp_path, "train", split_file=tmp_path / "list.txt")


def test_bad_sequences_are_named(tmp_path):
    with pytest.raises(ValueError, match="holds no train sequences"):
        open_kitti_odometry(tmp_path, "train")
    folder = kitti.write_odometry(tmp_path / "drive")
    with pytest.raises(ValueError, match="`truth` does not apply"):
        open_sequences("kitti-odometry", folder, "test", options=SequenceOptions(truth="improved"))
    for path in folder.glob("image_*/*.png"):
        kitti.write_image(path, kitti.frame(0)[:30, :60])
    source = open_sequences("kitti-odometry", folder, "test")
    with pytest.raises(BadSampleError, match=r"does not fit frames of 30x60.*80,24"):
        source[0]
    (folder / "poses.txt").write_text(kitti.numbers(np.eye(4)[:3]))
    with pytest.warns(UserWarning, match=r"poses\.txt' has 1 poses, but .* a frame 6"):
        frames = open_kitti_odometry(folder, "test")
    assert list(frames.sequences()[0].poses) == [0] and len(frames.targets) == 7
    (folder / "calib.txt").unlink()
    with pytest.raises(ValueError, match=r"no calibration '.*calib\.txt'"):
        open_kitti_odometry(folder, "test")


def test_poses_survive_a_round_trip(tmp_path):
    poses = kitti.straight_poses(4, 0.3)
    write_poses(tmp_path / "p.txt", poses)
    np.testing.assert_allclose(read_poses(tmp_path / "p.txt"), poses, atol=1e-8)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no poses"),
        ("1 2 3", "row 1: a pose is 12 numbers. Received: 3"),
        (f"{kitti.numbers(np.eye(4)[:3])}\na b", "row 2: poses are numbers only"),
        (kitti.numbers(2 * np.eye(4)[:3]), "row 1: a pose is a rotation"),
    ],
)
def test_poses_that_are_none_are_named(tmp_path, text, said):
    (tmp_path / "p.txt").write_text(text)
    with pytest.raises(ValueError, match=rf"p\.txt'.*{said}"):
        read_poses(tmp_path / "p.txt")
    with pytest.raises(ValueError, match=r"p\.txt'"):
        read_pose(tmp_path / "p.txt")


def test_real_sequence(shared):
    folder = shared("data/kitti_odometry_grey")
    source = open_sequences("kitti-odometry", folder, "train", frame_offsets=(-1, 1, "s"))
    assert len(source) == 49
    assert source[0]["stereo_transform"][0, 3] == pytest.approx(-0.53715, abs=1e-5)
    poses = source.targets[0].sequence.poses
    assert len(poses) == 51 and np.linalg.norm(poses[50][:3, 3]) > 30


def write_camera(folder, size, calibration):
    """A sequence of pictures of one size, and the calibration as KITTI gives it."""
    fx, cx, cy = calibration
    matrix = np.array([[fx, 0, cx, 0], [0, fx, cy, 0], [0, 0, 1, 0]])
    for number in range(2):
        kitti.write_image(folder / f"image_0/{number:06d}.png", np.zeros((*size, 3), np.uint8))
    folder.joinpath("calib.txt").write_text(f"\ufeffP0: {kitti.numbers(matrix)}\r\n", "utf-8")
    return open_kitti_odometry(folder, "test").sequences()[0].intrinsics(size)


@pytest.mark.parametrize(
    ("size", "calibration", "fx", "fy"),
    [
        ((370, 1226), (707.0912, 601.8873, 183.1104), 707.0912, 707.0912),
        ((320, 1024), (707.0912, 601.8873, 183.1104), 590.588, 611.538),
        ((192, 640), (718.856, 607.1928, 185.2157), 370.720, 367.075),
        ((375, 1242), (721.5377, 609.5593, 172.854), 721.5377, 721.5377),
    ],
)
def test_resized_pictures_have_the_camera_of_their_size(tmp_path, size, calibration, fx, fy):
    matrix = write_camera(tmp_path, size, calibration)
    np.testing.assert_allclose([matrix[0, 0], matrix[1, 1]], [fx, fy], rtol=1e-4)


@pytest.mark.parametrize(
    ("size", "calibration", "said"),
    [
        (
            (352, 1216),
            (721.5377, 609.5593, 172.854),
            "cropped, turned, padded or stretched.* 192x640",
        ),
        ((480, 500), (700.0, 359.5, 329.5), "images of about 660x720"),
    ],
)
def test_pictures_that_a_camera_did_not_take_are_refused(tmp_path, size, calibration, said):
    with pytest.raises(BadSampleError, match=said):
        write_camera(tmp_path, size, calibration)


def test_a_sequence_that_is_no_good_does_not_stop_the_others(tmp_path):
    for name in ("00", "01"):
        kitti.write_odometry(tmp_path / "sequences" / name, count=3)
    (tmp_path / "sequences/01/calib.txt").unlink()
    with pytest.warns(UserWarning, match=r"1 of 2 sequences are left out: .*01/calib\.txt"):
        frames = open_kitti_odometry(tmp_path, "train")
    assert {target.sequence.name for target in frames.targets} == {"00"}
    with pytest.raises(ValueError, match=r"01/calib\.txt"):
        open_kitti_odometry(tmp_path, "train", strict=True)
