"""Files of presets that are damaged: one line, which names the file."""

import json
import zipfile

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


def _with_an_infinite_range(arrays):
    description = json.loads(str(arrays["model"]))
    description["config"]["max_depth"] = float("inf")
    arrays["model"] = np.array(json.dumps(description))


def _with_a_decoder_of_a_billion(arrays):
    description = json.loads(str(arrays["model"]))
    description["config"]["decoder_filters"] = 10**9
    arrays["model"] = np.array(json.dumps(description))
    del arrays["onnx"]  # The Keras model is built.


def _with_objects(arrays):
    arrays["Conv1/kernel"] = np.array([{}], object)


def _with_a_huge_array(arrays):
    arrays["more"] = np.zeros((2**13, 2**13), np.float16)  # 134 MB of nothing


@pytest.mark.parametrize(
    "damage",
    [
        _with_an_infinite_range,
        _with_a_decoder_of_a_billion,
        _with_objects,
        _with_a_huge_array,
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
    np.savez_compressed(path, **arrays)
    flags = ("--checkpoint", path, "--input", photo, "--output", tmp_path / "out")
    assert leave(predict, *flags) == 2
    errors = capfd.readouterr().err
    assert errors.startswith("predict.py: error: The preset is damaged") and str(path) in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize("shape", [(10**6, 10**6), (2**62, 2**62), (3, 3, 3, 33)])
def test_a_preset_that_declares_more_than_it_has_is_refused(shape, arrays, tmp_path):
    path = tmp_path / "huge.npz"
    np.savez(path, **arrays)
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    with zipfile.ZipFile(path, "a") as archive, archive.open("more.npy", "w") as file:
        np.lib.format.write_array_header_1_0(file, header)
    for opens in (densedepth_tf.load, quick_load):
        with pytest.raises(ValueError, match=r"more\.npy is declared as float32.*huge\.npz'"):
            opens(path)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_preset_with_a_weight_that_is_not_finite_is_named(value, arrays, tmp_path):
    arrays["conv2/kernel"][0, 0, 5, 7] = value
    path = tmp_path / "broken.npz"
    np.savez(path, **arrays)
    for opens in (densedepth_tf.load, quick_load):
        with pytest.raises(ValueError, match=r"conv2/kernel is not finite: 1 of .*broken\.npz'"):
            opens(path)


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
