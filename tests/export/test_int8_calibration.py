"""Images of an int8 calibration: which are read, how they are cut, what they say of an artefact."""

import cv2
import numpy as np
import pytest

from densedepth_tf.commands.export import main
from densedepth_tf.export.quantization.int8_calibration import LONGEST_SIDE, Int8Calibration
from densedepth_tf.export.quantization.quantization_loss import measure_quantization_loss


class Constant:
    def __init__(self, metres):
        self.metres = metres

    def predict_depth(self, images):
        return np.full((*images.shape[:-1], 1), self.metres, np.float32)


@pytest.fixture
def folder(tmp_path):
    for number in range(10):
        image = np.full((20, 30, 3), 20 * number, np.uint8)
        cv2.imwrite(str(tmp_path / f"{number}.png"), image)
    return tmp_path


def test_pictures_are_taken_evenly_from_first_to_last(folder):
    calibration = Int8Calibration.from_images(folder, 4)
    assert [int(image[0, 0, 0]) for image in calibration.images] == [0, 60, 120, 180]
    assert len(Int8Calibration.from_images(folder, 99)) == 10


def test_camera_photographs_are_shrunk(tmp_path):
    cv2.imwrite(str(tmp_path / "large.png"), np.zeros((1500, 3000, 3), np.uint8))
    (image,) = Int8Calibration.from_images(tmp_path, 1).images
    assert image.shape == (LONGEST_SIDE // 2, LONGEST_SIDE, 3)


def test_a_size_cuts_the_middle_and_keeps_the_shape_of_things():
    image = np.zeros((40, 100, 3), np.uint8)
    image[:, 30:70] = 200
    depth = np.where(image[..., :1] > 0, 2, 0).astype(np.float32)
    ((fitted, truth),) = Int8Calibration([image], [depth]).pairs((20, 20))
    assert fitted.shape == (20, 20, 3) and fitted.min() == 200
    assert truth.shape == (20, 20, 1) and truth.min() == 2


def test_the_loss_is_measured_against_model_and_truth():
    images = [np.zeros((8, 8, 3), np.uint8)] * 2
    truths = [np.full((8, 8, 1), 2, np.float32), np.zeros((8, 8, 1), np.float32)]
    loss = measure_quantization_loss(Constant(2), Constant(2.2), Int8Calibration(images, truths))
    assert loss.agreement == 1 and loss.mean_relative_difference == pytest.approx(0.1)
    assert loss.model == {"delta1": 1, "abs_rel": 0}
    assert loss.artefact == {"delta1": 1, "abs_rel": pytest.approx(0.1)}
    assert loss.images == "2 calibration images"


@pytest.mark.parametrize(("metres", "message"), [(4.0, "only 0.0%"), (np.nan, "not finite")])
def test_a_broken_artefact_is_refused(metres, message):
    with pytest.raises(ValueError, match=message):
        measure_quantization_loss(Constant(2), Constant(metres))


def test_bad_input_is_named(tmp_path):
    with pytest.raises(ValueError, match="missing"):
        Int8Calibration.from_images(tmp_path / "missing", 3)
    (tmp_path / "broken.png").write_bytes(b"none")
    with pytest.raises(ValueError, match=r"broken\.png"):
        Int8Calibration.from_images(tmp_path, 3)
    with pytest.raises(ValueError, match="`num_images`"):
        Int8Calibration.from_images(tmp_path, 0)
    with pytest.raises(ValueError, match="tfrecord"):
        Int8Calibration.from_dataset("tfrecord", tmp_path, 3)


def test_rows_that_are_held_out_are_left_alone(folder):
    """As `evaluate.py` holds them out: figures on them are of images that nothing was fitted to."""
    rows = []
    for number in range(10):
        depth = np.full((20, 30), 1000 + number, np.uint16)
        cv2.imwrite(str(folder / f"{number}_depth.png"), depth)
        rows.append(f"{number}.png,{number}_depth.png")
    (folder / "train.csv").write_text("\n".join(rows) + "\n")

    def levels(*options):
        read = Int8Calibration.from_dataset("folder", folder, 99, 0.001, *options)
        assert len(read.depths) == len(read.images)
        return [int(image[0, 0, 0]) // 20 for image in read.images]

    assert levels() == list(range(10))
    assert levels(5) == [0, 1, 2, 3, 5, 6, 7, 8]
    assert levels(5, 2) == [0, 1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--holdout-every", "8"], "describe --calibration, which is missing"),
        (["--calibration", "a", "--holdout-block", "2"], "of a --dataset, which is missing"),
    ],
)
def test_holding_out_needs_a_data_set(flags, message, tmp_path, capsys):
    output = ["--output", str(tmp_path / "a.onnx")]
    with pytest.raises(SystemExit) as leaving:
        main(["--checkpoint", "nyu_small", "--format", "onnx", *output, *flags])
    error = capsys.readouterr().err
    assert leaving.value.code == 2 and message in error and error.count("\n") == 1
