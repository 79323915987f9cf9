"""A training learns from one camera, which its model remembers."""

import numpy as np
import pytest

from densedepth_tf.data.datasets import DATASETS, register_dataset
from densedepth_tf.data.rooms.rooms import RoomsSource
from densedepth_tf.data.source import DepthSource
from densedepth_tf.geometry.cameras.intrinsics import intrinsics_matrix
from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.densedepth.system import DenseDepthTraining


class TwoLenses(DepthSource):
    """Two metres through a wide lens, and through one twice as long."""

    title = "two lenses"

    def __len__(self):
        return 2

    def sample_name(self, index):
        return str(index)

    def __getitem__(self, index):
        focal = 80 * (self.check_index(index) + 1)
        return {
            "image": np.full((64, 96, 3), 99, np.uint8),
            "depth": np.full((64, 96, 1), 2, np.float32),
            "name": self.sample_name(index),
            "intrinsics": intrinsics_matrix(focal, focal, 47.5, 31.5),
        }


@pytest.fixture
def training(tmp_path):
    def build(**options):
        return DenseDepthTraining(
            DenseDepthOptions(
                encoder="mobilenetv2",
                encoder_weights="none",
                decoder_filters=[16, 8, 4, 4, 2],
                workdir=str(tmp_path / "run"),
                epochs=1,
                **{"image_size": "64x96", "dataset": "two-lenses", **options},
            )
        )

    register_dataset("two-lenses", lambda folder, split: TwoLenses())
    yield build
    del DATASETS["two-lenses"]


def test_the_named_focal_length_is_learnt_and_kept(training):
    system = training(focal_length=80 / 96)
    depths = [np.unique(sample["depth"]) for sample in system.training.source]
    assert depths == [[2], [1]]
    assert [np.unique(s["depth"]) for s in system.validation.source] == [[2], [1]]
    model = system.compiled_model(system.stages[0], resume=False)
    assert model.get_config()["focal_length"] == 80 / 96
    assert "0.833 image widths" in system.remarks(model)["camera"]
    (name,) = system.files(model)
    assert system.files(model)[name].focal_length == 80 / 96


def test_several_cameras_and_no_name_are_warned_of(training):
    with pytest.warns(UserWarning, match="several cameras, 0.833 to 1.67 image widths.*`focal_le"):
        system = training()
    assert system.focal_length is None
    assert all(np.unique(sample["depth"]) == 2 for sample in system.training.source)


def test_samples_of_one_camera_tell_it_themselves(training):
    system = training(dataset="rooms", image_size="96x128", num_images=2, num_validation_images=1)

    assert system.focal_length == pytest.approx(0.811, abs=1e-3)


def test_cameras_are_turned_by_the_focal_length_that_is_known(training):
    rooms = {"dataset": "rooms", "image_size": "96x128", "num_images": 2}
    own = training(**rooms, num_validation_images=1, camera_turn=5.0)
    assert own.augmentation.focal_length == pytest.approx(0.811, abs=1e-3)
    assert training(camera_turn=5.0, focal_length=0.9).augmentation.focal_length == 0.9
    with (
        pytest.warns(UserWarning, match="several cameras"),
        pytest.raises(ValueError, match=r"`camera_turn` needs `focal_length`.*Received: 5\.0"),
    ):
        training(camera_turn=5.0)


def test_rooms_through_many_lenses_are_brought_to_the_one_camera(training):
    options = {"dataset": "rooms", "num_images": 2, "num_validation_images": 1}
    system = training(**options, focal_length=0.8107, rooms_lens="1.2,1.3")
    for source in (system.training.source, system.validation.source):
        sample = source[0]
        rooms = RoomsSource(source.title.rpartition("/")[2], 1, (64, 96), lenses=(1.2, 1.3))
        (seen,) = rooms
        np.testing.assert_array_equal(sample["image"], seen["image"])
        factor = seen["intrinsics"][0, 0] / 96 / 0.8107
        assert 1.4 < factor < 1.7
        np.testing.assert_allclose(sample["depth"] * factor, seen["depth"], rtol=1e-5)
    extra = training(focal_length=0.8107, extra_data="rooms:0.5").mixture.parts[1].loader.source
    assert extra.endless and len({extra[i]["image"].tobytes() for i in range(3)}) == 3
    focal_lengths = [extra.source[index]["intrinsics"][0, 0] / 96 for index in range(3)]
    assert len({*focal_lengths}) == 3 and all(0.6 <= focal <= 1.3 for focal in focal_lengths)
    assert [extra[i]["intrinsics"][0, 0] for i in range(3)] == pytest.approx([0.8107 * 96] * 3)


def test_rooms_beside_other_data_are_mostly_seen_by_a_camera_that_is_carried(training):
    def rooms(**options):
        return training(focal_length=0.8107, extra_data="rooms", **options).mixture.parts[1]

    lenses = (0.6, 1.3)
    for given, share in (({}, 0.6), ({"rooms_hand_held": 0}, 0.0), ({"rooms_hand_held": 1}, 1.0)):
        expected = RoomsSource("train", None, (64, 96), lenses=lenses, hand_held=share)
        source = rooms(**given).loader.source
        for index in range(4):
            np.testing.assert_array_equal(source[index]["image"], expected[index]["image"])
    own = {"dataset": "rooms", "num_images": 2, "num_validation_images": 1}
    for given, share in (({}, 0.0), ({"rooms_hand_held": 1}, 1.0)):
        system = training(**own, **given, focal_length=0.8107, rooms_lens="0.6,1.3")
        for source in (system.training.source, system.validation.source):
            split = source.title.rpartition("/")[2]
            expected = RoomsSource(split, 1, (64, 96), lenses=lenses, hand_held=share)
            np.testing.assert_array_equal(source[0]["image"], expected[0]["image"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rooms_hand_held": 1.5}, "a share in 0..1"),
        ({"rooms_hand_held": -0.1}, ""),
        ({"rooms_hand_held": float("nan")}, ""),
        ({"rooms_hand_held": 0.5, "dataset": "nyu"}, "rooms that are rendered"),
        ({"rooms_hand_held": 0.5, "data_dir": "here"}, "rooms that are rendered"),
        ({"rooms_hand_held": 0.5, "dataset": "nyu", "extra_data": "rooms=here"}, "are rendered"),
    ],
)
def test_views_that_cannot_be_are_named(given, message):
    with pytest.raises(ValueError, match=f"`rooms_hand_held`.*{message}.*Received"):
        DenseDepthOptions(**{"dataset": "rooms", **given})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rooms_lens": "0.6,1.3"}, "needs `focal_length`"),
        ({"rooms_lens": "0.6", "focal_length": 0.8}, "MIN,MAX"),
        ({"rooms_lens": "0,1", "focal_length": 0.8}, "above 0"),
        ({"rooms_lens": "1.3,0.6", "focal_length": 0.8}, "shortest"),
        ({"rooms_lens": "0.6,nan", "focal_length": 0.8}, "image widths"),
        ({"rooms_lens": "0.6,1.3", "focal_length": 0.8, "dataset": "nyu"}, "rooms that are rende"),
        ({"rooms_lens": "0.6,1.3", "focal_length": 0.8, "data_dir": "here"}, "rooms that are re"),
    ],
)
def test_lenses_that_cannot_be_are_named(given, message):
    with pytest.raises(ValueError, match=f"`rooms_lens`.*{message}"):
        DenseDepthOptions(**{"dataset": "rooms", **given})


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan"), 518.86])
def test_a_focal_length_that_is_none_is_named(wrong):
    with pytest.raises(ValueError, match="`focal_length`"):
        DenseDepthOptions(focal_length=wrong)
