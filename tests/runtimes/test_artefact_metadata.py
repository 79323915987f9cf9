"""What artefacts say about themselves is checked by type and range, in one line."""

import json
import zipfile

import pytest

from densedepth_tf.runtimes.artefact_metadata import parse_metadata
from densedepth_tf.runtimes.litert import METADATA_NAME, _read_metadata

WHOLE = {
    **{"min_depth": 0.1, "max_depth": 10, "image_size": [192, 256], "precision": "float32"},
    **{"focal_length": 0.8107, "network_size": [228, 304]},
}


@pytest.mark.parametrize("missing", [None, *sorted(WHOLE.keys() - {"min_depth", "max_depth"})])
def test_what_is_said_is_taken(missing):
    said = {name: value for name, value in WHOLE.items() if name != missing}
    assert parse_metadata(json.dumps(said), "m.onnx") == said
    assert parse_metadata("{}", "m.onnx") == {}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"min_depth": "abc"}, "its range of depth is 'abc' to 10"),
        ({"max_depth": float("nan")}, "to nan"),
        ({"max_depth": float("inf")}, "to inf"),
        ({"min_depth": 20}, "its range of depth is 20 to 10"),
        ({"min_depth": True}, "its range of depth is True to 10"),
        ({"min_depth": -1}, "its range of depth is -1 to 10"),
        ({"max_depth": None}, "its range of depth is 0.1 to None"),
        ({"image_size": -1}, "its image size is -1"),
        ({"image_size": [192, 10**9]}, r"its image size is \[192, 1000000000\]"),
        ({"image_size": [192.5, 256]}, "its image size"),
        ({"image_size": [192, 256, 3]}, "its image size"),
        ({"max_depth": 10**400}, "its range of depth is 0.1 to 1000000"),
        ({"precision": ["float32"]}, "its precision"),
        ({"resampling": 3}, "its resampling is 3"),
        ({"focal_length": -1}, "its focal length is -1"),
        ({"focal_length": "wide"}, "its focal length is 'wide'"),
        ({"focal_length": 518.86}, "its focal length is 518.86"),
        ({"network_size": [0, 304]}, "its network size"),
    ],
)
def test_what_cannot_be_is_named(change, message):
    with pytest.raises(
        ValueError, match=rf"metadata of 'm\.onnx' is damaged: .*{message}"
    ) as wrong:
        parse_metadata(json.dumps(WHOLE | change), "m.onnx")
    assert "\n" not in str(wrong.value)


@pytest.mark.parametrize("text", ["[1]", "{", "[" * 100_000, json.dumps({"a": "x" * 2**20})])
def test_what_is_no_object_is_named(text):
    with pytest.raises(ValueError, match=r"metadata of 'm\.xml' is damaged"):
        parse_metadata(text, "m.xml")


def test_metadata_that_would_fill_the_memory_is_not_unpacked(tmp_path):
    path = tmp_path / "m.tflite"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(METADATA_NAME, b" " * 2**24)
    with pytest.raises(
        ValueError, match=r"metadata of '.*m\.tflite' is damaged: it has 1048577 bytes"
    ):
        _read_metadata(path)
