"""Files of presets that are damaged: one line, which names the file."""

import json

import numpy as np
import pytest

import densedepth_tf
from densedepth_tf.commands import predict
from densedepth_tf.inference.quick_load import quick_load
from densedepth_tf.presets.presets import preset_path


def _without_a_kernel(arrays):
    del arrays["Conv1/kernel"]


def _with_a_kernel_of_another_type(arrays):
    arrays["Conv1/kernel"] = arrays["Conv1/kernel"].astype(str)


def _with_a_kernel_of_another_shape(arrays):
    arrays["Conv1/kernel"] = arrays["Conv1/kernel"][:2]


def _with_half_a_graph(arrays):
    arrays["onnx"] = arrays["onnx"][: arrays["onnx"].size // 2]


def _with_a_wrong_range(arrays):
    description = json.loads(str(arrays["model"]))
    description["config"]["max_depth"] = "ten"
    arrays["model"] = np.array(json.dumps(description))


def _with_a_wrong_size(arrays):
    description = json.loads(str(arrays["model"]))
    description["config"]["image_size"] = 5
    arrays["model"] = np.array(json.dumps(description))


@pytest.mark.parametrize(
    "damage",
    [
        _with_a_wrong_size,
        _without_a_kernel,
        _with_a_kernel_of_another_type,
        _with_a_kernel_of_another_shape,
        _with_half_a_graph,
        _with_a_wrong_range,
    ],
)
def test_predict_names_a_damaged_preset_in_one_line(leave, damage, arrays, photo, tmp_path, capfd):
    damage(arrays)
    path = tmp_path / "damaged.npz"
    np.savez(path, **arrays)
    flags = ("--checkpoint", path, "--input", photo, "--output", tmp_path / "out")
    assert leave(predict, *flags) == 2
    errors = capfd.readouterr().err
    assert errors.startswith("predict.py: error: The preset is damaged") and str(path) in errors
    assert errors.count("\n") == 1


def test_a_preset_with_a_damaged_list_of_contents_is_named(leave, photo, tmp_path, capfd):
    content = bytearray(preset_path("nyu_small").read_bytes())
    content[content.rindex(b"PK\x01\x02") + 6] = 200  # "needs version 20.0 of ZIP"
    path = tmp_path / "damaged.npz"
    path.write_bytes(content)
    flags = ("--checkpoint", path, "--input", photo, "--output", tmp_path / "out")
    assert leave(predict, *flags) == 2
    assert "The preset is damaged" in capfd.readouterr().err


def test_a_preset_with_damaged_bytes_is_named(tmp_path):
    content = bytearray(preset_path("nyu_small").read_bytes())
    for place in range(len(content) // 4, len(content) * 3 // 4, 997):
        content[place] ^= 0xFF
    path = tmp_path / "damaged.npz"
    path.write_bytes(content)
    for opens in (densedepth_tf.load, quick_load):
        with pytest.raises(ValueError, match=r"damaged.*damaged\.npz"):
            opens(path)
