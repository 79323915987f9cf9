"""Training on LiDAR: every batch has depth, and what is done with it is said."""

from pathlib import Path

import cv2
import made_up_kitti as kitti
import numpy as np
import pytest
import yaml

from densedepth_tf.data.sources import open_source
from densedepth_tf.training.families import open_system, read_options
from densedepth_tf.training.run.notes import read_notes

CONFIGS = Path(__file__).resolve().parents[2] / "densedepth_tf/configs"
SUPERVISED = ("kitti_eigen", "kitti_densenet169")
SELF_SUPERVISED = ("kitti_monodepth2_mono", "kitti_monodepth2_mono_stereo")


def beams(distance=10.27, rows=8, columns=40):
    """A wall, seen by few beams as scanners have: about every 25th pixel of a frame."""
    left, up = np.meshgrid(np.linspace(-7, 7, columns), np.linspace(-2, 0.5, rows))
    points = np.stack([distance + 0.3 * left, left, up, np.zeros_like(left)], axis=-1)
    return points.astype("<f4").tobytes()


@pytest.fixture(scope="module")
def drive(tmp_path_factory):
    """Six frames with a sparse scan each, lists of them, and the same as pairs."""
    root = tmp_path_factory.mktemp("kitti")
    folder = kitti.write_drive(root / "raw", shifts=(0, 3, 6, 9, 12, 15, 18, 21))
    for number in range(8):
        path = folder / "velodyne_points/data" / f"{number:010d}.bin"
        path.write_bytes(beams())
    for name, numbers in (("train", (1, 2, 3, 4)), ("validation", (5, 6))):
        lines = "".join(f"{kitti.NAME} {number} l\n" for number in numbers)
        (root / f"{name}.txt").write_text(lines)
    rows = []
    for index, sample in enumerate(open_source("kitti", root / "raw", "train")):
        kitti.write_image(root / f"pairs/{index}.jpg", sample["image"])
        depth = np.rint(sample["depth"][..., 0] * 256).astype(np.uint16)
        cv2.imwrite(str(root / f"pairs/{index}.png"), depth)
        rows.append(f"{index}.jpg,{index}.png\n")
    (root / "pairs/train.csv").write_text("".join(rows[:4]))
    (root / "pairs/validation.csv").write_text("".join(rows[4:6]))
    return root


def shipped(name, drive, **more):
    """A shipped configuration on the drive, with the smallest network of its kind."""
    options = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text())
    options |= {"batch_size": 2, "workdir": str(drive / "run"), **more}
    if options["dataset"] == "folder":
        return read_options({**options, "data_dir": str(drive / "pairs")})
    return read_options(
        {
            **options,
            "data_dir": str(drive / "raw"),
            "split_file": str(drive / "train.txt"),
            "validation_split_file": str(drive / "validation.txt"),
        }
    )


# The frames here are an eighth of KITTI's, so that pairs shrink as KITTI's do.
SMALL = {
    "kitti_eigen": {"dense_units": 8},
    "kitti_densenet169": {
        "image_size": "64x192",
        "encoder": "tiny", "encoder_weights": "none", "decoder_filters": [8, 8, 8, 8, 8],
    },
    "kitti_monodepth2_mono": {"encoder_weights": "none"},
    "kitti_monodepth2_mono_stereo": {"encoder_weights": "none"},
}  # fmt: skip


def test_these_are_all_the_shipped_configurations():
    assert {path.stem for path in CONFIGS.glob("kitti_*.yaml")} == {*SUPERVISED, *SELF_SUPERVISED}


def test_the_drive_is_as_sparse_as_lidar(drive):
    for sample in open_source("kitti", drive / "raw", "train"):
        assert 0.02 < (sample["depth"] > 0).mean() < 0.06


@pytest.mark.long
@pytest.mark.usefixtures("tiny_encoder")
@pytest.mark.parametrize("name", SUPERVISED)
def test_every_sample_of_a_shipped_configuration_has_depth(drive, name):
    system = open_system(shipped(name, drive, **SMALL[name]))
    model = system.build(system.stages[0], resume=False)
    remarks = system.remarks(model)
    assert "sparse, every known point is kept" in remarks["training depth"]
    training = list(system.training_batches(model, 0).take(4))
    validation = list(system.validation_batches(model))
    assert sum(len(images) for images, _ in validation) == 2
    for _, targets in training + validation:
        known = (targets.numpy() > 0).sum(axis=(1, 2, 3))
        # Eigen's augmentation zooms by up to 1.5, and its network sees a part of the frame.
        assert (known >= 40).all()
    loss = model.train_on_batch(*training[0], return_dict=True)
    assert np.isfinite(loss["loss"]) and loss["loss"] > 0


@pytest.mark.parametrize("name", SELF_SUPERVISED)
def test_every_shipped_configuration_without_depth_starts(drive, name):
    system = open_system(shipped(name, drive, **SMALL[name]))
    assert len(system.training.source) == 4
    batch = next(iter(system.training_batches(None, 0)))
    assert all(np.isfinite(value).all() for value in batch.values())


def test_a_training_on_scans_learns_and_says_how(drive, run, capsys):
    result = run(
        dataset="kitti",
        data_dir=str(drive / "raw"),
        holdout_every=0,
        split_file=str(drive / "train.txt"),
        validation_split_file=str(drive / "validation.txt"),
        min_depth=1.0,
        max_depth=80.0,
        image_size="32x96",
        epochs=1,
    )
    assert result.best_value > 0
    told = read_notes(result.folder.notes)
    for split in ("training depth", "validation depth"):
        assert "sparse, every known point is kept" in told[split]
        assert f"- {split}: {told[split]}" in result.folder.card.read_text()
    assert f"training depth: {told['training depth']}" in capsys.readouterr().out


def test_dense_depth_is_said_to_be_averaged(finished_run):
    told = read_notes(finished_run(epochs=1).folder.notes)
    assert told["training depth"].startswith("100.0% known in 8 samples looked at; dense, averaged")
