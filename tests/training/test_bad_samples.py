"""Bad samples while training: named, left out and counted; with `--strict` they end it."""

import csv
import math
import re
import shutil

import cv2
import numpy as np
import pytest

from densedepth_tf.commands.train import main
from densedepth_tf.files.bad_sample import BadSampleError


@pytest.fixture
def folder(tmp_path, nyu_folder):
    """The small data set, to be damaged."""
    return shutil.copytree(nyu_folder, tmp_path / "damaged")


def corrupt(folder, index):
    path = folder / f"data/{index}.jpg"
    path.write_bytes(path.read_bytes()[:200])


def remove_depth(folder, index):
    (folder / f"data/{index}.png").unlink()


def shrink_depth(folder, index):
    cv2.imwrite(str(folder / f"data/{index}.png"), np.full((32, 48), 100, np.uint8))


def blank_depth(folder, index):
    cv2.imwrite(str(folder / f"data/{index}.png"), np.zeros((64, 64), np.uint8))


def nan_depth(folder, index):
    """A depth map in metres without a number in it."""
    write_depth(folder, index, np.full((64, 64), np.nan, np.float32))


def write_depth(folder, index, depth):
    np.save(folder / f"data/{index}.npy", depth)
    listing = folder / "data/nyu2_train.csv"
    listing.write_text(listing.read_text().replace(f"{index}.png", f"{index}.npy"))


# The sample it happens to, the file to be named, and what is said about it.
DAMAGE = {
    corrupt: (0, "0.jpg", ""),
    remove_depth: (1, "1.png", ""),
    shrink_depth: (2, "2.png", "the image is 64x64 .* but its depth is 32x48"),
    blank_depth: (3, "3.png", "every pixel is missing"),
    nan_depth: (5, "5.npy", "every pixel is missing"),
}


def losses(folder):
    rows = csv.DictReader((folder / "logs/epochs.csv").read_text().splitlines())
    return [float(row[name]) for row in rows for name in ("loss", "val_loss")]


def test_every_kind_is_named_left_out_and_counted(folder, run, capsys):
    for damage, (index, _, _) in DAMAGE.items():
        damage(folder, index)
    with pytest.warns(UserWarning) as caught:
        result = run(data_dir=str(folder))
    told = [str(warning.message) for warning in caught if "skipped" in str(warning.message)]
    assert len(told) == len(result.skipped) == len(DAMAGE)
    for _, file, reason in DAMAGE.values():
        (message,) = (message for message in told if f"/{file}'" in message)
        assert message.removeprefix("Sample skipped: ") in result.skipped
        assert re.search(reason, message)
    report = capsys.readouterr().out
    assert f"{len(DAMAGE)} unreadable samples were skipped: " in report
    assert all(file in report for _, file, _ in DAMAGE.values())
    assert len(losses(result.folder.path)) == 4
    assert all(math.isfinite(loss) for loss in losses(result.folder.path))


def test_a_bad_validation_sample_is_counted_too(folder, run, capsys):
    corrupt(folder, 4)
    with pytest.warns(UserWarning, match=r"Sample skipped: .*4\.jpg"):
        result = run(data_dir=str(folder), epochs=1)
    assert len(result.skipped) == 1 and "4.jpg" in result.skipped[0]
    assert "1 unreadable sample was skipped" in capsys.readouterr().out


def test_good_data_reports_nothing(run, capsys, recwarn):
    assert run(epochs=1).skipped == []
    assert "skipped" not in capsys.readouterr().out
    assert not [warning for warning in recwarn if "skipped" in str(warning.message)]


@pytest.mark.parametrize("damage", DAMAGE)
def test_strict_ends_the_training_and_names_the_file(damage, folder, run):
    index, file, reason = DAMAGE[damage]
    damage(folder, index)
    with pytest.raises(BadSampleError, match=rf"/{file}'.*{reason}"):
        run(data_dir=str(folder), strict=True, epochs=1)


def test_only_bad_samples_are_an_error_without_strict_too(folder, run):
    for path in (folder / "data").glob("*.jpg"):
        path.write_bytes(b"")
    with (
        pytest.warns(UserWarning, match="Sample skipped"),
        pytest.raises(BadSampleError, match=r"None of the \d+ samples of .* the first: .*\.jpg"),
    ):
        run(data_dir=str(folder), epochs=1)


def test_missing_and_not_a_number_in_part_of_the_depth_is_trained_around(folder, run):
    for index in range(10):
        depth = np.linspace(1, 4, 64 * 64, dtype=np.float32).reshape(64, 64)
        depth[:20], depth[30:40], depth[50, ::2], depth[60] = np.nan, 0, np.inf, -1
        write_depth(folder, index, depth)
    result = run(data_dir=str(folder), scale_crop=1.5)
    assert result.skipped == []
    assert all(math.isfinite(loss) for loss in losses(result.folder.path))


def test_photographs_without_depth_are_named_before_training(folder, options, run):
    listing = {"dataset": "folder", "data_dir": str(folder / "data"), "epochs": 1}
    (folder / "data/nyu2_train.csv").unlink()
    remove_depth(folder, 7)
    with pytest.warns(UserWarning, match=r"1 photographs .* have no depth map: '7\.jpg'"):
        assert run(**listing).skipped == []
    with pytest.raises(BadSampleError, match=r"have no depth map: '7\.jpg'"):
        run(**listing, strict=True)


def command(folder, options, *more):
    """`train.py` with the options of a small training; its exit code."""
    config = options(data_dir=str(folder), epochs=1)
    names = ("encoder_weights", "dataset", "data_dir", "holdout_every", "image_size", "epochs",
             "batch_size", "workdir")  # fmt: skip
    flags = [f"--{name.replace('_', '-')}={getattr(config, name)}" for name in names]
    with pytest.raises(SystemExit) as ended:
        main([*flags, *more])
    return ended.value.code


def test_the_command_prints_one_line_for_a_skipped_sample(folder, options, capfd):
    corrupt(folder, 3)
    assert command(folder, options) == 0
    output, errors = capfd.readouterr()
    warned = [line for line in errors.splitlines() if "skipped" in line]
    assert len(warned) == 1
    assert warned[0].strip().startswith("warning: Sample skipped: ") and "3.jpg" in warned[0]
    assert "1 unreadable sample was skipped" in output and "3.jpg" in output


def test_the_command_with_strict_ends_in_one_line(folder, options, capfd):
    corrupt(folder, 3)
    assert command(folder, options, "--strict") == 2
    errors = capfd.readouterr().err
    assert errors.count("error") == 1 and "Traceback" not in errors
    assert "3.jpg" in errors.splitlines()[-1]
    assert errors.splitlines()[-1].startswith("train.py: error: ")
