import json

import made_up_kitti as kitti
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from densedepth_tf import MotionPredictor, PoseNetwork
from densedepth_tf.commands.evaluate import main
from densedepth_tf.data.kitti.odometry import OdometrySequence
from densedepth_tf.evaluation.odometry.odometry import (
    compare_motions,
    evaluate_odometry,
    write_odometry,
)
from densedepth_tf.evaluation.odometry.trajectory import (
    chain_transforms,
    official_snippet_ates,
    relative_transforms,
    snippet_error,
    snippet_errors,
)
from densedepth_tf.evaluation.odometry.trajectory_alignment import aligned_ate, relative_pose_error
from densedepth_tf.files.arrays.poses_file import read_poses, write_poses
from densedepth_tf.files.arrays.trajectory_file import read_motions

STRAIGHT = np.stack([np.zeros(5), np.zeros(5), np.arange(5.0)], axis=-1)


def test_any_scale_is_free():
    error = snippet_error(STRAIGHT / 7, STRAIGHT)
    assert error.ate == pytest.approx(0, abs=1e-12) and error.scale == pytest.approx(7)


def test_a_right_angle_by_hand():
    """Sideways instead of ahead: no scale helps, so the distances are 0, 1, 2, 3 and 4 m."""
    error = snippet_error(STRAIGHT[:, [2, 1, 0]], STRAIGHT)
    assert error.scale == 0
    assert error.ate == pytest.approx(30**0.5 / 5)
    assert error.rmse == pytest.approx((30 / 5) ** 0.5)


def test_one_wrong_frame_by_hand():
    """Positions 0, 1, 2, 3, 6 for 0, 1, 2, 3, 4: s = 38 / 50, residual 30 - 38^2 / 50."""
    predicted = STRAIGHT.copy()
    predicted[4, 2] = 6
    error = snippet_error(predicted, STRAIGHT)
    assert error.scale == pytest.approx(38 / 50)
    assert error.ate == pytest.approx((30 - 38**2 / 50) ** 0.5 / 5)


def test_standing_still_by_hand():
    error = snippet_error(np.zeros((5, 3)), STRAIGHT)
    assert error.ate == pytest.approx(30**0.5 / 5) and error.scale == 1


def random_poses(seed: int, count: int = 8) -> np.ndarray:
    rng = np.random.default_rng(seed)
    poses = np.tile(np.eye(4), (count, 1, 1))
    for pose in poses:
        pose[:3, :3] = np.linalg.qr(rng.standard_normal((3, 3)))[0]
        pose[:3, :3] *= np.linalg.det(pose[:3, :3])
        pose[:3, 3] = rng.uniform(-5, 5, 3)
    return poses


@given(st.integers(0, 1000))
def test_motions_chain_back_to_the_trajectory(seed):
    poses = random_poses(seed)
    chained = chain_transforms(relative_transforms(poses))
    np.testing.assert_allclose(poses[0] @ chained, poses, atol=1e-9)
    errors = snippet_errors(relative_transforms(poses), relative_transforms(poses))
    assert len(errors) == 4 and max(error.rmse for error in errors) < 1e-9


def test_a_transform_takes_points_to_the_next_camera():
    """After 1 m ahead, what was 5 m away is 4 m away."""
    (transform,) = relative_transforms(kitti.straight_poses(2))
    assert (transform @ [0, 0, 5, 1])[2] == pytest.approx(4)


def test_wrong_numbers_are_refused():
    four = relative_transforms(kitti.straight_poses(5))
    with pytest.raises(ValueError, match="Received: 3, 4"):
        snippet_errors(four[:3], four)
    with pytest.raises(ValueError, match="Received: 4 frames"):
        snippet_errors(four[:3], four[:3])
    with pytest.raises(ValueError, match=r"\(4, 3\)"):
        snippet_error(STRAIGHT[:4], STRAIGHT)


class Ahead:
    """Half a unit ahead for every pair; remembers the pairs it saw."""

    def __init__(self):
        self.seen = []

    def predict_transforms(self, first, second):
        self.seen.append((first, second))
        return np.repeat(relative_transforms(kitti.straight_poses(2, 0.5)), len(first), axis=0)


def test_a_predictor_sees_every_pair_in_order(tmp_path):
    sequence = OdometrySequence(kitti.write_odometry(tmp_path / "drive"))
    predictor = Ahead()
    result = evaluate_odometry(predictor, sequence, batch_size=4, progress=False)
    assert [len(first) for first, _ in predictor.seen] == [4, 2]
    first, second = predictor.seen[1]
    for read, number in ((first[1], 5), (second[1], 6)):
        np.testing.assert_array_equal(read, kitti.frame(3 * number))
    assert result.ate == pytest.approx(0, abs=1e-9) and result.scale == pytest.approx(2)
    assert result.num_frames == 7
    np.testing.assert_allclose(result.predicted, result.true, atol=1e-9)
    write_odometry([result], "ahead", tmp_path / "out")
    np.testing.assert_allclose(
        read_poses(tmp_path / "out" / "trajectory_drive.txt"), kitti.straight_poses(7), atol=1e-7
    )
    assert (tmp_path / "out" / "trajectory_drive.png").stat().st_size > 1000

    predictor.predict_transforms = lambda first, second: np.eye(4)
    with pytest.raises(ValueError, match=r"must return \(6, 4, 4\)"):
        evaluate_odometry(predictor, sequence, progress=False)
    del sequence.poses[3]
    with pytest.raises(ValueError, match="lacks frame 3"):
        evaluate_odometry(predictor, sequence, progress=False)


def run(*flags):
    with pytest.raises(SystemExit) as leaving:
        main([str(flag) for flag in ("--protocol", "odometry", *flags)])
    return leaving.value.code or 0


def test_a_trajectory_of_anybodys_from_end_to_end(tmp_path, capsys):
    kitti.write_odometry(tmp_path / "drive")
    data = ("--data-dir", tmp_path / "drive", "--output", tmp_path / "out")
    write_poses(tmp_path / "poses.txt", kitti.straight_poses(7, 0.25))
    assert run(*data, "--predictions", tmp_path / "poses.txt") == 0
    assert "5-frame ATE 0.0000" in capsys.readouterr().out
    written = json.loads((tmp_path / "out" / "odometry.json").read_text())
    assert written["sequences"][0]["scale"] == pytest.approx(4)
    write_poses(tmp_path / "poses.txt", kitti.straight_poses(6))
    assert run(*data, "--predictions", tmp_path / "poses.txt") == 2
    assert "has 6 poses" in capsys.readouterr().err
    assert run(*data, "--predictions", tmp_path / "poses.txt", "--cap", 50) == 2
    assert "has no use for --cap" in capsys.readouterr().err
    (tmp_path / "drive" / "poses.txt").unlink()
    assert run(*data, "--predictions", tmp_path / "poses.txt") == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.long
def test_a_pose_network_from_end_to_end(tmp_path, capsys):
    kitti.write_odometry(tmp_path / "drive")
    (tmp_path / "run").mkdir()
    network = PoseNetwork(encoder_weights=None, image_size=(64, 128))
    network.save(tmp_path / "run" / "pose.keras")
    flags = ("--data-dir", tmp_path / "drive", "--output", tmp_path / "out", "--checkpoint")
    assert run(*flags, tmp_path / "run") == 0
    assert "drive: 7 frames, 5-frame ATE" in capsys.readouterr().out
    written = json.loads((tmp_path / "out" / "odometry.json").read_text())
    assert written["model"] == str(tmp_path / "run")

    frames = np.stack([kitti.frame(3 * number) for number in range(7)])
    transforms = MotionPredictor(network).predict_transforms(frames[:-1], frames[1:])
    expected = compare_motions("drive", transforms, kitti.straight_poses(7))
    assert written["sequences"][0]["ate"] == pytest.approx(expected.ate, rel=1e-4)
    assert run(*flags, tmp_path / "drive") == 2
    assert "predicts no camera motion" in capsys.readouterr().err


def test_real_poses_compared_with_standing_still(shared):
    folder = shared("data/kitti_odometry_grey")
    result = evaluate_odometry(Ahead(), OdometrySequence(folder), progress=False)
    assert result.num_frames == 51
    # A car going nearly straight ahead: always-ahead is a strong baseline within 5 frames.
    assert 0.001 < result.ate < 0.2 and result.ate < result.ate_rmse


def test_going_backwards_is_no_perfect_trajectory(tmp_path, capsys):
    """One factor of -1 would make it so: the distances 0, 1, 2, 3, 4 m of standing still count."""
    error = snippet_error(-STRAIGHT, STRAIGHT)
    assert error.ate == pytest.approx(30**0.5 / 5) and error.scale == pytest.approx(-1)
    kitti.write_odometry(tmp_path / "drive")
    write_poses(tmp_path / "poses.txt", kitti.straight_poses(7, -0.5))
    data = ("--data-dir", tmp_path / "drive", "--output", tmp_path / "out")
    assert run(*data, "--predictions", tmp_path / "poses.txt") == 0
    shown = capsys.readouterr().out
    assert "scale -2 +- 0, 100% backwards" in shown
    assert "goes backwards, which the official ATE does not see" in shown
    (written,) = json.loads((tmp_path / "out" / "odometry.json").read_text())["sequences"]
    assert (written["scale"], written["backwards"]) == (pytest.approx(-2), 1)
    assert written["ate"] == pytest.approx(30**0.5 / 5)
    assert written["official_ate"] == pytest.approx(0, abs=1e-9)
    # Scaled to the true way's length, every step goes 1 m back instead of ahead.
    assert written["rpe_translation"] == pytest.approx(2)
    last = read_poses(tmp_path / "out" / "trajectory_drive.txt")[-1]
    assert last[2, 3] == pytest.approx(-6)


def test_the_official_figure_by_hand():
    """A quarter turn and then 1 m ahead: uninverted, the second position lies elsewhere."""
    turn = np.array([[0, 0, 1, 0], [0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 0, 1]], float)
    ahead = np.eye(4)
    ahead[2, 3] = -1
    true = np.stack([turn, ahead, ahead])
    predicted = np.stack([np.eye(4), ahead, ahead])
    # Snippets of 3 frames: positions 0, 0, -x and 0, -z, -2z; then the last motion alone.
    ates = official_snippet_ates(predicted, true, track_length=3)
    assert len(ates) == 3
    np.testing.assert_allclose(ates, [1 / 3, 0, 0], atol=1e-12)
    assert len(snippet_errors(predicted, true, track_length=3)) == 2


def curve(seed: int, count: int = 30) -> np.ndarray:
    """Poses of a camera that drives along a curve."""
    rng = np.random.default_rng(seed)
    poses = [np.eye(4)]
    for _ in range(count - 1):
        step = np.eye(4)
        step[:3, :3] = Rotation.from_rotvec(rng.normal(0, 0.05, 3)).as_matrix()
        step[:3, 3] = [*rng.normal(0, 0.05, 2), 1 + rng.normal(0, 0.1)]
        poses.append(poses[-1] @ step)
    return np.stack(poses)


@pytest.mark.parametrize("seed", range(3))
def test_aligned_ate_and_rpe_equal_those_of_evo(seed):
    metrics = pytest.importorskip("evo.core.metrics")
    trajectory = pytest.importorskip("evo.core.trajectory")
    true, predicted = curve(seed), curve(seed + 100)
    predicted[:, :3, 3] *= 0.3

    def path(poses):
        return trajectory.PosePath3D(poses_se3=list(poses))

    def error(metric, align, with_scale=False):
        estimate = path(predicted)
        if align:
            estimate.align(path(true), correct_scale=with_scale)
        metric.process_data((path(true), estimate))
        return metric.get_statistic(metrics.StatisticsType.rmse)

    translation, rotation = relative_pose_error(predicted, true)
    part = metrics.PoseRelation
    for with_scale in (True, False):
        expected = error(metrics.APE(part.translation_part), True, with_scale)
        assert aligned_ate(predicted, true, with_scale) == pytest.approx(expected, rel=1e-9)
    expected = error(metrics.RPE(part.translation_part), True, with_scale=True)
    assert translation == pytest.approx(expected, rel=1e-9)
    expected = error(metrics.RPE(part.rotation_angle_deg), True, with_scale=True)
    assert rotation == pytest.approx(expected, rel=1e-9)


def as_kitti(pose):
    return " ".join(f"{value:.12e}" for value in pose[:3].ravel())


def as_tum(pose):
    values = [*pose[:3, 3], *Rotation.from_matrix(pose[:3, :3]).as_quat()]
    return " ".join(f"{value:.12e}" for value in values)


@pytest.mark.parametrize(
    ("suffix", "row"),
    [
        (".txt", lambda number, pose: as_kitti(pose)),
        (".csv", lambda number, pose: as_kitti(pose).replace(" ", ", ")),
        (".txt", lambda number, pose: f"{number} {as_kitti(pose)}"),
        (".txt", lambda number, pose: as_kitti(pose) + " 0 0 0 1"),
        (".tum", lambda number, pose: f"{1e9 + 0.1 * number:.1f} {as_tum(pose)}"),
    ],
)
def test_trajectories_in_every_usual_form(tmp_path, suffix, row):
    poses = curve(1, 9)
    lines = ["# a comment", *(row(number, pose) for number, pose in enumerate(poses))]
    path = tmp_path / f"trajectory{suffix}"
    path.write_text("\n".join(lines) + "\n")
    motions = read_motions(path, range(9))
    np.testing.assert_allclose(motions, relative_transforms(poses), atol=1e-9)
    for matrices in (poses, relative_transforms(poses)):
        np.save(tmp_path / "array.npy", matrices)
        motions = read_motions(tmp_path / "array.npy", range(9))
        np.testing.assert_allclose(motions, relative_transforms(poses), atol=1e-9)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("1 2 3\n", "12 numbers .* Received: 3 numbers"),
        ("0 0 0 0 0 0 0 5\n" * 9, "unit quaternion"),
        ("one two\n", "row 1: poses are numbers only"),
        ("", "holds no poses"),
        (as_kitti(np.eye(4)) + "\n", "has 1 poses, but there are 9 frames"),
        (f"0 {as_kitti(np.eye(4))}\n", r"none of frame 1 \(8 of 9 frames are missing\)"),
        (as_kitti(5 * np.eye(4)) + "\n", "row 1: a pose is a rotation and a translation"),
    ],
)
def test_what_is_no_trajectory_is_refused_by_name(tmp_path, content, said):
    path = tmp_path / "poses.txt"
    path.write_text(content)
    with pytest.raises(ValueError, match=rf"poses\.txt'.*{said}"):
        read_motions(path, range(9))


def test_one_missing_trajectory_does_not_lose_the_others(tmp_path, capsys):
    for name in ("09", "10"):
        kitti.write_odometry(tmp_path / "data/sequences" / name)
    (tmp_path / "predicted").mkdir()
    poses = tmp_path / "data/sequences/09/poses.txt"
    (tmp_path / "predicted/09.txt").write_text(poses.read_text())
    flags = ("--data-dir", tmp_path / "data", "--output", tmp_path / "out", "--split", "test")
    assert run(*flags, "--predictions", tmp_path / "predicted") == 1
    assert "Left out 1 sequences that cannot be measured" in capsys.readouterr().err
    written = json.loads((tmp_path / "out/odometry.json").read_text())
    assert [measured["sequence"] for measured in written["sequences"]] == ["09"]
    assert run(*flags, "--predictions", tmp_path / "predicted", "--strict") == 2


def test_one_trajectory_is_not_measured_as_two_sequences(tmp_path, capsys):
    for name in ("09", "10"):
        kitti.write_odometry(tmp_path / "data/sequences" / name)
    poses = tmp_path / "data/sequences/09/poses.txt"
    flags = ("--data-dir", tmp_path / "data", "--output", tmp_path / "out", "--split", "test")
    assert run(*flags, "--predictions", poses) == 2
    assert "fits the sequences '09' and '10' alike" in capsys.readouterr().err
    assert not (tmp_path / "out/odometry.json").exists()


def test_asking_motion_data_for_depth_names_the_protocol_that_measures_them(tmp_path, capsys):
    kitti.write_odometry(tmp_path / "drive")
    flags = ("--dataset", "kitti-odometry", "--data-dir", tmp_path / "drive")
    with pytest.raises(SystemExit) as leaving:
        main([str(flag) for flag in (*flags, "--checkpoint", "nyu_small", "--output", tmp_path)])
    assert leaving.value.code == 2
    assert "Motion is measured by --protocol odometry." in capsys.readouterr().err
