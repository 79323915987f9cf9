"""A room seen through two lenses has the same metres, in training and in prediction."""

import numpy as np
import pytest
import tensorflow as tf

from densedepth_tf.data.batches.augmentation import random_scale_crop
from densedepth_tf.data.one_camera import focal_length_of, sample_of_camera, to_one_camera
from densedepth_tf.data.rooms.rooms import RoomsSource, random_camera, random_room, render
from densedepth_tf.data.source import DepthSource, RecordSource
from densedepth_tf.geometry.back_projection import back_project
from densedepth_tf.geometry.cameras.intrinsics import intrinsics_matrix
from densedepth_tf.geometry.cameras.lens import lens_factor

SIZE = HEIGHT, WIDTH = 48, 64
WIDE, ZOOM = 0.8, 2


def through(lens):
    """One room from one place, through a lens of so many image widths."""
    scene = random_room(3)
    matrix = intrinsics_matrix(lens * WIDTH, lens * WIDTH, (WIDTH - 1) / 2, (HEIGHT - 1) / 2)
    image, depth = render(scene, random_camera(scene, 3), matrix, SIZE, seed=3)
    return {"image": image, "depth": depth[..., None], "name": f"{lens}", "intrinsics": matrix}


@pytest.fixture(scope="module")
def views():
    return through(WIDE), through(ZOOM * WIDE)


class Views(DepthSource):
    """Samples of different cameras, and one of nobody knows which."""

    title = "views"

    def __init__(self, *samples):
        self._samples = samples

    def __len__(self):
        return len(self._samples)

    def sample_name(self, index):
        return self._samples[index]["name"]

    def __getitem__(self, index):
        return self._samples[index]


def test_metres_agree_through_both_lenses(views):
    wide, long = views
    source = to_one_camera(Views(*views), WIDE, SIZE)
    learnt = [sample["depth"] for sample in source]
    np.testing.assert_array_equal(learnt[0], wide["depth"])
    # What the network is taught of the long lens: everything is as near as it looks.
    np.testing.assert_allclose(learnt[1], long["depth"] / ZOOM, rtol=1e-6)
    # Whoever has learnt that says so of the long lens; the lens brings metres back.
    for sample, taught in zip(views, learnt, strict=True):
        factor = lens_factor(sample["intrinsics"], SIZE, SIZE, WIDE)
        np.testing.assert_allclose(taught * factor, sample["depth"], rtol=1e-6)
    # The long lens sees the middle of what the wide one sees: the same surfaces, as far away.
    middle = wide["depth"][HEIGHT // 4 : -HEIGHT // 4, WIDTH // 4 : -WIDTH // 4]
    seen_by_both = long["depth"].reshape(HEIGHT // 2, 2, WIDTH // 2, 2).mean(axis=(1, 3))
    assert np.median(np.abs(seen_by_both / middle[..., 0] - 1)) < 0.01


def test_a_room_has_one_target_through_whatever_lens():
    """Depth of the middle, which every lens sees, over what the lens enlarges."""
    targets = []
    for focal_length in (0.6, 0.8107, 1.3):
        rooms = RoomsSource("train", 1, SIZE, seed=4, lenses=(focal_length, focal_length))
        (sample,) = to_one_camera(rooms, 0.8107, SIZE)
        true = rooms[0]["depth"]
        np.testing.assert_allclose(sample["depth"] * focal_length, true * 0.8107, rtol=1e-5)
        targets.append(np.median(sample["depth"][23:25, 31:33]) * focal_length)
    assert max(targets) < 1.03 * min(targets)


def test_a_zoomed_crop_is_a_longer_lens(views):
    """Eigen's augmentation divides depth by the zoom, which is what the label transform does."""
    wide, long = views
    image, depth = (tf.constant(wide[key]) for key in ("image", "depth"))
    cropped, nearer = random_scale_crop(image, depth, tf.constant([1, 2], tf.int64), 1.5)
    rows, columns = cropped.shape[:2]
    zoom = np.sqrt(HEIGHT / rows * WIDTH / columns)
    assert zoom > 1.02
    # The same crop as a sample of its own: its pixels are the wide lens's.
    own = {**wide, "image": cropped.numpy(), "depth": nearer.numpy() * zoom}
    assert focal_length_of(own, SIZE) == pytest.approx(WIDE * zoom)
    brought = sample_of_camera(own, WIDE, SIZE)
    np.testing.assert_allclose(brought["depth"], nearer, rtol=1e-6)
    assert focal_length_of(long, SIZE) == pytest.approx(WIDE * ZOOM)


def test_points_keep_their_places_across(views):
    _, long = views
    brought = sample_of_camera(long, WIDE, SIZE)
    before = np.asarray(back_project(long["depth"][..., 0], long["intrinsics"]))
    after = np.asarray(back_project(brought["depth"][..., 0], brought["intrinsics"]))
    np.testing.assert_allclose(after, before * [1, 1, 1 / ZOOM], rtol=1e-5)
    again = sample_of_camera(brought, WIDE, SIZE)
    np.testing.assert_allclose(again["depth"], brought["depth"], rtol=1e-6)


def test_samples_that_do_not_tell_their_camera_are_taken_for_its(views):
    unknown = {key: value for key, value in views[1].items() if key != "intrinsics"}
    source = to_one_camera(Views(unknown), WIDE, SIZE)
    assert source[0] is unknown and focal_length_of(unknown, SIZE) is None
    assert (len(source), source.title, source.sample_name(0)) == (1, "views", unknown["name"])


def test_records_are_brought_as_well(views):
    class Records(RecordSource):
        title, shards, is_whole = "records", ["a"], False

        def __len__(self):
            return 2

        def records(self):
            return iter([b"0", b"1"])

        def decode(self, serialized):
            return views[int(serialized)]

    source = to_one_camera(Records(), WIDE, SIZE)
    assert source.shards == ["a"] and not source.is_whole and "records" in source.too_few()
    _, long = list(source)
    np.testing.assert_allclose(long["depth"], views[1]["depth"] / ZOOM, rtol=1e-6)


def test_another_size_of_the_network_is_another_width():
    """Rooms are rendered as NYU's camera sees them, at any size."""
    sample = RoomsSource("test", 1, (24, 32))[0]
    assert focal_length_of(sample, (48, 64)) == pytest.approx(0.811, abs=1e-3)
    assert focal_length_of(sample, (48, 32)) == pytest.approx(0.811 * np.sqrt(2), abs=1e-3)
