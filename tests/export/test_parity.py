import numpy as np
import pytest

from densedepth_tf.export.parity import check_parity


class Estimator:
    """Depth from brightness, then changed."""

    def __init__(self, change=lambda depth: depth):
        self.change = change

    def predict_depth(self, images):
        return self.change(1 + images.mean(axis=-1, keepdims=True, dtype=np.float32) / 50)


def test_the_largest_relative_difference_is_measured():
    parity = check_parity(Estimator(), Estimator(lambda depth: depth * np.float32(1 + 5e-5)))
    assert parity.max_relative_difference == pytest.approx(5e-5, rel=0.01)
    assert any(height % 32 or width % 32 for height, width in parity.sizes)
    assert parity.as_dict()["bound"] == 1e-4


def one_pixel(value):
    def change(depth):
        depth = depth.copy()
        depth[0, 3, 4] = value
        return depth

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda depth: depth * np.float32(1 + 3e-4),
        one_pixel(np.nan),
        one_pixel(np.inf),
        lambda depth: depth[:, ::2],
        lambda depth: depth.astype(np.float64),
    ],
)
def test_what_differs_is_refused(change):
    with pytest.raises(ValueError, match="The exported model"):
        check_parity(Estimator(), Estimator(change))
