"""What Eigen et al. published: sizes and ranges per data set, and learning rates per layer."""

from typing import Any

# Arguments of `Eigen`. Which 27 of KITTI's 41 rows the paper predicts it does not say. These are
# the crop that later papers know as Eigen's (`evaluation.crop`): rows .33 to .91 of a 612x184
# image, of which the network sees the middle 576x172.
SETTINGS: dict[str, dict[str, Any]] = {
    "nyu": {"image_size": (228, 304), "min_depth": 0.1, "max_depth": 10.0},
    "kitti": {
        "image_size": (172, 576),
        "output_rows": (13, 40),
        "min_depth": 1.0,
        "max_depth": 80.0,
    },
}

# For SGD with momentum 0.9; every layer with weights has its factor of the rate.
LEARNING_RATE = 1e-3
MOMENTUM = 0.9  # Eigen et al. 2014, section 3.5.
LEARNING_RATE_FACTORS: dict[str, float] = {
    "coarse1": 1.0,
    "coarse2": 1.0,
    "coarse3": 1.0,
    "coarse4": 1.0,
    "coarse5": 1.0,
    "coarse6": 100.0,
    "coarse7": 100.0,
    "fine1": 1.0,
    "fine2": 10.0,
    "fine3": 1.0,
}
