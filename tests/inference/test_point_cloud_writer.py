import json
import struct

import numpy as np
import pytest

from densedepth_tf.geometry.point_cloud import PointCloud
from densedepth_tf.inference.outputs.point_cloud_writer import (
    encode_point_cloud,
    srgb_to_linear,
    write_point_cloud,
)


@pytest.fixture
def cloud(rng):
    points = rng.uniform(-3, 3, (50, 3)).astype(np.float32)
    return PointCloud(points, rng.integers(0, 256, (50, 3), dtype=np.uint8))


def read_glb(content):
    """Positions and colours of a GLB with one mesh, by the letter of glTF 2.0 alone."""
    magic, version, length = struct.unpack_from("<4sII", content)
    assert (magic, version, length) == (b"glTF", 2, len(content))
    json_length, kind = struct.unpack_from("<I4s", content, 12)
    assert kind == b"JSON" and json_length % 4 == 0
    tree = json.loads(content[20 : 20 + json_length])
    binary_length, kind = struct.unpack_from("<I4s", content, 20 + json_length)
    binary = content[28 + json_length :]
    assert kind == b"BIN\0" and len(binary) == binary_length == tree["buffers"][0]["byteLength"]

    [node] = [tree["nodes"][index] for index in tree["scenes"][tree["scene"]]["nodes"]]
    assert not {"matrix", "rotation", "translation", "scale"} & set(node)
    [primitive] = tree["meshes"][node["mesh"]]["primitives"]
    assert primitive["mode"] == 0  # points
    arrays = []
    for name in ("POSITION", "COLOR_0"):
        accessor = tree["accessors"][primitive["attributes"][name]]
        view = tree["bufferViews"][accessor["bufferView"]]
        assert (accessor["componentType"], accessor["type"]) == (5126, "VEC3")
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        assert start % 4 == 0 and view["byteLength"] == 12 * accessor["count"]
        values = np.frombuffer(binary, "<f4", 3 * accessor["count"], start).reshape(-1, 3)
        np.testing.assert_array_equal(accessor["min"], values.min(0))
        np.testing.assert_array_equal(accessor["max"], values.max(0))
        arrays.append(values)
    return tree, *arrays


def test_glb_has_y_up_and_linear_colours(cloud):
    tree, positions, colors = read_glb(encode_point_cloud(cloud, ".glb"))
    np.testing.assert_array_equal(positions, cloud.points * [1, -1, -1])
    # Inverting the sRGB curve gives the picture's values back, the dark ones too.
    encoded = np.where(colors <= 0.0031308, 12.92 * colors, 1.055 * colors ** (1 / 2.4) - 0.055)
    np.testing.assert_allclose(encoded * 255, cloud.colors, atol=0.02)
    [material] = tree["materials"]
    assert material["extensions"] == {"KHR_materials_unlit": {}}
    assert tree["extensionsUsed"] == ["KHR_materials_unlit"]


def test_glb_by_another_library(cloud, tmp_path):
    pygltflib = pytest.importorskip("pygltflib")
    write_point_cloud(tmp_path / "a.glb", cloud)
    read = pygltflib.GLTF2().load(str(tmp_path / "a.glb"))
    [primitive] = read.meshes[0].primitives
    accessor = read.accessors[primitive.attributes.POSITION]
    view = read.bufferViews[accessor.bufferView]
    data = read.binary_blob()[view.byteOffset : view.byteOffset + view.byteLength]
    positions = np.frombuffer(data, "<f4").reshape(-1, 3)
    np.testing.assert_array_equal(positions, cloud.points * [1, -1, -1])


def test_ply_keeps_the_cameras_axes_and_colours(cloud, tmp_path):
    plyfile = pytest.importorskip("plyfile")
    write_point_cloud(tmp_path / "a.PLY", cloud)
    read = plyfile.PlyData.read(tmp_path / "a.PLY")
    assert not read.text and [element.name for element in read.elements] == ["vertex"]
    vertex = read["vertex"]
    points = np.stack([vertex[axis] for axis in "xyz"], -1)
    assert points.dtype == np.float32
    np.testing.assert_array_equal(points, cloud.points)
    colors = np.stack([vertex[name] for name in ("red", "green", "blue")], -1)
    np.testing.assert_array_equal(colors, cloud.colors)


def test_ply_by_its_bytes(cloud):
    content = encode_point_cloud(cloud, ".ply")
    header, _, body = content.partition(b"end_header\n")
    assert header.startswith(b"ply\nformat binary_little_endian 1.0\n")
    assert b"element vertex 50\n" in header
    record = np.dtype([("point", "<f4", 3), ("color", "u1", 3), ("alpha", "u1")])
    read = np.frombuffer(body, record)
    np.testing.assert_array_equal(read["point"], cloud.points)
    np.testing.assert_array_equal(read["color"], cloud.colors)
    assert (read["alpha"] == 255).all()


def test_one_point_and_none():
    one = PointCloud(np.ones((1, 3), np.float32), np.full((1, 3), 7, np.uint8))
    assert read_glb(encode_point_cloud(one, ".glb"))[1].tolist() == [[1, -1, -1]]
    none = PointCloud(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.uint8))
    for suffix in (".ply", ".glb"):
        with pytest.raises(ValueError, match="No point is left"):
            encode_point_cloud(none, suffix)


def test_a_suffix_that_is_none_and_a_folder_that_cannot_be_written(cloud, tmp_path):
    with pytest.raises(ValueError, match=r"Received: '\.obj'"):
        write_point_cloud(tmp_path / "a.obj", cloud)
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Cannot write to folder"):
        write_point_cloud(tmp_path / "file" / "a.ply", cloud)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_ends_of_the_srgb_curve():
    values = srgb_to_linear(np.array([0, 188, 255], np.uint8))
    np.testing.assert_allclose(values, [0, 0.5, 1], atol=0.003)
