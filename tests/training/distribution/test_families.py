"""Every family trains on two workers, with averaged weights or in half precision."""

import numpy as np
import pytest
from made_up_kitti import frame, write_image
from worker_processes import as_workers, train_together

pytestmark = pytest.mark.slow

COMMON = ["--encoder=tiny", "--encoder-weights=none", "--batch-size=4", "--optimizer=sgd"]
EIGEN = [
    "--model=eigen", "--dataset=rooms", "--num-images=8", "--num-validation-images=3",
    "--image-size=228x304", "--batch-size=4", "--epochs=4", "--dense-units=16", "--dropout=0",
    "--scale-crop=1", "--rotation=0", "--learning-rate=1e-4",
]  # fmt: skip
MONODEPTH2 = [
    *COMMON, "--model=monodepth2", "--image-size=64x96", "--hfov=77", "--holdout-every=3",
    "--epochs=2", "--steps-per-epoch=4", "--mask=none", "--learning-rate=1e-3",
]  # fmt: skip


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    folder = tmp_path_factory.mktemp("frames") / "walk"
    for number in range(12):
        write_image(folder / f"{number}.png", frame(4 * number))
    return folder


def compare(options, folder, *synchronised, within):
    """Losses of a step: of one process, and of two workers."""
    (one,) = train_together([[*options, f"--workdir={folder / 'one'}"]], folder / "of_one")
    two = train_together(
        as_workers(2, [*options, *synchronised, f"--workdir={folder / 'two'}"]), folder / "of_two"
    )
    assert [one.code, *(each.code for each in two)] == [0, 0, 0], one.errors + two[0].errors
    np.testing.assert_allclose(two[0].losses, one.losses, rtol=within)
    for name, value in two[0].weights.items():
        np.testing.assert_array_equal(value, two[1].weights[name])


def test_both_stages_of_eigen(tmp_path):
    compare(EIGEN, tmp_path, within=1e-5)


def test_monodepth2(frames, tmp_path):
    compare([*MONODEPTH2, f"--data-dir={frames}"], tmp_path, "--sync-batch-norm", within=1e-5)


def test_half_precision_within_its_rounding(tmp_path):
    options = [
        *COMMON, "--dataset=rooms", "--num-images=16", "--num-validation-images=5",
        "--decoder-filters=[16,16,8,8,8]", "--image-size=64x64", "--epochs=2", "--ema=0.9",
        "--learning-rate=1e-3", "--schedule=constant", "--precision=mixed_float16",
    ]  # fmt: skip
    compare(options, tmp_path, "--sync-batch-norm", within=5e-3)
