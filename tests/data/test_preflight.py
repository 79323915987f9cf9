import json

import cv2
import made_up_kitti as kitti
import numpy as np
import pytest

from densedepth_tf.commands.export_gt import main as export_gt
from densedepth_tf.commands.inspect import main as inspect
from densedepth_tf.commands.preflight import main as preflight
from densedepth_tf.data.checks.frame_strip import frames_in_strip
from densedepth_tf.data.checks.image_motion import motion_between, working_image
from densedepth_tf.data.checks.motion_check import STATIC_SHIFT
from densedepth_tf.data.checks.preflight import preflight as look
from densedepth_tf.data.checks.spread import spread_targets
from densedepth_tf.data.checks.static_frames import remove_static
from densedepth_tf.data.sequence_datasets import (
    SequenceOptions,
    open_frames,
    open_sequences,
)
from densedepth_tf.data.sequences.sequence_source import SequenceSource
from densedepth_tf.data.sources import open_source
from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource


def run(command, *flags):
    with pytest.raises(SystemExit) as leaving:
        command([str(flag) for flag in flags])
    return leaving.value.code or 0


@pytest.mark.parametrize("shift", [0, 1, 2, 4])
def test_motion_is_measured_as_a_share_of_the_longer_side(shift):
    first, second = (working_image(kitti.frame(s)) for s in (20, 20 + shift))
    motion = motion_between(first, second)
    assert motion.shift == pytest.approx(shift / kitti.WIDTH, abs=0.002)
    assert (motion.unmoved > 0.9) == (shift == 0)


def test_a_car_that_passes_a_standing_camera_is_no_motion():
    first, second = kitti.frame(0), kitti.frame(0)
    first[10:30, 40:80] = kitti.frame(7, seed=1)[10:30, 40:80]
    second[10:30, 44:84] = kitti.frame(7, seed=1)[10:30, 40:80]
    motion = motion_between(working_image(first), working_image(second))
    assert motion.shift < STATIC_SHIFT


def test_pictures_without_texture_do_not_move():
    black = np.zeros((40, 60), np.uint8)
    assert motion_between(black, black).shift == 0
    with pytest.raises(ValueError, match="differ in size"):
        motion_between(black, black[:20])
    tiny = np.random.default_rng(0).integers(0, 255, (10, 12), np.uint8)
    assert motion_between(tiny, tiny).unmoved > 0.9


def test_static_frames_are_left_out(tmp_path):
    kitti.write_drive(tmp_path, shifts=(0, 3, 3, 3, 3, 6, 9))
    source = open_sequences("kitti", tmp_path, "train", static_shift=STATIC_SHIFT)
    # The first and the last frame of the halt have a neighbour that moved.
    assert [target.number for target in source.targets] == [1, 4, 5]
    every = open_sequences("kitti", tmp_path, "train", frame_offsets=(-3, 3, "s"))
    assert [target.number for target in remove_static(every).targets] == [3]
    with pytest.raises(ValueError, match=r"All 5 frames of .* are static"):
        remove_static(open_sequences("kitti", tmp_path, "train"), 0.5)


def test_preflight_warns_of_halts_and_lists_the_frames_that_move(tmp_path, capsys):
    kitti.write_drive(tmp_path, shifts=(0, 3, 3, 3, 3, 3, 6, 9))
    keep = tmp_path / "keep.txt"
    flags = ("--dataset", "kitti", "--data-dir", tmp_path, "--stereo")
    assert run(preflight, *flags, "--keep", keep) == 1
    shown = capsys.readouterr().out
    assert "8 in 1 sequence, 10 frames/s; 6 with all neighbours" in shown
    assert "static         50.0% of the frames" in shown
    assert "stands still in 50% of the frames" in shown
    assert "0.500 m apart" in shown and "fx 100.0" in shown
    assert keep.read_text().split("\n")[0] == f"{kitti.NAME} 0000000001 l"
    options = SequenceOptions(split_file=keep)
    assert len(open_sequences("kitti", tmp_path, "train", options=options)) == 3


@pytest.mark.parametrize(
    ("shifts", "camera", "said"),
    [
        (np.arange(0, 8) * 0.5, "100,100,80,24", "(--frame-step 4)"),
        (np.arange(0, 8) * 3, "20,20,80,24", "a view of 152 degrees across is unusual"),
        (np.arange(0, 8) * 3, "100,140,80,24", "fx 100.0 and fy 140.0 differ"),
        (np.arange(0, 8) * 3, "100,100,20,24", "principal point 20,24 is far from the middle"),
    ],
)
def test_preflight_warns_of_frame_rate_and_camera(tmp_path, capsys, shifts, camera, said):

    wide = kitti.texture()
    for number, shift in enumerate(shifts):
        moved = cv2.warpAffine(wide, np.float32([[1, 0, -shift], [0, 1, 0]]), wide.shape[1::-1])
        kitti.write_image(tmp_path / f"{number}.png", moved[:, : kitti.WIDTH])
    assert run(preflight, "--data-dir", tmp_path, "--intrinsics", camera) == 1
    assert said in capsys.readouterr().out


def write_walk(folder, numbers, step=3, seed=0):
    for number in numbers:
        wide = kitti.texture(seed, kitti.WIDTH + step * (max(numbers) + 1))
        shown = wide[:, step * number : step * number + kitti.WIDTH]
        kitti.write_image(folder / f"{number}.png", np.ascontiguousarray(shown))


def write_turn(folder, count=12, degrees=1.0, axis=1):
    """A camera of 70 degrees that turns on the spot in front of a large picture."""
    focal = kitti.WIDTH / 2 / np.tan(np.radians(35))
    camera = np.array([[focal, 0, 79.5], [0, focal, 23.5], [0, 0, 1]])
    noise = np.random.default_rng(0).integers(0, 256, (400, 800, 3), np.uint8)
    large = np.array([[2 * focal, 0, 400], [0, 2 * focal, 200], [0, 0, 1]])
    for number in range(count):
        turn = cv2.Rodrigues(np.eye(3)[axis] * np.radians(degrees) * (number - count / 2))[0]
        seen = cv2.warpPerspective(
            cv2.GaussianBlur(noise, (0, 0), 2), camera @ turn @ np.linalg.inv(large), (160, 48)
        )
        kitti.write_image(folder / f"{number}.png", seen)


def test_preflight_of_a_good_walk(tmp_path, capsys):
    write_walk(tmp_path, range(6))
    assert run(preflight, "--data-dir", tmp_path, "--hfov", 70) == 0
    shown = capsys.readouterr().out
    assert "warning" not in shown and shown.endswith("verdict        ready to learn from\n")


@pytest.mark.parametrize(("degrees", "axis"), [(1, 1), (0.4, 1), (-2, 1), (1, 0)])
def test_a_camera_that_turns_on_the_spot_shows_no_depth(tmp_path, capsys, degrees, axis):
    write_turn(tmp_path / "turn", degrees=degrees, axis=axis)
    keep = tmp_path / "keep.txt"
    flags = ("--data-dir", tmp_path / "turn", "--hfov", 70, "--keep", keep)
    assert run(preflight, *flags) == 2
    shown, errors = capsys.readouterr()
    assert "turning        100.0% of the frames" in shown
    assert "turn, frames 1 to 10: the camera only turns" in shown
    assert shown.endswith("verdict        no depth can be learned from it\n")
    assert "only turns" in errors and not keep.exists()


def test_turns_are_told_within_a_walk_and_left_out_of_the_list(tmp_path, capsys):
    write_turn(tmp_path / "data" / "turn", count=6)
    write_walk(tmp_path / "data" / "walk", range(8))
    kitti_walk, keep = tmp_path / "data", tmp_path / "keep.txt"
    assert run(preflight, "--data-dir", kitti_walk, "--hfov", 70, "--keep", keep) == 1
    shown = capsys.readouterr().out
    assert "turning        40.0% of the frames" in shown
    assert "verdict        mend what the warnings name first" in shown
    assert keep.read_text().split() == [
        *(word for n in range(1, 7) for word in ("walk", f"{n:010d}", "l")),
        *("#", "neighbours", "1", "frames", "away"),
    ]


def test_nothing_that_moves_is_unusable(tmp_path, capsys):
    write_walk(tmp_path, range(5), step=0)
    assert run(preflight, "--data-dir", tmp_path, "--hfov", 70) == 2
    shown = capsys.readouterr().out
    assert "frames 1 to 3: the camera stands still" in shown
    assert "verdict        no depth" in shown


def test_gaps_and_cuts_are_told_and_cuts_left_out(tmp_path, capsys):
    write_walk(tmp_path / "data", (0, 1, 2, 3, 8, 9, 10, 11, 12, 13))
    for number in (10, 11, 12, 13):
        kitti.write_image(tmp_path / "data" / f"{number}.png", kitti.frame(3 * number, seed=5))
    flags = ("--data-dir", tmp_path / "data", "--hfov", 70)
    assert run(preflight, *flags) == 1
    shown = capsys.readouterr().out
    assert "1 gap in numbering, 2 frames at cuts" in shown
    assert "frames are missing in 1 places (data)" in shown
    assert "2 of 6 frames have nothing in common with a neighbour: cuts" in shown
    options = SequenceOptions(camera=IntrinsicsSource(hfov=70))
    source = open_sequences(
        "sequence", tmp_path / "data", "train", static_shift=STATIC_SHIFT, options=options
    )
    assert [target.number for target in source.targets] == [1, 2, 11, 12]
    assert source.describe() == (
        "data/train: 4 frames with their neighbours; left out: 4 (a neighbour is missing), "
        "2 (a neighbour lies beyond a cut)"
    )


def test_a_list_is_for_the_neighbours_it_was_written_for(tmp_path, capsys):
    write_walk(tmp_path / "walk", range(12), step=2)
    keep = tmp_path / "keep.txt"
    flags = ("--data-dir", tmp_path / "walk", "--hfov", 70)
    assert run(preflight, *flags, "--frame-step", 3, "--keep", keep) == 0
    assert "6 of 12 frames" in capsys.readouterr().out
    assert run(preflight, *flags, "--frame-step", 0) == 2
    assert "--frame-step: takes a whole number from 1" in capsys.readouterr().err

    def read(step, every=1):
        options = SequenceOptions(keep, camera=IntrinsicsSource(hfov=70), every=every)
        offsets = (-step, step)
        return open_sequences(
            "sequence", tmp_path / "walk", "train", frame_offsets=offsets, options=options
        )

    assert len(read(3)) == len(read(1, every=3)) == 6
    with pytest.raises(ValueError, match=r"keep\.txt' was written for neighbours 3 frames away.*"):
        read(1)
    with pytest.raises(ValueError, match=r"with `preflight --frame-step 2 --every 2 --keep FILE`"):
        read(2, every=2)


def test_every_sequence_is_looked_at(tmp_path):
    write_walk(tmp_path / "long", range(60))
    write_walk(tmp_path / "short", range(4), step=0)
    options = SequenceOptions(camera=IntrinsicsSource(hfov=70))
    frames = open_frames("sequence", tmp_path, "test", options=options)
    chosen = spread_targets(SequenceSource(frames), 10)
    assert {t.sequence.name for t in chosen} == {"long", "short"} and len(chosen) <= 11
    assert look(frames, num_frames=5).num_read == 6


@pytest.mark.parametrize("count", [2, 3, 5])
def test_strips_of_frames_are_noticed(tmp_path, capsys, count):
    for number in range(4):
        parts = [kitti.frame(3 * (number + part)) for part in range(count)]
        kitti.write_image(tmp_path / f"{number}.png", np.hstack(parts))
    assert frames_in_strip(np.hstack(parts)) == count
    assert frames_in_strip(kitti.texture(width=count * kitti.WIDTH)) == 1
    assert run(preflight, "--data-dir", tmp_path, "--hfov", 70) == 1
    assert f"are {count} frames side by side" in capsys.readouterr().out
    options = SequenceOptions(camera=IntrinsicsSource(hfov=70))
    with pytest.warns(UserWarning, match=f"are {count} frames side by side"):
        open_sequences("sequence", tmp_path, "train", options=options)


@pytest.mark.parametrize("command", [preflight, inspect])
def test_bad_input_is_one_line_and_exit_code_2(tmp_path, capsys, make_clip, command):
    def fails(*flags):
        assert run(command, *flags) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        return error

    one = make_clip("one.mp4", [kitti.frame(0)])
    own = ("--dataset", "sequence", "--data-dir")
    assert "has one frame only" in fails(*own, one, "--hfov", 70)
    assert "--intrinsics" in fails(*own, one)
    drive = kitti.write_drive(tmp_path / "kitti")
    raw = ("--dataset", "kitti", "--data-dir", tmp_path / "kitti")
    split = tmp_path / "split.txt"
    split.write_text(f"{kitti.NAME} one l\n")
    assert "split.txt', line 1" in fails(*raw, "--split-file", split)
    assert "no-such-file" in fails(*raw, "--split-file", "no-such-file")
    (drive.parent / "calib_cam_to_cam.txt").unlink()
    assert "calib_cam_to_cam.txt" in fails(*raw)


def test_inspect_looks_at_frames_without_depth(tmp_path, capsys):
    kitti.write_odometry(tmp_path)
    assert run(inspect, "--dataset", "kitti-odometry", "--data-dir", tmp_path) == 0
    shown = capsys.readouterr().out
    assert "7 poses" in shown and "has true depth" in shown


def test_exported_truth_reads_back(tmp_path, capsys):
    kitti.write_drive(tmp_path / "kitti")
    (tmp_path / "split.txt").write_text(f"{kitti.NAME} 0 l\n{kitti.NAME} 2 r\n{kitti.NAME} 1 l\n")
    flags = ("--data-dir", tmp_path / "kitti", "--split-file", tmp_path / "split.txt")
    assert run(export_gt, *flags, "--output", tmp_path / "gt") == 1
    shown, errors = capsys.readouterr()
    assert "2 depth maps" in shown and "0000000001.bin" in errors
    options = SequenceOptions(
        split_file=tmp_path / "gt" / "frames.txt", truth="improved", depth_dir=tmp_path / "gt"
    )
    back = open_source("kitti", tmp_path / "kitti", "test", sequence_options=options)
    assert len(back) == 2
    for sample in back:
        depth = sample["depth"]
        np.testing.assert_allclose(depth[depth > 0], 10, atol=1 / 512)
    assert run(export_gt, *flags, "--output", tmp_path / "gt", "--strict") == 2
    assert "0000000001.bin" in capsys.readouterr().err


def test_exported_own_depth_keeps_its_names(tmp_path):
    for number in range(2):
        kitti.write_image(tmp_path / "walk" / f"{number}.jpg", kitti.frame(number))
        np.save(tmp_path / "walk" / f"{number}_depth.npy", np.full((48, 160), 2.5, np.float32))
    flags = ("--dataset", "sequence", "--data-dir", tmp_path / "walk", "--hfov", 70)
    assert run(export_gt, *flags, "--output", tmp_path / "gt") == 0
    assert sorted(path.name for path in (tmp_path / "gt").iterdir()) == [
        "0.png",
        "1.png",
        "frames.txt",
    ]
    assert json.dumps((tmp_path / "gt" / "frames.txt").read_text()).count("walk") == 2


def test_every_sequences_camera_is_judged(tmp_path, capsys):
    for number in range(4):
        frame = kitti.frame(3 * number)[:, :80]
        kitti.write_image(tmp_path / f"a/{number}.png", frame)
        kitti.write_image(tmp_path / f"b/{number}.png", np.rot90(frame))
    assert run(preflight, "--data-dir", tmp_path, "--intrinsics", "100,100,39.5,23.5") == 1
    said = capsys.readouterr().out
    assert "/b': the principal point 40,24 is far from the middle of 80x48" in said
    assert "images of 48x80, turned by a quarter" in said and "/a'" not in said


def test_stereo_partners_are_looked_at(tmp_path, capsys):
    drive = kitti.write_drive(tmp_path)
    flags = ("--dataset", "kitti", "--data-dir", tmp_path, "--stereo")
    assert run(preflight, *flags) == 0
    for path in (drive / "image_03/data").iterdir():
        path.write_bytes(path.read_bytes()[:200])
    capsys.readouterr()
    assert run(preflight, *flags) == 1
    assert "bad frames     3" in capsys.readouterr().out


@pytest.mark.parametrize("flags", [(), ("--stereo",)])
def test_swapped_cameras_are_told_whoever_learns_from_them(tmp_path, capsys, flags):
    drive = kitti.write_drive(tmp_path, shifts=range(0, 30, 3))
    (drive / "image_02").rename(drive / "x")
    (drive / "image_03").rename(drive / "image_02")
    (drive / "x").rename(drive / "image_03")
    assert run(preflight, "--dataset", "kitti", "--data-dir", tmp_path, *flags) == 1
    assert "in 8 of 8 pairs the disparity has the wrong sign" in capsys.readouterr().out


def test_strict_stops_at_the_first_drive_that_is_no_good(tmp_path, capsys):
    kitti.write_drive(tmp_path)
    (tmp_path / kitti.DATE / "2011_09_26_drive_0003_sync").mkdir()
    flags = ("--dataset", "kitti", "--data-dir", tmp_path)
    assert run(preflight, *flags) == 0
    assert "1 of 2 drives are left out" in capsys.readouterr().err
    assert run(preflight, *flags, "--strict") == 2
    assert "drive_0003_sync" in capsys.readouterr().err
