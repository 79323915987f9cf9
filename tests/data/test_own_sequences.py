import cv2
import made_up_kitti as kitti
import numpy as np
import pytest

from densedepth_tf.data.frame import BadVideoError
from densedepth_tf.data.intrinsics_source import IntrinsicsSource
from densedepth_tf.data.own_sequences import open_own_sequences
from densedepth_tf.data.sample import BadSampleError
from densedepth_tf.data.sequences import SequenceOptions, open_sequences
from densedepth_tf.data.sources import open_source

CAMERA = IntrinsicsSource(intrinsics=(100, 100, 80, 24))


def sequences(path, offsets=(-1, 1), camera=CAMERA, **options):
    return open_sequences(
        "sequence",
        path,
        "test",
        frame_offsets=offsets,
        options=SequenceOptions(camera=camera, **options),
    )


@pytest.fixture
def frames(tmp_path):
    """Frames 8 to 11, whose names sort by value only."""
    folder = tmp_path / "walk"
    for number in range(8, 12):
        kitti.write_image(folder / f"{number}.jpg", kitti.frame(3 * number))
    return folder


def test_a_folder_of_frames_in_the_order_of_their_numbers(frames):
    source = sequences(frames, offsets=(-1, 1))
    assert [source.sample_name(i) for i in range(len(source))] == ["9.jpg", "10.jpg"]
    sample = source[1]
    for read, number in zip([sample["image"], *sample["frames"]], (10, 9, 11), strict=True):
        assert np.abs(read.astype(int) - kitti.frame(3 * number)).mean() < 4
    assert sample["intrinsics"].tolist() == [[100, 0, 80], [0, 100, 24], [0, 0, 1]]
    every = sequences(frames, offsets=(1,), every=2)
    assert [every.sample_name(i) for i in range(len(every))] == ["8.jpg"]
    assert np.abs(every[0]["frames"][0].astype(int) - kitti.frame(30)).mean() < 4


def test_folders_below_are_sequences_of_their_own(frames):
    for number in range(3):
        kitti.write_image(frames.parent / "run" / f"{number}.png", kitti.frame(number))
    source = sequences(frames.parent)
    assert [source.sample_name(i) for i in range(len(source))] == [
        "run/1.png",
        "walk/9.jpg",
        "walk/10.jpg",
    ]
    kitti.write_image(frames.parent / "title.png", kitti.frame(0)[:20])
    with pytest.warns(UserWarning, match=r"Not frames of a sequence: title\.png"):
        assert len(sequences(frames.parent)) == 3
    (frames.parent / "title.png").unlink()
    listed = frames.parent / "list.txt"
    listed.write_text("walk 1\n")
    assert sequences(frames.parent, split_file=listed).sample_name(0) == "walk/9.jpg"
    listed.write_text("swim 1\n")
    with pytest.raises(ValueError, match="no sequence 'swim'"):
        sequences(frames.parent, split_file=listed)


def test_seven_scenes_layout_has_camera_depth_and_poses(tmp_path):
    for number in range(3):
        stem = f"frame-{number:06d}"
        kitti.write_image(tmp_path / f"{stem}.color.jpg", kitti.frame(number))
        depth = np.full((kitti.HEIGHT, kitti.WIDTH), 1500 + number, np.uint16)

        cv2.imwrite(str(tmp_path / f"{stem}.depth.png"), depth)
        np.savetxt(tmp_path / f"{stem}.pose.txt", kitti.straight_poses(3)[number])
    np.savetxt(tmp_path / "camera-intrinsics.txt", [[90, 0, 79], [0, 91, 23], [0, 0, 1]])
    source = sequences(tmp_path, camera=None)
    assert len(source) == 1
    assert source[0]["intrinsics"].tolist() == [[90, 0, 79], [0, 91, 23], [0, 0, 1]]
    assert source.targets[0].sequence.poses[2][2, 3] == 2
    with_depth = open_source("sequence", tmp_path, "test")
    assert len(with_depth) == 3
    assert with_depth[1]["depth"].max() == pytest.approx(1.501)
    (tmp_path / "frame-000001.depth.png").unlink()
    assert len(open_source("sequence", tmp_path, "test")) == 2


def test_a_video_can_be_read_in_any_order(make_clip):
    path = make_clip("walk.mp4", [kitti.frame(3 * i) for i in range(6)], rate=20)
    source = sequences(path, camera=IntrinsicsSource(hfov=70))
    assert len(source) == 4 and source.sample_name(3) == "walk.mp4/000004"
    for index in (3, 0):
        shift = 3 * (index + 2)
        assert np.abs(source[index]["frames"][1].astype(int) - kitti.frame(shift)).mean() < 8
    assert source.targets[0].sequence.frame_rate == 20
    assert sequences(path, every=2).targets[0].sequence.frame_rate == 10
    both = sequences(path.parent)
    assert len(both) == 4


def test_a_camera_must_be_known_and_fit(frames, make_clip):
    with pytest.raises(ValueError, match=r"camera of '.*walk' is not known: pass --intrinsics"):
        sequences(frames, camera=None)
    with pytest.raises(ValueError, match=r"camera of '.*a\.mp4' is not known"):
        sequences(make_clip("a.mp4", [kitti.frame(0)] * 3), camera=None)
    with pytest.raises(ValueError, match="do not fit a picture of 48x160"):
        sequences(frames, camera=IntrinsicsSource(intrinsics=(700, 700, 600, 180)))
    np.savetxt(frames / "camera-intrinsics.txt", [[900, 0, 640], [0, 900, 360], [0, 0, 1]])
    with pytest.raises(ValueError, match=r"camera-intrinsics\.txt' does not fit frames of 48x160"):
        sequences(frames, camera=None)
    (frames / "camera-intrinsics.txt").write_text("900 900 640 360")
    with pytest.raises(ValueError, match=r"camera-intrinsics\.txt' is no 3x3"):
        sequences(frames, camera=None)


def test_frames_of_different_size_and_single_frames_are_named(frames, make_clip):
    kitti.write_image(frames / "10.jpg", kitti.frame(0)[:40])
    with pytest.raises(ValueError, match=r"'8\.jpg' is 48x160, '10\.jpg' is 40x160"):
        sequences(frames)
    for number in (9, 10, 11):
        (frames / f"{number}.jpg").unlink()
    with pytest.raises(ValueError, match="walk' has one frame only"):
        sequences(frames)
    with pytest.raises(ValueError, match=r"one\.mp4' has one frame only"):
        sequences(make_clip("one.mp4", [kitti.frame(0)]))
    two = make_clip("two.mp4", [kitti.frame(0)] * 2)
    with pytest.raises(ValueError, match=r"Not one of the 2 frames .* no neighbour"):
        sequences(two)


def test_damaged_frames_are_bad_samples_and_empty_places_errors(frames, tmp_path):
    path = frames / "10.jpg"
    path.write_bytes(path.read_bytes()[:500])
    source = sequences(frames)
    with pytest.raises(BadSampleError, match=r"10\.jpg"):
        source[0]
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="empty' holds no frames and no videos"):
        sequences(tmp_path / "empty")
    with pytest.raises(ValueError, match="no data folder or file"):
        sequences(tmp_path / "none")
    with pytest.raises(BadVideoError, match=r"10\.jpg"):
        sequences(path)
    with pytest.raises(ValueError, match="--every"):
        open_own_sequences(frames, "test", camera=CAMERA, every=0)


def test_real_seven_scenes(shared):
    folder = shared("data/7scenes_redkitchen")
    source = sequences(folder, camera=None)
    assert len(source) == 298 and source[7]["intrinsics"][0, 0] == 585
    assert len(source.targets[0].sequence.poses) == 300
