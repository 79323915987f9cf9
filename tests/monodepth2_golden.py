"""The weights that Monodepth2's golden outputs were computed with, by official tensor name."""

import functools
import json
import zlib
from pathlib import Path

import numpy as np

NAMES = Path(__file__).parent / "golden" / "monodepth2_state_dict_names.json"


def golden_shapes(part):
    """`{name: shape}` of one official file: encoder, depth, pose_encoder or pose."""
    return json.loads(NAMES.read_text())[part]


def golden_state_dict(part):
    """float32 tensors of one official file in PyTorch's layout; not to be written to."""
    return dict(_state_dict(part))


@functools.cache
def _state_dict(part):
    return {
        name: _tensor(f"{part}/{name}", shape).astype(np.float32)
        for name, shape in golden_shapes(part).items()
    }


def _tensor(key, shape):
    rng = np.random.default_rng(zlib.crc32(key.encode()))
    normal = rng.standard_normal(shape)
    if len(shape) >= 2:
        return normal * np.sqrt(1 / np.prod(shape[1:]))
    match key.rsplit(".", 1)[1]:
        case "running_var":
            return 0.5 + rng.random(shape)
        case "running_mean":
            return 0.1 * normal
        case "weight":
            return 1 + 0.1 * normal
        case "bias":
            return 0.05 * normal
        case "num_batches_tracked":
            return np.zeros(shape)
    raise KeyError(key)


def golden_depth_network():
    """`Monodepth2` with the golden weights."""
    from densedepth_tf import Monodepth2

    model = Monodepth2(encoder_weights=None)
    _assign(model.multi_scale, "encoder", "depth")
    return model


def golden_pose_network():
    """`PoseNetwork` with the golden weights."""
    from densedepth_tf import PoseNetwork

    network = PoseNetwork(encoder_weights=None)
    _assign(network, "pose_encoder", "pose")
    return network


def _assign(model, *parts):
    from densedepth_tf.models.monodepth2.pytorch_files.official_names import official_variables
    from densedepth_tf.models.monodepth2.pytorch_files.state_dict import assign_state_dict

    tensors = {}
    for part in parts:
        tensors.update(golden_state_dict(part))
    assign_state_dict(official_variables(model), tensors, "golden weights")
