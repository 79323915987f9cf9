import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from densedepth_tf.data.rooms.rooms import (
    RoomsSource,
    camera_path,
    camera_pose,
    clearance,
    hand_held_camera,
    random_camera,
    random_room,
    render,
    room_seed,
    stereo_partner,
)
from densedepth_tf.geometry.cameras.intrinsics import nyu_intrinsics

SIZE = (60, 80)
K = nyu_intrinsics(SIZE).astype(np.float64)


def _bare_room(seed=0):
    scene = random_room(seed)
    fields = {name: getattr(scene, name) for name in scene.__dataclass_fields__}
    return type(scene)(**{**fields, "groups": ()})


def _points(depth, pose, intrinsics):
    """World points (H, W, 3) of a depth map."""
    v, u = np.mgrid[0 : depth.shape[0], 0 : depth.shape[1]]
    rays = np.stack([u, v, np.ones_like(u)], -1) @ np.linalg.inv(intrinsics).T
    return (rays * depth[..., None]) @ pose[:3, :3].T + pose[:3, 3]


def _project(points, pose, intrinsics):
    """Pixel coordinates u, v and depth of world points."""
    camera = (points - pose[:3, 3]) @ pose[:3, :3]
    pixels = camera @ intrinsics.T
    return pixels[..., 0] / pixels[..., 2], pixels[..., 1] / pixels[..., 2], camera[..., 2]


def test_depth_of_a_wall_is_along_the_optical_axis():
    scene = _bare_room()
    width, length, height = scene.size
    pose = camera_pose([1.0, length / 2, height / 2], yaw=0.0)
    narrow = np.array([[500.0, 0, 2], [0, 500, 1.5], [0, 0, 1]])
    _, depth = render(scene, pose, narrow, (4, 5))
    assert depth.dtype == np.float32
    np.testing.assert_allclose(depth, width - 1, atol=1e-5)


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 20),
    st.tuples(*[st.floats(0.2, 0.8)] * 3),
    st.floats(-3.1, 3.1),
    st.floats(-0.5, 0.4),
    st.floats(-0.2, 0.2),
)
def test_every_point_of_an_empty_room_lies_on_its_walls(seed, place, yaw, pitch, roll):
    scene = _bare_room(seed)
    pose = camera_pose(np.array(place) * scene.size, yaw, pitch, roll)
    _, depth = render(scene, pose, K, (12, 16), noise=0)
    points = _points(depth, pose, K)
    gaps = np.minimum(np.abs(points), np.abs(points - np.array(scene.size))).min(-1)
    assert gaps.max() < 2e-5


@pytest.mark.parametrize("seed", range(6))
def test_two_views_agree_on_the_geometry(seed):
    scene = random_room(seed)
    first, second = camera_path(scene, 8, seed)[[0, 7]]
    size = (120, 160)
    intrinsics = nyu_intrinsics(size).astype(np.float64)
    _, depth_a = render(scene, first, intrinsics, size, noise=0)
    _, depth_b = render(scene, second, intrinsics, size, noise=0)
    points = _points(depth_a, first, intrinsics)
    u, v, z = _project(points, second, intrinsics)
    row, column = np.rint(v), np.rint(u)
    inside = (z > 0.1) & (row >= 0) & (row < size[0]) & (column >= 0) & (column < size[1])
    assert inside.mean() > 0.5
    row, column = row[inside].astype(int), column[inside].astype(int)
    # Distance of A's point from the plane through B's surface point, judged by B's neighbours:
    # at a fraction of a pixel the depths themselves differ on slanted surfaces.
    points_b = _points(depth_b, second, intrinsics)
    tangent_u = np.gradient(points_b, axis=1)[row, column]
    tangent_v = np.gradient(points_b, axis=0)[row, column]
    normal = np.cross(tangent_u, tangent_v)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    gap = np.abs(((points[inside] - points_b[row, column]) * normal).sum(-1))
    assert (gap < 0.01).mean() > 0.85
    assert np.median(gap) < 1e-4


def test_stereo_disparity_explains_the_right_picture():
    scene = random_room(3)
    left = random_camera(scene, 3)
    right = stereo_partner(left, 0.1)
    size = (120, 160)
    intrinsics = nyu_intrinsics(size)
    image_l, depth = render(scene, left, intrinsics, size, noise=0)
    image_r, depth_r = render(scene, right, intrinsics, size, noise=0)
    column = np.arange(size[1]) - intrinsics[0, 0] * 0.1 / depth
    low = np.clip(np.floor(column).astype(int), 0, size[1] - 2)
    share = (column - low)[..., None]
    rows = np.arange(size[0])[:, None]
    warped = (1 - share) * image_r[rows, low] + share * image_r[rows, low + 1]
    seen = (column >= 0) & (column < size[1] - 1)
    nearest = np.clip(np.rint(column).astype(int), 0, size[1] - 1)
    seen &= np.abs(depth_r[rows, nearest] - depth) < 0.02 * depth
    assert seen.mean() > 0.6
    error = np.abs(warped - image_l)[seen].mean()
    unmoved = np.abs(image_r.astype(float) - image_l)[seen].mean()
    assert error < 5
    assert error < 0.6 * unmoved


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31))
def test_depth_is_complete_and_in_range(seed):
    scene = random_room(seed)
    assert min(scene.size[:2]) >= 3 and max(scene.size[:2]) <= 8
    assert len(scene.groups) >= 3
    pose = random_camera(scene, seed)
    assert 0.8 <= pose[2, 3] <= 1.8
    assert clearance(scene, pose[None, :3, 3])[0] >= 0.4
    rgb, depth = render(scene, pose, K, SIZE, seed=seed)
    assert rgb.dtype == np.uint8 and rgb.shape == (*SIZE, 3)
    assert depth.dtype == np.float32 and depth.shape == SIZE
    assert np.isfinite(depth).all()
    assert depth.min() >= 0.3 and depth.max() <= 12


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31))
def test_a_camera_that_is_carried_looks_any_way_from_any_free_place(seed):
    scene = random_room(seed)
    pose = hand_held_camera(scene, seed)
    np.testing.assert_allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-9)
    assert 0.6 <= pose[2, 3] <= 1.9
    assert clearance(scene, pose[None, :3, 3])[0] >= 0.35
    down = -np.degrees(np.arcsin(pose[2, 2]))
    assert -20 <= down <= 55
    np.testing.assert_array_equal(hand_held_camera(scene, seed), pose)
    _, depth = render(scene, pose, K, SIZE, seed=seed)
    assert np.isfinite(depth).all() and 0.2 <= depth.min() <= depth.max() <= 12


def test_carried_cameras_look_down_and_see_near_things_where_photographers_do_not():
    scenes = [random_room(seed) for seed in range(60)]

    def down(camera):
        forward = [camera(scene, index)[2, 2] for index, scene in enumerate(scenes)]
        return -np.degrees(np.arcsin(forward))

    carried, photographers = down(hand_held_camera), down(random_camera)
    assert np.mean(carried > 30) > 0.2 and carried.min() < -10
    assert photographers.max() < 30 and photographers.min() > -12


def test_the_share_of_rooms_that_a_carried_camera_sees():
    def depths(hand_held):
        source = RoomsSource("train", 40, (24, 32), seed=3, lenses=(0.6, 1.3), hand_held=hand_held)
        return np.array([sample["depth"] for sample in source])

    stands, carried, mixed = depths(0.0), depths(1.0), depths(0.6)
    stood = (mixed == stands).all(axis=(1, 2, 3))
    assert ((mixed == carried).all(axis=(1, 2, 3)) != stood).all()
    assert 8 <= stood.sum() <= 24
    assert np.median(carried) < 0.8 * np.median(stands)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_what_is_no_share_of_rooms_is_refused(share):
    with pytest.raises(ValueError, match=r"`hand_held` is a share in 0..1\. Received"):
        RoomsSource("train", 1, SIZE, hand_held=share)


def test_pictures_are_neither_dark_nor_blank():
    brightness, contrast = [], []
    for sample in RoomsSource("test", 12, SIZE):
        brightness.append(sample["image"].mean())
        contrast.append(sample["image"].std())
    assert 80 < np.mean(brightness) < 170
    assert min(brightness) > 35 and min(contrast) > 12


def test_same_seed_same_sample_and_other_index_other_room():
    source, again = RoomsSource("train", 3, SIZE, seed=5), RoomsSource("train", 9, SIZE, seed=5)
    first, second = source[1], again[1]
    np.testing.assert_array_equal(first["image"], second["image"])
    np.testing.assert_array_equal(first["depth"], second["depth"])
    assert np.abs(source[0]["depth"] - source[1]["depth"]).mean() > 0.05
    other = RoomsSource("train", 3, SIZE, seed=6)
    assert np.abs(other[1]["depth"] - first["depth"]).mean() > 0.05
    assert first["depth"].shape == (*SIZE, 1)
    assert first["name"] == source.sample_name(1) == "rooms/train/00001"
    np.testing.assert_allclose(first["intrinsics"], nyu_intrinsics(SIZE))
    assert len(list(source)) == 3
    with pytest.raises(IndexError):
        source[3]


def test_every_room_has_a_lens_of_its_own():
    source = RoomsSource("train", 40, (24, 32), seed=2, lenses=(0.6, 1.3))
    focal_lengths = [sample["intrinsics"][0, 0] / 32 for sample in source]
    assert 0.6 <= min(focal_lengths) < 0.7 and 1.1 < max(focal_lengths) <= 1.3
    assert len({*focal_lengths}) == 40
    # Every zoom as likely as another: as many below the geometric mean as above.
    assert np.median(focal_lengths) == pytest.approx(np.sqrt(0.6 * 1.3), rel=0.12)
    again = RoomsSource("train", None, (24, 32), seed=2, lenses=(0.6, 1.3))
    for key in ("image", "depth", "intrinsics"):
        np.testing.assert_array_equal(again[7][key], source[7][key])
    assert again.endless and again[10**6]["name"] == "rooms/train/1000000"


@pytest.mark.parametrize("lenses", [(1.3, 0.6), (0.0, 1.0), (0.6, float("nan")), (0.6, 500.0)])
def test_what_is_no_range_of_lenses_is_refused(lenses):
    with pytest.raises(ValueError, match=r"`lenses`.*image widths.*Received"):
        RoomsSource("train", 1, SIZE, lenses=lenses)


@pytest.mark.long
def test_splits_share_no_room():
    seeds = [
        room_seed(split, seed, index)
        for split in ("train", "validation", "test")
        for seed in range(3)
        for index in range(100)
    ]
    sizes = {random_room(seed).size for seed in seeds[::9]}
    assert len(set(seeds)) == len(seeds)
    assert len(sizes) == len(seeds[::9])


@pytest.mark.parametrize(
    "arguments", [("training", 3), ("train", 0), ("train", 3, (0, 5)), ("train", 3, SIZE, -1)]
)
def test_bad_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match="Received"):
        RoomsSource(*arguments)


def test_a_camera_outside_the_room_is_refused():
    with pytest.raises(ValueError, match="inside the room"):
        render(random_room(0), camera_pose([-1, 1, 1], 0), K, SIZE)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31))
def test_walks_are_smooth_and_free(seed):
    scene = random_room(seed)
    path = camera_path(scene, 40, seed)
    assert path.shape == (40, 4, 4)
    rotations, places = path[:, :3, :3], path[:, :3, 3]
    np.testing.assert_allclose(
        rotations @ rotations.mT, np.broadcast_to(np.eye(3), (40, 3, 3)), atol=1e-9
    )
    np.testing.assert_allclose(np.linalg.det(rotations), 1)
    assert clearance(scene, places).min() >= 0.4
    assert np.linalg.norm(np.diff(places, axis=0), axis=1).max() < 0.05
    turns = rotations[:-1].mT @ rotations[1:]
    angles = np.degrees(np.arccos(np.clip((np.trace(turns, axis1=1, axis2=2) - 1) / 2, -1, 1)))
    assert angles.max() < 4
    assert np.linalg.norm(places[-1] - places[0]) > 0.01


def test_supersampling_changes_edges_only_and_never_the_depth():
    scene = random_room(2)
    pose = random_camera(scene, 2)
    hard, depth_hard = render(scene, pose, K, SIZE, noise=0)
    smooth, depth_smooth = render(scene, pose, K, SIZE, noise=0, supersampling=2)
    np.testing.assert_array_equal(depth_hard, depth_smooth)
    changed = (hard != smooth).any(-1).mean()
    assert 0 < changed < 0.6


def test_needs_no_tensorflow():
    code = "import sys, densedepth_tf.data.rooms.rooms; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
