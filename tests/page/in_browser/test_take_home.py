"""What the page saves is what `predict.py` writes."""

import numpy as np
import pytest
import trimesh
from PIL import Image
from PIL.ExifTags import IFD

from densedepth_tf.files.depth.depth_file import read_depth
from densedepth_tf.files.images.image_file import read_image
from densedepth_tf.geometry.cameras.exif_intrinsics import FOCAL_LENGTH_35MM
from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource
from densedepth_tf.geometry.point_cloud import to_point_cloud
from densedepth_tf.inference.predict_to_folder import predict_to_folder
from densedepth_tf.visualization.colorize import colorize

# The 35-mm focal length that EXIF tells: a longer lens than the one that the model learnt from.
SIZES = {(61, 83): None, (333, 200): 50, (241, 321): None}


@pytest.fixture
def photograph(tmp_path):
    """`photograph(size, focal)`: a file with something like a room in it, without a loss."""

    def make(size, focal):
        height, width = size
        down, across = np.mgrid[:height, :width] / np.array(size)[:, None, None]
        image = np.stack([down, across, np.sin(9 * across) ** 2 * down], -1)
        image[height // 3 : height // 2, width // 4 : width // 2] = (0.9, 0.4, 0.1)
        path = tmp_path / f"room_{height}x{width}.png"
        exif = Image.Exif()
        if focal is not None:
            exif[IFD.Exif] = {FOCAL_LENGTH_35MM: focal}
        Image.fromarray((255 * image).round().astype(np.uint8)).save(path, exif=exif)
        return path

    return make


def test_metres_and_files_are_those_of_predict(
    site, visit, show, take, photograph, tmp_path, monkeypatch
):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")  # the same runtime as the page's
    tab = visit(site)
    for size, focal in SIZES.items():
        path = photograph(size, focal)
        formats = ("png", "npy", "color", "ply", "glb")
        predict_to_folder("nyu_small", [path], tmp_path / "out", formats)
        own = tmp_path / "out" / path.stem
        show(tab, path)
        depth = np.load(take(tab, "npy"))
        expected = np.load(own.with_suffix(".depth.npy"))
        assert depth.shape == size and depth.dtype == np.float32
        np.testing.assert_allclose(depth, expected, rtol=0, atol=1e-4)

        saved = read_depth(take(tab, "png"))
        np.testing.assert_allclose(saved[..., 0], depth, rtol=0, atol=0.00051)

        colors = read_image(take(tab, "color"))[:, : size[1]]
        np.testing.assert_array_equal(colors, colorize(depth))

        camera = IntrinsicsSource().of_image(size, path)
        assert camera.assumed == (focal is None)
        assert ("EXIF" in tab.inner_text("#lens-origin")) == (focal is not None)
        cloud = to_point_cloud(depth, camera.intrinsics, read_image(path))
        points = trimesh.load(take(tab, "ply"))
        np.testing.assert_allclose(points.vertices, cloud.points, rtol=0, atol=1e-5)
        np.testing.assert_array_equal(points.colors[:, :3], cloud.colors)
        turned = trimesh.load(take(tab, "glb"), force="scene").geometry.values()
        [vertices] = [each.vertices for each in turned]
        np.testing.assert_allclose(vertices * (1, -1, -1), cloud.points, rtol=0, atol=1e-5)
