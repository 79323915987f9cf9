"""Rendered walks and stereo pairs as sequences: true depth and motion explain every neighbour."""

import json

import numpy as np
import pytest

from densedepth_tf.data.rooms.rooms_writer import RoomsSettings, write_rooms
from densedepth_tf.data.sequence_datasets import SequenceOptions, open_sequences
from densedepth_tf.geometry.warping import warp

SIZE = (60, 80)


@pytest.fixture(scope="module")
def walks(tmp_path_factory):
    """Two rooms of three frames to train on and one of two, seen with two eyes."""
    folder = tmp_path_factory.mktemp("walks")
    settings = RoomsSettings(image_size=SIZE, path_frames=3, stereo=True, supersampling=1)
    write_rooms(folder, {"train": 6, "test": 2}, settings, num_workers=1, progress=False)
    return folder


def error(image, other):
    return np.abs(np.float32(image) - np.float32(other))[5:-5, 5:-5].mean()


@pytest.mark.parametrize("offset", [-1, 1, "s"])
def test_neighbours_are_explained_by_true_depth_and_motion(offset, walks):
    source = open_sequences("rooms", walks, "train", frame_offsets=(offset,))
    assert len(source) == (6 if offset == "s" else 4)  # a walk's end has no next frame
    for index, target in enumerate(source.targets):
        sample, walk = source[index], target.sequence
        if offset == "s":
            motion = walk.stereo_transform
        else:
            there = walk.poses[target.number + offset]
            motion = np.linalg.inv(there) @ walk.poses[target.number]
        depth = walk.read_depth(target.number, SIZE)
        image, neighbour = sample["image"], sample["frames"][0]
        arrays = (neighbour, depth, motion, walk.intrinsics(SIZE))
        rebuilt = warp(*(np.float32(array)[None] for array in arrays))[0]
        assert error(rebuilt, image) < 0.6 * error(neighbour, image)


def test_frames_have_the_splits_names_and_rooms_are_apart(walks):
    source = open_sequences("rooms", walks, "train", frame_offsets=(-1, 1))
    assert [source.sample_name(i) for i in range(len(source))] == [
        "train/00001.jpg", "train/00004.jpg",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"holdout_every": 4}, "`holdout_every` and split files do not apply to 'rooms'"),
        ({"options": SequenceOptions(split_file="a.txt")}, "do not apply to 'rooms'"),
        ({"options": SequenceOptions(every=2)}, "`every` does not apply to 'rooms'"),
    ],
)
def test_options_of_other_sequences_are_refused(options, message, walks):
    with pytest.raises(ValueError, match=message):
        open_sequences("rooms", walks, "train", **options)


def test_single_photographs_have_no_neighbours(walks, tmp_path):
    settings = RoomsSettings(image_size=SIZE, supersampling=1)
    write_rooms(tmp_path, {"train": 2}, settings, num_workers=1, progress=False)
    with pytest.raises(ValueError, match=r"no neighbours.*--path-frames N --stereo"):
        open_sequences("rooms", tmp_path, "train")
    (tmp_path / "rooms.json").write_text(json.dumps({"seed": 0}))
    with pytest.raises(ValueError, match=r"Cannot read .*rooms\.json"):
        open_sequences("rooms", tmp_path, "train")
