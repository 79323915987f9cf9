"""Point clouds as PLY and GLB files, written by trimesh.

| file | axes | colours |
|---|---|---|
| PLY, binary | the camera's: x right, y down, z forward | uint8 RGBA as in the image (sRGB) |
| GLB (glTF 2.0) | glTF's: x right, y up, z towards the viewer | float32 RGB, linear |

Both with the camera at the origin, in metres unless they say that depth is relative. glTF demands
linear vertex colours, and 8 bits would not keep the dark ones apart.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np

from densedepth_tf.files.atomic import write_bytes
from densedepth_tf.geometry.point_cloud import PointCloud

POINT_CLOUD_SUFFIXES = (".ply", ".glb")
_UNSIGNED_BYTE, _FLOAT = 5121, 5126
_RELATIVE = "relative depth, known up to a factor: no metres"
_UNLIT = "KHR_materials_unlit"


def write_point_cloud(path: str | os.PathLike, cloud: PointCloud, unit: str | None = "m") -> None:
    """Writes a point cloud in one step; the suffix `.ply` or `.glb` chooses the format.

    Args:
        path: Where to.
        cloud: In camera coordinates, see the table above for those of the file.
        unit: "m", or None for a relative depth, which the file then says.

    Raises:
        ValueError: If the suffix is another one or the cloud has no points.
        OSError: If the file cannot be written.
    """
    write_bytes(path, encode_point_cloud(cloud, Path(path).suffix.lower(), unit))


def encode_point_cloud(cloud: PointCloud, suffix: str, unit: str | None = "m") -> bytes:
    """The content of a point cloud's file, see `write_point_cloud`.

    Args:
        cloud: In camera coordinates.
        suffix: `.ply` or `.glb`.
        unit: As there.

    Raises:
        ValueError: If the suffix is another one or the cloud has no points.
    """
    import trimesh

    if suffix not in POINT_CLOUD_SUFFIXES:
        raise ValueError(
            f"Point clouds end in {' or '.join(POINT_CLOUD_SUFFIXES)}. Received: '{suffix}'"
        )
    check_has_points(len(cloud))
    if suffix == ".ply":
        content = trimesh.PointCloud(cloud.points, colors=cloud.colors).export(file_type="ply")
        comment = b"" if unit else f"comment {_RELATIVE}\n".encode()
        return content.replace(b"element vertex", comment + b"element vertex", 1)
    points = trimesh.PointCloud(
        cloud.points * np.array((1, -1, -1), np.float32), colors=cloud.colors
    )

    def finish(buffers: dict[Any, bytes], tree: dict[str, Any]) -> None:
        _set_linear_colors(buffers, tree, cloud.colors)
        _set_unlit(tree)
        if not unit:
            tree["asset"] = {**tree["asset"], "extras": {"depth": _RELATIVE}}

    return trimesh.exchange.gltf.export_glb(points.scene(), buffer_postprocessor=finish)


def check_has_points(num_points: int) -> None:
    """Checks that something is left to be shown.

    Raises:
        ValueError: If not.
    """
    if num_points == 0:
        raise ValueError(
            "No point is left to write: all depth is missing or taken out by the edge filter "
            "(`edge_filter=90` keeps everything). Received: 0 points"
        )


def srgb_to_linear(colors: np.ndarray) -> np.ndarray:
    """uint8 sRGB values as float64 linear intensities in [0, 1] (IEC 61966-2-1)."""
    values = np.arange(256) / 255
    table = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return table[colors]


def _set_linear_colors(buffers: dict[Any, bytes], tree: dict[str, Any], colors: np.ndarray) -> None:
    """Replaces the colours, which trimesh stores as it got them, by linear ones."""
    linear = srgb_to_linear(colors).astype("<f4")
    [accessor] = [
        accessor
        for accessor in tree["accessors"].values()
        if accessor["componentType"] == _UNSIGNED_BYTE
    ]
    buffers[list(buffers)[accessor["bufferView"]]] = linear.tobytes()
    accessor |= {"componentType": _FLOAT, "type": "VEC3", "normalized": False}
    accessor["min"], accessor["max"] = linear.min(axis=0).tolist(), linear.max(axis=0).tolist()


def _set_unlit(tree: dict[str, Any]) -> None:
    """Shows the colours as they are: points have no side that a light could fall on."""
    # A new list: trimesh shares the material between exports.
    tree["materials"] = [material | {"extensions": {_UNLIT: {}}} for material in tree["materials"]]
    tree["extensionsUsed"] = [*tree.get("extensionsUsed", []), _UNLIT]
