import dataclasses

import pytest

from densedepth_tf.bulk.nodes import SharedOutput, check_input
from densedepth_tf.bulk.picture_worker import ModelRecipe, PictureJob, PictureWorker
from densedepth_tf.data.tfrecord.record_spans import RecordSpan
from densedepth_tf.inference.image_sources import ImageFile
from densedepth_tf.inference.outputs.output_files import checkpoint_identity
from densedepth_tf.inference.outputs.output_options import OutputOptions
from densedepth_tf.inference.record_images import RecordImage


def test_a_node_with_another_output_folder_is_told(tmp_path):
    recipe = ModelRecipe("nyu_small")
    output = SharedOutput(str(tmp_path), tmp_path / "marker")
    job = PictureJob(recipe, 4, output, OutputOptions(), ())
    with pytest.raises(OSError, match="is not the same on node"):
        PictureWorker(job, ("npy",))


def test_a_node_with_another_checkpoint_or_none_is_told(tmp_path):
    checkpoint = tmp_path / "mine.onnx"
    checkpoint.write_bytes(b"of today")
    recipe = ModelRecipe(str(checkpoint), identity=checkpoint_identity(str(checkpoint)))
    checkpoint.write_bytes(b"of yesterday")
    with pytest.raises(OSError, match=r"The checkpoint '.*mine.onnx' is another one on node"):
        recipe.open_in_actor()
    checkpoint.unlink()
    with pytest.raises(OSError, match=r"The checkpoint '.*mine.onnx' is missing on node"):
        recipe.open_in_actor()


def test_a_node_without_the_inputs_is_told(tmp_path):
    check_input(ImageFile(tmp_path / "a.jpg", "a"))  # A file that is missing is a bad picture.
    with pytest.raises(OSError, match=r"There is no folder '.*photos' on node"):
        check_input(ImageFile(tmp_path / "photos" / "a.jpg", "a"))
    record = RecordImage(
        tmp_path / "b", None, f"{tmp_path}/shards/x.tfrecord", RecordSpan(0, 0), "b"
    )
    with pytest.raises(OSError, match=r"There is no folder '.*shards' on node"):
        check_input(ImageFile(record.path, "b", record))


def test_a_node_with_another_version_is_told():
    recipe = dataclasses.replace(ModelRecipe("nyu_small"), version="0.0.1")
    with pytest.raises(OSError, match=r"on node .* and 0\.0\.1 where this was started"):
        recipe.open_in_actor()
