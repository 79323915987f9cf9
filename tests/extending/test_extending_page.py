"""What docs/extending.md tells is true: its Python runs from top to bottom."""

import re
from pathlib import Path

import pytest

import densedepth_tf
from densedepth_tf.data.datasets import DATASETS
from densedepth_tf.evaluation.metric_table import OWN_METRICS
from densedepth_tf.inference.outputs.depth_writers import OUTPUT_FORMATS
from densedepth_tf.models.densedepth.loss_terms import LOSS_TERMS
from densedepth_tf.models.encoders import ENCODERS
from densedepth_tf.training.families import FAMILIES

PAGE = (Path(__file__).parents[2] / "docs/extending.md").read_text()


@pytest.fixture(autouse=True)
def forget():
    """What the page registers is gone afterwards."""
    tables = (DATASETS, ENCODERS, LOSS_TERMS, OWN_METRICS, OUTPUT_FORMATS, FAMILIES)
    before = [set(table) for table in tables]
    yield
    for table, names in zip(tables, before, strict=True):
        for name in set(table) - names:
            del table[name]


def test_the_python_runs_from_top_to_bottom():
    script, *blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 7 and "register_dataset" in script
    names = {}
    for block in blocks:
        exec(block, names)
    assert [sample["name"] for sample in names["source"]] == ["wall 0", "wall 2"]
    assert names["registered"].get_layer("step5").filters == 40
    assert names["model"].get_layer("encoder").get_layer("step5") in names["encoder"].layers
    assert names["loss"].loss_terms == {"cubed": 0.1}
    assert OWN_METRICS["rel_rmse"].finish(OWN_METRICS["rel_rmse"].error(6, 2)) == 2
    assert OUTPUT_FORMATS["half"].suffix == ".depth.f16"
    assert names["options"].width == 4 and names["options"].learning_rate == 1e-3
    with pytest.raises(ValueError, match=r"`width` is at least 1\. Received: 0"):
        densedepth_tf.read_options({"model": "tiny", "width": 0})
