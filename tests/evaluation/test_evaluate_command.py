"""The command line: exit codes, one-line errors, and the whole way in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from densedepth_tf.commands.evaluate import main
from densedepth_tf.files.depth.depth_file import encode_depth_png

ROOT = Path(__file__).parents[2]


@pytest.fixture
def data(tmp_path):
    """Five photographs with depth, and a folder of predictions 10 % too far."""
    folder, predictions = tmp_path / "data", tmp_path / "their_model"
    folder.mkdir()
    predictions.mkdir()
    rows = []
    for number in range(5):
        rng = np.random.default_rng(number)
        depth = cv2.resize(rng.uniform(1, 6, (3, 4)).astype(np.float32), (64, 48))
        image = rng.integers(0, 256, (48, 64, 3), np.uint8)
        cv2.imwrite(str(folder / f"{number}.jpg"), image)
        (folder / f"{number}_depth.png").write_bytes(encode_depth_png(depth))
        np.save(predictions / f"{number}.npy", depth * np.float32(1.1))
        rows.append(f"{number}.jpg,{number}_depth.png")
    (folder / "test.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def evaluate(data, *flags, dataset="folder"):
    arguments = ["--dataset", dataset, "--data-dir", str(data / "data"), *map(str, flags)]
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    return leaving.value.code or 0


def test_predictions_folder_from_end_to_end(data, capsys):
    output = data / "report"
    code = evaluate(data, "--predictions", data / "their_model", "--output", output)
    assert code == 0
    assert "their_model on" in capsys.readouterr().out
    written = json.loads((output / "metrics.json").read_text())
    assert written["num_images"] == 5
    assert written["metrics"]["pooled"]["abs_rel"] == pytest.approx(0.1, abs=2e-3)
    assert written["metrics"]["per_image"]["delta1"] == 1
    assert written["protocol"]["mirrored_averaging"] is False
    assert len(list((output / "panels").glob("*.png"))) == 5


def test_truth_that_is_measured_as_a_prediction_is_told_of(data, capsys):
    truth = data / "truth"
    truth.mkdir()
    for number in range(5):
        content = (data / "data" / f"{number}_depth.png").read_bytes()
        (truth / f"{number}.png").write_bytes(content)
    assert evaluate(data, "--predictions", truth, "--output", data / "report") == 0
    assert "truth' equal the truth in every pixel" in capsys.readouterr().err
    evaluate(data, "--predictions", data / "their_model", "--output", data / "report")
    assert "equal the truth" not in capsys.readouterr().err


def test_flags_change_the_protocol(data):
    output = data / "report"
    flags = ["--protocol", "nyu", "--median-scaling", "--output", output]
    assert evaluate(data, "--predictions", data / "their_model", *flags) == 0
    written = json.loads((output / "metrics.json").read_text())
    assert written["protocol"]["alignment"] == "median"
    assert written["protocol"]["max_depth"] == 10
    assert written["protocol"]["crop"] is not None
    assert written["metrics"]["pooled"]["abs_rel"] < 2e-3


def test_bad_image_is_skipped_with_exit_code_1_or_fatal_if_strict(data, capsys):
    image = data / "data" / "3.jpg"
    image.write_bytes(image.read_bytes()[:300])
    output = data / "report"
    flags = ["--predictions", data / "their_model", "--output", output]
    assert evaluate(data, *flags) == 1
    errors = capsys.readouterr().err
    assert "Skipped 1 image" in errors
    assert "3.jpg" in errors
    written = json.loads((output / "metrics.json").read_text())
    assert written["num_images"] == 4
    assert written["skipped"][0]["name"] == "3.jpg"
    assert evaluate(data, *flags, "--strict") == 2
    assert "3.jpg" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ([], "--checkpoint"),
        (["--checkpoint", "no-such-run"], "no-such-run"),
        (["--predictions", "no-such-folder"], "no-such-folder"),
        (["--checkpoint", "a", "--prediction-scale", "1"], "--prediction-scale"),
        (["--predictions", "a", "--mirrored"], "--mirrored"),
        (["--checkpoint", "a", "--batch-size", "0"], "--batch-size"),
        (["--checkpoint", "a", "--protocol", "eigen"], "eigen"),
        (["--checkpoint", "a", "--split", "all"], "--split"),
        (["--checkpoint", "a", "--no-such-flag"], "--no-such-flag"),
    ],
)
def test_wrong_flags_are_one_line_and_exit_code_2(data, capsys, monkeypatch, flags, said):
    monkeypatch.chdir(data)
    assert evaluate(data, *flags) == 2
    errors = capsys.readouterr().err
    assert said in errors
    assert errors.count("\n") == 1
    assert not (data / "evaluation").exists()


def test_wrong_data_is_one_line_and_exit_code_2(data, capsys):
    flags = ["--predictions", data / "their_model", "--output", data / "report"]
    assert evaluate(data, *flags, dataset="sintel") == 2
    assert "sintel" in capsys.readouterr().err
    (data / "their_model" / "2.npy").unlink()
    assert evaluate(data, *flags) == 2
    assert "2.jpg" in capsys.readouterr().err
    for file in (data / "data").iterdir():
        file.unlink()
    assert evaluate(data, *flags) == 2
    assert str(data / "data") in capsys.readouterr().err
    assert not (data / "report").exists()


def test_output_in_the_place_of_a_file(data, capsys):
    flags = ["--predictions", data / "their_model", "--output", data / "data" / "test.csv" / "x"]
    assert evaluate(data, *flags) == 2
    assert "test.csv" in capsys.readouterr().err


def test_a_full_disk_does_not_cost_the_figures(data, capsys, full_disk):
    with full_disk(100):
        code = evaluate(data, "--predictions", data / "their_model", "--output", data / "report")
    assert code == 2
    shown, errors = capsys.readouterr()
    assert "per image" in shown and "Written" not in shown
    assert "Cannot write" in errors and errors.count("\n") == 1


def test_half_written_checkpoint(data, capsys):
    (data / "model.keras").write_bytes(b"PK\x03\x04 cut off")
    assert evaluate(data, "--checkpoint", data / "model.keras", "--output", data / "x") == 2
    errors = capsys.readouterr().err
    assert "model.keras" in errors
    assert errors.count("\n") == 1


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    import densedepth_tf

    paths, folder = [], tmp_path_factory.mktemp("runs")
    for number, filters in enumerate((32, 16)):
        model = densedepth_tf.DenseDepth(
            encoder="mobilenetv2", encoder_weights=None, decoder_filters=filters
        )
        path = folder / f"run_{number}" / "model.keras"
        path.parent.mkdir()
        model.save(path)
        paths.append(path.parent)
    return paths


@pytest.mark.long
def test_checkpoints_compared_in_a_process_of_its_own(data, checkpoints):
    output = data / "comparison"
    flags = ["--dataset", "folder", "--data-dir", str(data / "data"), "--output", str(output)]
    for checkpoint in checkpoints:
        flags += ["--checkpoint", str(checkpoint)]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    finished = subprocess.run(
        [sys.executable, ROOT / "evaluate.py", *flags],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert "| run_0 (training data unknown) |" in finished.stdout
    for name in ("comparison.md", "comparison.csv", "comparison.png", "run_1/metrics.json"):
        assert (output / name).is_file()


@pytest.mark.long
def test_run_folder_is_the_default_output(data, checkpoints):
    assert evaluate(data, "--checkpoint", checkpoints[0], "--mirrored") == 0
    written = json.loads((checkpoints[0] / "metrics.json").read_text())
    assert written["checkpoint"] == str(checkpoints[0])
    assert written["protocol"]["mirrored_averaging"] is True
    assert written["num_images"] == 5
    assert (checkpoints[0] / "model.keras").is_file()


def test_help_is_instant_and_loads_no_tensorflow():
    code = (
        "import sys; from densedepth_tf.commands.evaluate import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'tensorflow', 'keras', 'cv2', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    assert "--median-scaling" in finished.stdout


def predictions(data, change):
    """The predictions of `data`, each changed."""
    folder = data / "changed"
    folder.mkdir()
    for path in (data / "their_model").iterdir():
        np.save(folder / path.name, change(np.load(path) / np.float32(1.1)))
    return folder


def with_holes(depth):
    depth[:12], depth[12:24] = np.nan, 0
    return depth


def test_missing_predictions_are_counted_told_and_scored_by_the_rule_that_is_named(data, capsys):
    folder, output = predictions(data, with_holes), data / "report"
    flags = ["--predictions", folder, "--output", output, "--prediction-cap", 10]
    assert evaluate(data, *flags) == 0
    shown = capsys.readouterr().out
    assert f"missing predictions: {5 * 24 * 64} pixels in 5 images (50.0% of those" in shown
    assert "count as 0.001 m (--missing-predictions nearest; with exclude" in shown
    nearest = json.loads((output / "metrics.json").read_text())
    assert nearest["missing_predictions"] == {"images": 5, "pixels": 5 * 24 * 64}
    assert nearest["protocol"]["missing_predictions"] == "nearest"
    assert nearest["metrics"]["pooled"]["delta1"] == pytest.approx(0.5)
    assert evaluate(data, *flags, "--missing-predictions", "exclude") == 0
    excluded = json.loads((output / "metrics.json").read_text())
    assert excluded["metrics"]["pooled"]["abs_rel"] < 1e-3
    assert excluded["missing_predictions"] == nearest["missing_predictions"]


def test_what_is_as_far_as_can_be_counts_as_the_cap(data, capsys):
    def sky(depth):
        depth[:24] = np.inf
        return depth

    output = data / "report"
    flags = ["--predictions", predictions(data, sky), "--output", output]
    assert evaluate(data, *flags, "--cap", 7) == 0
    far = json.loads((output / "metrics.json").read_text())
    assert evaluate(data, *flags) == 0
    assert f"infinite predictions: {5 * 24 * 64} pixels in 5 images" in capsys.readouterr().out
    assert evaluate(data, "--predictions", data / "their_model", "--output", output) == 0
    for path in (data / "changed").iterdir():
        depth = np.load(path)
        np.save(path, np.where(np.isinf(depth), np.float32(7), depth))
    assert evaluate(data, *flags, "--cap", 7) == 0
    assert far["metrics"] == json.loads((output / "metrics.json").read_text())["metrics"]
    assert far["missing_predictions"]["pixels"] == 0


def test_a_map_without_any_prediction_is_refused_by_name(data, capsys):
    np.save(data / "their_model" / "3.npy", np.full((48, 64), np.nan, np.float32))
    flags = ["--predictions", data / "their_model", "--output", data / "report"]
    assert evaluate(data, *flags) == 2
    errors = capsys.readouterr().err
    assert "3.npy' holds no prediction at all" in errors and errors.count("\n") == 1


@pytest.mark.parametrize(
    ("protocol", "crop", "top"),
    [
        ("nyu", "eigen", 20 / 480),
        ("kitti-eigen", "eigen", 0.3324324),
        ("full", "eigen-nyu", 20 / 480),
        ("full", "eigen-kitti", 0.3324324),
        ("nyu", "bts-nyu", 45 / 480),
    ],
)
def test_each_crop_is_the_one_its_name_says(data, protocol, crop, top):
    output = data / "report"
    flags = ["--predictions", data / "their_model", "--output", output, "--protocol", protocol]
    assert evaluate(data, *flags, "--crop", crop) == 0
    written = json.loads((output / "metrics.json").read_text())
    assert written["protocol"]["crop"]["top"] == pytest.approx(top)


def test_eigens_crop_of_data_that_have_none_is_refused(data, capsys):
    flags = ["--predictions", data / "their_model", "--output", data / "report"]
    assert evaluate(data, *flags, "--crop", "eigen") == 2
    assert "pass eigen-nyu or eigen-kitti" in capsys.readouterr().err


def test_caps_of_truth_and_predictions_are_separate_flags(data, capsys):
    output = data / "report"
    flags = ["--predictions", data / "their_model", "--output", output, "--cap", 3]
    evaluate(data, *flags, "--truth-cap", "none")
    written = json.loads((output / "metrics.json").read_text())["protocol"]
    assert (written["max_depth"], written["truth_below"]) == (3, None)
    assert "all truth" in capsys.readouterr().out
    evaluate(data, *flags, "--truth-cap", 4, "--prediction-cap", 5)
    written = json.loads((output / "metrics.json").read_text())["protocol"]
    assert (written["max_depth"], written["truth_below"]) == (5, 4)
    capsys.readouterr()
    only_predictions = [*flags[:-2], "--prediction-cap", 3]
    evaluate(data, *only_predictions)
    assert "truth up to 3 m" in capsys.readouterr().out
    evaluate(data, *only_predictions, "--truth-cap", 4)
    assert "clipped to 0.001..3 m, not cropped, truth up to 4 m" in capsys.readouterr().out
    assert evaluate(data, *flags, "--truth-cap", -1) == 2
    assert "metres above 0, or none" in capsys.readouterr().err


def test_sharpened_depth_is_told_as_such(data, capsys):
    output = data / "report"
    code = evaluate(data, "--checkpoint", "nyu_small", "--sharpen", "--edges", "--output", output)
    told = capsys.readouterr().out
    assert code == 0 and ", sharpened on data/test" in told and "precision" in told
    written = json.loads((output / "metrics.json").read_text())
    assert written["model"].endswith(", sharpened") and written["protocol"]["edges"] is True
    assert evaluate(data, "--predictions", data / "their_model", "--sharpen") == 2
    assert "--sharpen needs --checkpoint" in capsys.readouterr().err
