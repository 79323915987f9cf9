import dataclasses

import pytest

from densedepth_tf.bulk.nodes import SharedOutput
from densedepth_tf.bulk.picture_worker import ModelRecipe, PictureJob, PictureWorker
from densedepth_tf.inference.outputs.output_options import OutputOptions


def test_a_node_with_another_output_folder_is_told(tmp_path):
    recipe = ModelRecipe("nyu_small")
    output = SharedOutput(str(tmp_path), tmp_path / "marker")
    job = PictureJob(recipe, 4, output, OutputOptions(), ())
    with pytest.raises(OSError, match="is not the same on node"):
        PictureWorker(job, ("npy",))


def test_a_node_with_another_version_is_told():
    recipe = dataclasses.replace(ModelRecipe("nyu_small"), version="0.0.1")
    with pytest.raises(OSError, match=r"on node .* and 0\.0\.1 where this was started"):
        recipe.open_in_actor()
