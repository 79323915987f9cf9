"""The Monodepth2 loss equals the official one, given the same disparities and poses."""

import numpy as np
import pytest
import tensorflow as tf

from densedepth_tf.geometry.cameras.intrinsics import intrinsics_matrix
from densedepth_tf.geometry.rigid_motion import inverse_motion, rigid_motion
from densedepth_tf.models.monodepth2.loss import Monodepth2Loss

MONO, STEREO, BOTH = ("-1", "1"), ("s",), ("-1", "1", "s")
OFFICIAL_CASES = {
    "mono": (MONO, {}),
    "no_automask": (MONO, {"mask": "none"}),
    "avg_reprojection": (MONO, {"reprojection": "average"}),
    "v1_multiscale": (MONO, {"full_resolution": False}),
    "no_ssim": (MONO, {"ssim_weight": 0.0}),
    "mono+stereo": (BOTH, {}),
    "stereo": (STEREO, {}),
}


def official_inputs(arrays, sources):
    """The golden frames, disparities, motions and the intrinsics of every scale."""
    motions = {"s": rigid_motion(np.zeros((2, 3)), np.tile(np.float32([-0.1, 0, 0]), (2, 1)))}
    for name in MONO:
        motion = rigid_motion(arrays[f"axisangle_{name}"], arrays[f"translation_{name}"])
        motions[name] = inverse_motion(motion) if name == "-1" else motion
    # The official code shrinks intrinsics as if pixel centres were at halves.
    intrinsics = [
        np.stack([intrinsics_matrix(0.58 * w, 1.92 * h, 0.5 * w, 0.5 * h)] * 2)
        for h, w in ((96 // 2**s, 160 // 2**s) for s in range(4))
    ]
    return (
        arrays["frame_0"],
        np.stack([arrays[f"frame_{name}"] for name in sources], axis=1),
        [arrays[f"disp_{scale}"] for scale in range(4)],
        tf.stack([motions[name] for name in sources], axis=1),
        intrinsics,
    )


@pytest.mark.parametrize("case", OFFICIAL_CASES)
def test_equals_the_official_loss(case, golden):
    arrays = golden("monodepth2")
    sources, options = OFFICIAL_CASES[case]
    loss = Monodepth2Loss(tie_noise=0.0, **options)
    terms = loss.terms(*official_inputs(arrays, sources))
    found = [terms.total, *terms.by_scale]
    np.testing.assert_allclose(found, arrays[f"loss/{case}"], rtol=1e-5)


def test_warped_frames_and_auto_mask_equal_the_official_ones(golden):
    arrays = golden("monodepth2")
    terms = Monodepth2Loss(tie_noise=0.0).terms(*official_inputs(arrays, MONO))
    for i, name in enumerate(MONO):
        np.testing.assert_allclose(terms.warped[:, i], arrays[f"warped_{name}_scale0"], atol=1e-4)
    # Pixels as good as tied go either way: rounding in SSIM is worth some 1e-5 of an error.
    assert (terms.explained.numpy() != arrays["automask_scale0"]).mean() < 2e-4
