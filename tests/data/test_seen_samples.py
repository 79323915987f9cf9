"""Pictures of a training are found again, and no others."""

import cv2
import numpy as np
import pytest

from densedepth_tf.data.seen_samples import (
    NEIGHBOUR,
    TRAINING,
    VALIDATION,
    SampleMark,
    SeenSamples,
    read_seen_samples,
    sample_marks,
)


def picture(seed, size=(48, 64)):
    noise = np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 4)


def stretched(seed, size=(48, 64)):
    """With large bright and dark parts, as photographs have."""
    coarse = np.random.default_rng(seed).integers(0, 256, (3, 4, 3), np.uint8)
    return cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC)


def seen(*marks, use=TRAINING):
    samples = SeenSamples()
    samples.add(use, marks)
    return samples


def as_jpeg(image, quality=80):
    content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(content, cv2.IMREAD_COLOR)


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("kitchen/1.jpg", stretched(1)),
        ("other/name.png", stretched(1)),
        ("1.jpg", as_jpeg(stretched(1))),
        ("data/nyu2_train/kitchen/1.png", as_jpeg(stretched(1))),
        ("kitchen/1.jpg", cv2.resize(stretched(1), (40, 20), interpolation=cv2.INTER_AREA)),
    ],
    ids=["itself", "renamed", "from the folder below", "from above, JPEG", "resized"],
)
def test_a_picture_is_found_wherever_it_lies(name, image):
    samples = seen(SampleMark.of("nyu2_train/kitchen/1.jpg", stretched(1)))
    assert samples.use_of(SampleMark.of(name, image)) == TRAINING


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("kitchen/1.jpg", stretched(2)),
        ("kitchen/2.jpg", as_jpeg(stretched(1))),
        ("office/1.jpg", as_jpeg(stretched(1))),
    ],
    ids=["another of its name", "the next frame of a camera that stands", "another folder's"],
)
def test_no_other_picture_is_taken_for_it(name, image):
    samples = seen(SampleMark.of("kitchen/1.jpg", stretched(1)))
    assert samples.use_of(SampleMark.of(name, image)) is None


def test_learning_counts_more_than_validating():
    mark = SampleMark.of("a.jpg", picture(0))
    samples = seen(mark, use=VALIDATION)
    samples.add(TRAINING, [mark])
    samples.add(VALIDATION, [mark])
    assert samples.use_of(mark) == TRAINING
    assert [samples.count(use) for use in (TRAINING, VALIDATION)] == [1, 0]


def test_a_list_is_read_as_it_was_written(tmp_path):
    names = ["plain.jpg", 'quoted "x", y.png', "two\nlines", "caf\udce9.jpg", "Straße/1.jpg"]
    marks = [SampleMark.of(name, picture(seed)) for seed, name in enumerate(names)]
    samples = seen(*marks)
    samples.origin = "nyu.h5"
    samples.write(tmp_path / "list.csv")
    again = read_seen_samples(tmp_path / "list.csv")
    assert [again.use_of(mark) for mark in marks] == [TRAINING] * len(marks)
    assert again.origin == "nyu.h5"


@pytest.mark.parametrize("content", ["", "a,b\n", "use,name,pixels,looks\ntraining,x,12,zz\n"])
def test_another_file_is_refused(tmp_path, content):
    (tmp_path / "list.csv").write_text(content)
    with pytest.raises(ValueError, match=r"list\.csv' is no list of training samples"):
        read_seen_samples(tmp_path / "list.csv")


def test_neighbours_are_seen_as_well():
    frames = np.stack([picture(1), picture(2)])
    sample = {"name": "b.jpg", "image": picture(0), "frames": frames}
    marks = list(sample_marks({**sample, "frame_names": ["a.jpg", "c.jpg"]}))
    assert [(use, mark.name) for use, mark in marks] == [
        (TRAINING, "b"),
        (NEIGHBOUR, "a"),
        (NEIGHBOUR, "c"),
    ]
