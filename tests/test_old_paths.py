"""Code written against an earlier layout of the package still imports."""

import importlib
import sys
from importlib.util import find_spec

import pytest

from densedepth_tf.old_paths import old_paths

# Rooms that bear the name of the module they were made from, with a name that it held.
ROOMS_ONCE_MODULES = {
    "densedepth_tf.data.sequences": "SequenceOptions",
    "densedepth_tf.data.rooms": "RoomsSource",
    "densedepth_tf.data.tfrecord": "TFRecordSource",
    "densedepth_tf.evaluation.odometry": "evaluate_odometry",
    "densedepth_tf.export.onnx": "ONNXExporter",
    "densedepth_tf.export.openvino": "OpenVINOExporter",
    "densedepth_tf.training.densedepth": "DenseDepthTraining",
    "densedepth_tf.training.eigen": "EigenTraining",
}


@pytest.mark.parametrize("old, new", sorted(old_paths().items()))
def test_every_old_path_leads_to_a_module_and_hides_none(old: str, new: str):
    assert find_spec(new) is not None
    assert find_spec(old).loader.__class__.__name__ == "_OldPathFinder"


def test_an_old_path_is_the_same_module_and_says_where_it_is_now():
    with pytest.warns(DeprecationWarning, match=r"files\.images\.image_file now"):
        sys.modules.pop("densedepth_tf.data.image_file", None)
        old = importlib.import_module("densedepth_tf.data.image_file")
    assert old is importlib.import_module("densedepth_tf.files.images.image_file")
    assert old.__spec__.name == "densedepth_tf.files.images.image_file"


def test_an_old_name_is_found_on_its_package_too():
    from densedepth_tf.data import intrinsics_source
    from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource

    assert intrinsics_source.IntrinsicsSource is IntrinsicsSource


@pytest.mark.parametrize("room, name", ROOMS_ONCE_MODULES.items())
def test_a_room_still_gives_what_the_module_of_its_name_held(room: str, name: str):
    with pytest.warns(DeprecationWarning, match="import it from there"):
        value = getattr(importlib.import_module(room), name)
    assert value.__module__.startswith(room.rpartition(".")[0])


def test_a_star_import_gives_the_public_names_of_the_module_before():
    names: dict[str, object] = {}
    exec("from densedepth_tf.data.sequences import *", names)
    assert {"SequenceOptions", "open_frames", "open_sequences"} <= set(names)


def test_a_name_that_never_was_is_an_error():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        importlib.import_module("densedepth_tf.data.sequences").nothing  # noqa: B018
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("densedepth_tf.data.nothing")
