"""HDR looks as on an ordinary display."""

import numpy as np
import pytest

from densedepth_tf.files.images.tone_mapping import tone_map

PQ, HLG = 16, 18


def mapped(signal, transfer):
    """`signal` as shares of the range, (..., 3)."""
    values = np.atleast_2d(signal)[np.newaxis]
    return tone_map((values * 65535).round().astype(np.uint16), transfer)[0]


def grey(share):
    return [share] * 3


@pytest.mark.parametrize(
    ("pq", "hlg"),
    [(0.0, 0.0), (0.38, 0.38), (0.58, 0.75), (0.7518, 1.0)],
    ids=["black", "grey card", "diffuse white", "1000 cd/m2"],
)
def test_both_kinds_agree_where_they_mean_the_same_light(pq, hlg):
    # BT.2408-7, table 1: a grey card of 18 % has a signal of 38 % in both.
    first, second = mapped(grey(pq), PQ).astype(int), mapped(grey(hlg), HLG).astype(int)
    np.testing.assert_allclose(first, second, atol=2)


def test_below_the_knee_light_is_as_on_an_ordinary_display():
    # 20.3 cd/m2, a tenth of diffuse white: by PQ's formula a signal of 35.6 %.
    m1, m2 = 2610 / 16384, 2523 / 32
    power = (20.3 / 10_000) ** m1
    signal = ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** m2
    srgb = 1.055 * 0.1 ** (1 / 2.4) - 0.055
    np.testing.assert_allclose(mapped(grey(signal), PQ), 255 * srgb, atol=1.5)


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_more_light_is_never_darker_and_grey_stays_grey(transfer):
    ramp = mapped(np.linspace(0, 1, 1000)[:, np.newaxis].repeat(3, 1), transfer).astype(int)
    assert (np.diff(ramp, axis=0) >= 0).all() and np.ptp(ramp, axis=1).max() <= 1
    assert ramp[0].tolist() == [0, 0, 0] and ramp[-1].tolist() == [255, 255, 255]


def test_colours_of_the_wide_range_become_purer_ones_of_the_narrow():
    wide = mapped([0.45, 0.40, 0.40], PQ)[0].astype(int)
    assert wide[0] > wide[1] and wide[0] - wide[1] > 255 * (0.45 - 0.40)
