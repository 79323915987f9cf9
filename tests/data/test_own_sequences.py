import re

import cv2
import made_up_kitti as kitti
import numpy as np
import pytest

from densedepth_tf.data.sequence_datasets import SequenceOptions, open_sequences
from densedepth_tf.data.sequences.own_sequences import open_own_sequences
from densedepth_tf.data.sources import open_source
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.video.clip import BadVideoError
from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource

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


def names(source):
    return [source.sample_name(index) for index in range(len(source))]


@pytest.fixture
def listed(frames):
    """Reads the frames that the lines of a split file name."""

    def read(*lines, root=frames.parent, **options):
        path = frames.parent.parent / "list.txt"
        path.write_text("\n".join(lines))
        return sequences(root, split_file=path, **options)

    return read


def test_numbers_in_lists_are_those_of_the_files(frames, listed):
    assert names(listed("walk 9", "walk 0000000010 l")) == ["walk/9.jpg", "walk/10.jpg"]
    assert names(listed("walk/9.jpg", "walk 10.jpg l")) == ["walk/9.jpg", "walk/10.jpg"]
    assert names(listed("walk 9", "10.jpg", root=frames)) == ["9.jpg", "10.jpg"]
    with pytest.raises(ValueError, match=r"no sequence 'swim'.*There is: walk"):
        listed("swim 9")
    with pytest.raises(ValueError, match=r"Frame 1 of .* has no image"):
        listed("walk 1")
    with pytest.raises(ValueError, match=r"no frame 'walk/7\.jpg'"):
        listed("walk/7.jpg")
    with pytest.raises(ValueError, match=r"'walk 0000000009 r', the right camera.*one camera only"):
        listed("walk 9 r")


def test_listed_frames_of_thinned_sequences_have_neighbours_as_far_away(frames, listed):
    for number in range(12, 16):
        kitti.write_image(frames / f"{number}.jpg", kitti.frame(3 * number))
    source = listed("walk 10", "walk 11", every=2)
    assert names(source) == ["walk/10.jpg", "walk/11.jpg"]
    for read, number in zip(source[1]["frames"], (9, 13), strict=True):
        assert np.abs(read.astype(int) - kitti.frame(3 * number)).mean() < 4
    assert names(sequences(frames, every=2)) == ["10.jpg", "12.jpg"]


def test_times_are_numbers_in_lists(frames, listed):
    for index in range(5):
        kitti.write_image(
            frames.parent / "bag" / f"{round(7.9 + index / 20, 2)}.png", kitti.frame(0)
        )
    assert names(sequences(frames.parent / "bag")) == ["7.95.png", "8.0.png", "8.05.png"]
    source = listed("bag 7.95", "bag 8 l", "bag/8.05.png")
    assert names(source) == ["bag/7.95.png", "bag/8.0.png", "bag/8.05.png"]
    assert str(source.targets[2].split_line) == "bag/8.05.png"
    assert str(source.targets[1].split_line) == "bag 0000000008 l"


@pytest.mark.parametrize(
    ("numbers", "every", "kept", "gaps"),
    [
        ((*range(6), *range(30, 36)), 1, [1, 2, 3, 4, 31, 32, 33, 34], 1),
        ((0, 1, 2, 4, 5, 6), 1, [1, 5], 1),
        ((0, 5, 10, 15, 30, 35, 40), 1, [5, 10, 35], 1),
        ((0, 3, 7, 10, 13, 17), 1, [3, 7, 10, 13], 0),
        ((0, 1, 2, 3, 4, 10, 11, 12, 13, 14), 2, [2, 12], 1),
        ((0.0, 0.05, 0.1, 0.15, 2.0, 2.05, 2.1), 1, ["0.05", "0.1", "2.05"], 1),
    ],
)
def test_frames_beside_a_gap_have_no_neighbour_there(tmp_path, numbers, every, kept, gaps):
    for number in numbers:
        kitti.write_image(tmp_path / f"{number}.png", kitti.frame(0))
    source = sequences(tmp_path, every=every)
    assert names(source) == [f"{number}.png" for number in kept]
    assert source.targets[0].sequence.num_gaps() == gaps


def test_a_frame_is_missing_for_close_neighbours_only(tmp_path):
    for number in (0, 1, 2, 3, 4, 6, 7, 8, 9):
        kitti.write_image(tmp_path / f"{number}.png", kitti.frame(0))
    assert names(sequences(tmp_path, offsets=(-2, 2))) == [f"{n}.png" for n in (2, 4, 6)]


def test_snippets_and_videos_of_one_name_are_sequences_of_their_own(tmp_path, make_clip):
    for snippet in (0, 1):
        for number in range(3):
            name = f"aachen_{snippet:06d}_{number:06d}_leftImg8bit.png"
            kitti.write_image(tmp_path / "data" / "aachen" / name, kitti.frame(number))
    for day in ("day1", "day2"):
        (tmp_path / "data" / day).mkdir()
        make_clip("GH01.MP4", [kitti.frame(i) for i in range(3)]).rename(
            tmp_path / "data" / day / "GH01.MP4"
        )
        kitti.write_image(tmp_path / "data" / day / "0.png", kitti.frame(0))
        kitti.write_image(tmp_path / "data" / day / "1.png", kitti.frame(1))
        kitti.write_image(tmp_path / "data" / day / "2.png", kitti.frame(1))
    for number in range(3):
        kitti.write_image(tmp_path / "data" / "data" / f"{number}.png", kitti.frame(number))
        kitti.write_image(tmp_path / "data" / f"{number}.png", kitti.frame(number))
    source = sequences(tmp_path / "data")
    assert [target.sequence.name for target in source.targets] == [
        "data/*",
        "aachen/aachen_000000",
        "aachen/aachen_000001",
        "data",
        "day1",
        "day2",
        "day1/GH01.MP4",
        "day2/GH01.MP4",
    ]
    assert len(set(names(source))) == len(source)
    path = tmp_path / "all.txt"
    path.write_text("\n".join(str(target.split_line) for target in source.targets))
    assert sequences(tmp_path / "data", split_file=path).targets[6].name == "day1/GH01.MP4/000001"
    path.write_text("GH01.MP4 1")
    with pytest.raises(ValueError, match=r"no sequence 'GH01\.MP4'.*day1/GH01\.MP4, day2/GH01"):
        sequences(tmp_path / "data", split_file=path)
    path.write_text("aachen_000001 1")
    assert names(sequences(tmp_path / "data", split_file=path)) == [
        "aachen/aachen_000001_000001_leftImg8bit.png"
    ]


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
    with pytest.warns(UserWarning, match=r"1 of the 3 frames .*'frame-000001\.color\.jpg' and"):
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
    with pytest.raises(ValueError, match=r"camera of '.*walk' is not known: pass `intrinsics`"):
        sequences(frames, camera=None)
    with pytest.raises(ValueError, match=r"camera of '.*a\.mp4' is not known"):
        sequences(make_clip("a.mp4", [kitti.frame(0)] * 3), camera=None)
    with pytest.raises(ValueError, match="do not fit an image of 48x160"):
        sequences(frames, camera=IntrinsicsSource(intrinsics=(700, 700, 600, 180)))
    np.savetxt(frames / "camera-intrinsics.txt", [[900, 0, 640], [0, 900, 360], [0, 0, 1]])
    with pytest.raises(ValueError, match=r"camera-intrinsics\.txt' does not fit frames of 48x160"):
        sequences(frames, camera=None)
    (frames / "camera-intrinsics.txt").write_text("900 900 640 360")
    with pytest.raises(ValueError, match=r"camera-intrinsics\.txt' is no 3x3"):
        sequences(frames, camera=None)


@pytest.mark.parametrize(
    "text",
    [
        "90 0 79\n0 91 23\n0 0 1\n",
        "\ufeff90,0,79\r\n0,91,23\r\n0,0,1\r\n",
        "# mine\n90 0 79 0 91 23 0 0 1\n",
        "90 0 79 0\n0 91 23 0\n0 0 1 0\n0 0 0 1\n",
        f"{90 / 160} 0 {79.5 / 160}\n0 {91 / 48} {23.5 / 48}\n0 0 1\n",
    ],
)
def test_cameras_are_read_in_any_public_spelling(frames, text):
    (frames / "cam.txt").write_text(text, "utf-8", newline="")
    matrix = sequences(frames, camera=None).targets[0].sequence.intrinsics((48, 160))
    np.testing.assert_allclose(matrix, [[90, 0, 79], [0, 91, 23], [0, 0, 1]], rtol=1e-6)


@pytest.mark.parametrize("scale", [0.6, 1.5, 10])
def test_a_camera_of_another_size_is_refused_with_advice_that_works(frames, scale):
    np.savetxt(
        frames / "camera-intrinsics.txt",
        [[90 * scale, 0, 80 * scale], [0, 90 * scale, 24 * scale], [0, 0, 1]],
    )
    with pytest.raises(ValueError, match="does not fit frames of 48x160") as refused:
        sequences(frames, camera=None)
    numbers = re.search(r"`intrinsics` (\S+) and `intrinsics_size` HxW", str(refused.value))[1]
    size = round(48 * scale), round(160 * scale)
    advised = IntrinsicsSource(tuple(map(float, numbers.split(","))), size)
    matrix = sequences(frames, camera=advised).targets[0].sequence.intrinsics((48, 160))
    assert matrix[0, 0] == pytest.approx(90, rel=0.02)


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
    with pytest.raises(ValueError, match="`every`"):
        open_own_sequences(frames, "test", camera=CAMERA, every=0)


def test_real_seven_scenes(shared):
    folder = shared("data/7scenes_redkitchen")
    source = sequences(folder, camera=None)
    assert len(source) == 298 and source[7]["intrinsics"][0, 0] == 585
    assert len(source.targets[0].sequence.poses) == 300


def test_one_folder_that_is_no_good_does_not_stop_the_others(tmp_path):
    for number in range(3):
        kitti.write_image(tmp_path / f"a/{number}.png", kitti.frame(3 * number))
        kitti.write_image(tmp_path / f"b/{number}.png", kitti.frame(0)[: 40 - number])
    (tmp_path / "clip.mp4").write_bytes(b"no video")
    camera = IntrinsicsSource(hfov=60)
    with pytest.warns(UserWarning, match="2 of 3 sequences are left out: .*differ in size.*clip"):
        frames = open_own_sequences(tmp_path, "train", camera=camera)
    assert {target.sequence.name for target in frames.targets} == {"a"}
    with pytest.raises(ValueError, match="differ in size"):
        open_own_sequences(tmp_path, "train", camera=camera, strict=True)
