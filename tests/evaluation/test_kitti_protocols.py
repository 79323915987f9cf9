import json

import cv2
import made_up_kitti as kitti
import numpy as np
import pytest

from densedepth_tf.commands.evaluate import main
from densedepth_tf.evaluation.crop import CROPS
from densedepth_tf.evaluation.evaluator import evaluate
from densedepth_tf.evaluation.kitti_benchmark import BENCHMARK, export_benchmark
from densedepth_tf.evaluation.metrics import METRIC_NAMES, error_sums
from densedepth_tf.evaluation.predictions.predictions_stack import PredictionsStack
from densedepth_tf.evaluation.protocol import PROTOCOLS, Protocol, blend_with_ramps
from densedepth_tf.files.depth.depth_file import encode_depth_png

EIGEN = PROTOCOLS["kitti-eigen"]
LOAD = "densedepth_tf.inference.quick_load.load_as_installed"


def run(*flags):
    with pytest.raises(SystemExit) as leaving:
        main([str(flag) for flag in flags])
    return leaving.value.code or 0


def test_crops_at_kitti_size():
    assert CROPS["garg"].slices(375, 1242) == (slice(153, 371), slice(44, 1197))
    assert CROPS["eigen"].slices(375, 1242) == (slice(124, 342), slice(44, 1197))


def test_ramps_take_each_border_from_one_prediction():
    """By hand for 101 columns: 5 of each border, a ramp of 5, the mean in between."""
    inverse = blend_with_ramps(np.full((1, 101), 1.0), np.full((1, 101), 1 / 3.0)) ** -1
    # Inverse depths 1 (the image's) and 3 (the mirrored one's).
    np.testing.assert_allclose(inverse[0, :6], 3, rtol=1e-5)
    np.testing.assert_allclose(inverse[0, -6:], 1, rtol=1e-5)
    np.testing.assert_allclose(inverse[0, 10:91], 2, rtol=1e-5)
    np.testing.assert_allclose(inverse[0, 6:10], [2.8, 2.6, 2.4, 2.2], rtol=1e-5)
    same = np.random.default_rng(0).uniform(1, 50, (4, 37)).astype(np.float32)
    np.testing.assert_allclose(blend_with_ramps(same, same), same, rtol=1e-5)


def test_mirrored_prediction_is_turned_back_before_it_is_blended():
    protocol = EIGEN.replace(mirrored_averaging=True)
    depth = np.linspace(2, 60, 40, dtype=np.float32)[None].repeat(3, axis=0)
    np.testing.assert_allclose(protocol.combine(depth, depth[:, ::-1]), depth, rtol=1e-5)


def test_cap_crop_and_scale_by_hand():
    protocol = Protocol("test", scale=2.0, max_depth=50.0, truth_below=50.0, truth_above=1e-3, **{})
    truth = np.array([[10.0, 40.0, 60.0, 0.0]])
    prediction = np.array([[5.0, 30.0, 1.0, 1.0]])
    # Scaled: 10 and 60, which is clipped to 50; beyond 50 m and missing truth do not count.
    metrics = protocol.compare(protocol.combine(prediction), truth).metrics()
    assert metrics["abs_rel"] == pytest.approx((0 + 10 / 40) / 2)
    assert metrics["rmse"] == pytest.approx((100 / 2) ** 0.5)
    with pytest.raises(ValueError, match=r"positive number\. Received: 0"):
        Protocol("test", scale=0)
    with pytest.raises(ValueError, match="mirrored_blend='max'"):
        Protocol("test", mirrored_blend="max")


def test_median_scaling_clips_after_scaling():
    protocol = EIGEN.replace(alignment="median", crop=None)
    truth = np.array([[20.0, 40.0, 70.0]])
    metrics = protocol.compare(protocol.combine(np.array([[200.0, 400.0, 900.0]])), truth).metrics()
    # 20, 40 and 90, clipped to 80.
    assert metrics["abs_rel"] == pytest.approx(10 / 70 / 3)


def test_ramped_predictions_are_capped_last():
    """Inverse depths 1/160 and 3/160 have the mean 1/80, unlike if both were clipped first."""
    protocol = EIGEN.replace(mirrored_averaging=True, crop=None)
    far, near = np.full((2, 40), 160.0), np.full((2, 40), 160 / 3)
    combined = protocol.combine(far, near)
    assert combined[0, 20] == pytest.approx(80)
    shown = protocol.aligned(combined, np.full((2, 40), 70.0))
    assert shown.max() == 80


@pytest.fixture
def data(tmp_path):
    """A made-up drive, three of whose frames have scans of a wall 10 m away, and predictions."""
    drive = kitti.write_drive(tmp_path / "kitti")
    folder = tmp_path / "predictions"
    for path in drive.glob("image_02/data/*.jpg"):
        name = path.relative_to(tmp_path / "kitti").with_suffix(".npy")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        np.save(folder / name, np.full((kitti.HEIGHT, kitti.WIDTH), 5.0, np.float32))
    (tmp_path / "split.txt").write_text("".join(f"{kitti.NAME} {n} l\n" for n in (0, 2, 4)))
    return tmp_path


def evaluate_kitti(data, *flags):
    code = run(
        *("--dataset", "kitti", "--data-dir", data / "kitti", "--split-file", data / "split.txt"),
        *("--predictions", data / "predictions", "--output", data / "report", *flags),
    )
    file = data / "report" / "metrics.json"
    return code, json.loads(file.read_text()) if file.is_file() else None


def test_kitti_from_end_to_end(data, capsys):
    code, written = evaluate_kitti(data)
    assert code == 0 and written["num_images"] == 3
    assert written["protocol"]["name"] == "kitti-eigen"
    assert written["dataset"].endswith("(lidar, velodyne distance)")
    # As published figures are, scans are measured ahead of the scanner: 10.27 m.
    assert written["metrics"]["per_image"]["abs_rel"] == pytest.approx(5.27 / 10.27, rel=1e-5)
    _, written = evaluate_kitti(data, "--lidar-distance", "camera", "--scale-factor", 2)
    assert written["metrics"]["per_image"]["abs_rel"] == pytest.approx(0, abs=1e-6)
    assert "scaled by 2" in capsys.readouterr().out
    _, written = evaluate_kitti(data, "--median-scaling", "--crop", "eigen", "--cap", 50)
    assert written["metrics"]["pooled"]["rmse"] == pytest.approx(0, abs=1e-5)
    assert written["protocol"]["crop"]["top"] == pytest.approx(0.3324324)
    assert (written["protocol"]["max_depth"], written["protocol"]["truth_below"]) == (50, 50)


def test_eigens_protocol_from_end_to_end(data, capsys):
    code, written = evaluate_kitti(data, "--protocol", "eigen-kitti")
    assert code == 0 and written["protocol"]["name"] == "eigen-kitti"
    assert written["dataset"].endswith("(lidar, velodyne distance)")
    assert written["protocol"]["crop"]["top"] == pytest.approx(0.3324324)
    # A wall of one depth, all of it predicted at half of it: the factor is forgiven.
    assert written["metrics"]["pooled"]["rmse_log"] == pytest.approx(np.log(10.27 / 5), rel=1e-4)
    assert written["metrics"]["pooled"]["si_rmse_log"] == pytest.approx(0, abs=1e-5)
    assert evaluate_kitti(data, "--protocol", "eigen-kitti", "--truth", "improved")[0] == 2
    assert "measures against --truth lidar" in capsys.readouterr().err


def test_improved_ground_truth_is_taken_under_its_protocol(data, capsys):
    (data / "split.txt").write_text(f"{kitti.NAME} 3 l\n")
    folder = data / "kitti" / kitti.NAME / "proj_depth/groundtruth/image_02"
    folder.mkdir(parents=True)
    truth = np.full((kitti.HEIGHT, kitti.WIDTH), 8 * 256, np.uint16)
    cv2.imwrite(str(folder / "0000000003.png"), truth)
    code, written = evaluate_kitti(data, "--protocol", "kitti-eigen-improved")
    assert code == 0 and written["dataset"].endswith("(improved truth)")
    assert written["metrics"]["per_image"]["abs_rel"] == pytest.approx(3 / 8)
    assert evaluate_kitti(data, "--truth", "improved")[1]["protocol"]["name"].endswith("improved")
    capsys.readouterr()
    flags = ("--protocol", "kitti-eigen", "--truth", "improved")
    assert evaluate_kitti(data, *flags)[0] == 2
    assert "measures against --truth lidar" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--median-scaling", "--scale-factor", "2"], "not allowed with"),
        (["--scale-factor", "-1"], "--scale-factor: takes a number above 0"),
        (["--crop", "left"], "--crop"),
        (["--cap", "0"], "--cap: takes a number from 1e-06"),
        (["--prediction-cap", "0.0001"], "0 < min_depth < max_depth"),
        (["--split-file", "none.txt"], "none.txt"),
        (["--protocol", "kitti-benchmark"], "has no use for --split-file"),
    ],
)
def test_wrong_flags_are_one_line_and_exit_code_2(data, capsys, flags, said):
    assert evaluate_kitti(data, *flags)[0] == 2
    errors = capsys.readouterr().err
    assert said in errors and errors.count("\n") == 1


def test_missing_calibration_is_one_line_and_exit_code_2(data, capsys):
    (data / "kitti" / kitti.DATE / "calib_cam_to_cam.txt").unlink()
    assert evaluate_kitti(data)[0] == 2
    assert "has no calib_cam_to_cam.txt" in capsys.readouterr().err


class Constant:
    def __init__(self, depth):
        self.depth = depth

    def predict_depth(self, images):
        return np.full((*images.shape[:3], 1), self.depth, np.float32)


def test_benchmark_export(tmp_path):
    kitti.write_image(tmp_path / "image" / "0000000001.png", kitti.frame(0))
    (tmp_path / "image" / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n cut")
    protocol = BENCHMARK.replace(scale=5.4, mirrored_averaging=True)
    done = export_benchmark(Constant(2.0), tmp_path / "image", tmp_path / "out", protocol)
    assert done.num_written == 1 and "bad.png" in done.bad[0]
    stored = cv2.imread(str(tmp_path / "out" / "0000000001.png"), cv2.IMREAD_UNCHANGED)
    assert stored.dtype == np.uint16 and stored.shape == (kitti.HEIGHT, kitti.WIDTH)
    assert (stored == round(10.8 * 256)).all()
    far = export_benchmark(Constant(500.0), tmp_path / "image", tmp_path / "out")
    assert far.num_written == 1
    stored = cv2.imread(str(tmp_path / "out" / "0000000001.png"), cv2.IMREAD_UNCHANGED)
    assert (stored == 80 * 256).all()
    with pytest.raises(ValueError, match="median"):
        median = BENCHMARK.replace(alignment="median")
        export_benchmark(Constant(2.0), tmp_path / "image", tmp_path / "out", median)
    with pytest.raises(ValueError, match="no images"):
        export_benchmark(Constant(2.0), tmp_path / "out" / "none", tmp_path / "out")


def test_benchmark_command(tmp_path, monkeypatch, capsys):
    kitti.write_image(tmp_path / "image" / "1.png", kitti.frame(0))
    (tmp_path / "model.keras").write_bytes(b"")
    monkeypatch.setattr(LOAD, lambda path: Constant(3.0))
    flags = ("--protocol", "kitti-benchmark", "--checkpoint", tmp_path / "model.keras")
    output = ("--output", tmp_path / "out")
    assert run(*flags, "--data-dir", tmp_path / "image", "--scale-factor", 2, *output) == 0
    assert "1 predictions, metres = value / 256" in capsys.readouterr().out
    assert cv2.imread(str(tmp_path / "out" / "1.png"), -1).max() == 6 * 256
    predictions = ("--protocol", "kitti-benchmark", "--predictions", tmp_path)
    assert run(*predictions, "--data-dir", tmp_path / "image", *output) == 2
    assert "needs --checkpoint" in capsys.readouterr().err
    assert run(*flags, *output) == 2
    assert "needs --data-dir" in capsys.readouterr().err


def test_real_improved_ground_truth(shared):
    """Constant depth, median-scaled: the weakest baseline, with plausible figures."""
    from densedepth_tf.data.sources import open_source

    folder = shared("data/kitti_depth_gt")
    source = open_source("folder", folder, "test", depth_scale=1 / 256)
    protocol = PROTOCOLS["kitti-eigen-improved"].replace(alignment="median")
    result = evaluate(Constant(10.0), source, protocol, progress=False)
    assert result.num_images == 3
    assert 0.2 < result.metrics["per_image"]["abs_rel"] < 1
    assert encode_depth_png(source[0]["depth"], 1 / 256)


def evaluate_disparities(data, path, *flags):
    code = run(
        *("--dataset", "kitti", "--data-dir", data / "kitti", "--split-file", data / "split.txt"),
        *("--predictions", path, "--output", data / "report", *flags),
    )
    file = data / "report" / "metrics.json"
    return code, json.loads(file.read_text()) if file.is_file() else None


@pytest.fixture
def disparities(data):
    """What Monodepth2 leaves: (3, h, w) of the listed frames, and one file of each."""
    rng = np.random.default_rng(0)
    stack = rng.uniform(0.05, 0.4, (3, 12, 40)).astype(np.float32)
    (data / "folder").mkdir()
    (data / "simple").mkdir()
    np.save(data / "disps_eigen_split.npy", stack)
    np.save(data / "folder" / "disps_eigen_split.npy", stack)
    for number, disparity in zip((0, 2, 4), stack, strict=True):
        np.save(data / "simple" / f"{number:010d}_disp.npy", disparity[None, None])
    size = (kitti.WIDTH, kitti.HEIGHT)
    for number, disparity in zip((0, 2, 4), stack, strict=True):
        path = data / "depths" / f"{number:010d}.npy"
        path.parent.mkdir(exist_ok=True)
        np.save(path, 1 / cv2.resize(disparity, size, interpolation=cv2.INTER_LINEAR))
    return data


@pytest.mark.parametrize("path", ["disps_eigen_split.npy", "folder", "simple"])
def test_disparities_are_enlarged_and_then_inverted(disparities, capsys, path):
    """Their figures are those of depth that was computed so beforehand."""
    flags = ("--prediction-kind", "disparity", "--median-scaling")
    code, written = evaluate_disparities(disparities, disparities / path, *flags)
    assert code == 0 and written["num_images"] == 3
    _, expected = evaluate_disparities(disparities, disparities / "depths", "--median-scaling")
    assert written["metrics"] == expected["metrics"]
    capsys.readouterr()
    assert evaluate_disparities(disparities, disparities / path, "--median-scaling")[0] == 2
    errors = capsys.readouterr().err
    assert "--prediction-kind disparity" in errors and errors.count("\n") == 1


def test_rows_of_a_stack_must_be_as_many_as_samples(disparities, capsys):
    np.save(disparities / "two.npy", np.full((2, 12, 40), 0.1, np.float32))
    flags = ("--prediction-kind", "disparity")
    assert evaluate_disparities(disparities, disparities / "two.npy", *flags)[0] == 2
    assert "holds 2 predictions, but there are 3 samples" in capsys.readouterr().err


def test_rows_of_the_eigen_split_are_found_for_a_part_of_its_frames():
    """The 652 frames with improved truth are rows of the 697 that were predicted."""
    from densedepth_tf.data.sequences.sequence_split import shipped_split

    stack = PredictionsStack.__new__(PredictionsStack)
    stack._path, stack._stack = "disps.npy", np.zeros((697, 1, 1), np.float32)
    lines = shipped_split("kitti_eigen_test")
    names = [f"{line.folder}/image_02/data/{line.number:010d}.png" for line in lines]
    stack.check(names[5:300:7])
    assert stack._rows == {name: row for row, name in enumerate(names) if name in stack._rows}
    assert len(stack._rows) == len(names[5:300:7])


def test_kittis_own_measures_by_hand():
    truth, prediction = np.array([[10.0, 20.0]]), np.array([[20.0, 10.0]])
    sums = error_sums(prediction, truth)
    metrics = sums.metrics(PROTOCOLS["kitti-eigen"].metric_names)
    # Inverse depths 1/10 and 1/20 swapped: 50 per kilometre; errors of 100 % and 50 %.
    assert metrics["irmse"] == pytest.approx(50)
    assert metrics["sq_error_rel"] == pytest.approx((100**2 + 50**2) / 2 / 100)
    assert tuple(sums.metrics()) == METRIC_NAMES
