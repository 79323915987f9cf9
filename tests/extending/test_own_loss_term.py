"""A term of the DenseDepth loss from outside the package: in Python and in `train.py`."""

import numpy as np
import pytest
import yaml
from keras import ops

import densedepth_tf
from densedepth_tf.commands.train import main as train
from densedepth_tf.models.densedepth.loss_terms import LOSS_TERMS

pytestmark = pytest.mark.usefixtures("tiny_encoder")
SHAPE = (2, 16, 16, 1)


class Sharpness:
    """Mean cubed error of each sample's known pixels; remembers whether it was asked."""

    def __init__(self):
        self.asked = 0

    def __call__(self, y_true, y_pred, valid):
        self.asked += 1
        number = ops.maximum(ops.sum(valid, axis=(1, 2, 3)), 1.0)
        return ops.sum(ops.abs(y_pred - y_true) ** 3, axis=(1, 2, 3)) / number


@pytest.fixture
def sharpness():
    term = Sharpness()
    densedepth_tf.register_loss_term("sharpness", term)
    yield term
    del LOSS_TERMS["sharpness"]


def targets():
    y_true = np.full(SHAPE, 2, np.float32)
    y_true[0, :8] = 0  # missing
    return y_true


def test_it_is_added_with_its_weight_where_depth_is_known(sharpness):
    y_true = targets()
    y_pred = np.where(y_true > 0, y_true + 2, np.float32(np.nan))
    plain = densedepth_tf.DenseDepthLoss()
    more = densedepth_tf.DenseDepthLoss(loss_terms={"sharpness": 0.5})
    added = np.array(more.call(y_true, y_pred)) - np.array(plain.call(y_true, y_pred))
    np.testing.assert_allclose(added, [0.5 * 8, 0.5 * 8], rtol=1e-5)
    again = densedepth_tf.DenseDepthLoss.from_config(more.get_config())
    assert again.loss_terms == {"sharpness": 0.5}


def test_the_one_that_is_there_is_chosen_the_same_way():
    y_true, y_pred = targets(), 3 * targets()
    by_name = densedepth_tf.DenseDepthLoss(loss_terms={"relative": 0.25})(y_true, y_pred)
    by_weight = densedepth_tf.DenseDepthLoss(relative_weight=0.25)(y_true, y_pred)
    assert float(by_name) == float(by_weight)


def ended(*arguments):
    with pytest.raises(SystemExit) as leaving:
        train(list(map(str, arguments)))
    return leaving.value.code


SMALL = (
    *("--encoder=tiny", "--encoder-weights=none", "--decoder-filters=[8,8,8,8,8]"),
    *("--num-images=1", "--num-validation-images=1", "--image-size=64x64", "--epochs=1"),
    "--batch-size=1",
)


@pytest.mark.long
def test_train_py_adds_it(sharpness, tmp_path, capsys):
    folder = tmp_path / "run"
    flags = ["--loss-terms={sharpness: 0.25}", f"--workdir={folder}"]
    assert ended(*SMALL, *flags) == 0, capsys.readouterr().err
    assert sharpness.asked
    assert yaml.safe_load((folder / "config.yaml").read_text())["loss_terms"] == {"sharpness": 0.25}
    assert "loss_terms: {'sharpness': 0.25}" in (folder / "README.md").read_text()


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("--loss-terms={softness: 1}", "--loss-terms). Known: relative"),
        ("--loss-terms={relative: .nan}", "--loss-terms is a finite number"),
        ("--loss-terms=relative", "--loss-terms"),
    ],
)
def test_a_wrong_one_is_one_line(flag, said, tmp_path, capsys):
    assert ended(*SMALL, flag, f"--workdir={tmp_path / 'run'}") == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_a_name_is_given_once():
    with pytest.raises(ValueError, match=r"already. Received: 'relative'"):
        densedepth_tf.register_loss_term("relative", Sharpness())
