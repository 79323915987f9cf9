"""Monodepth2's paddings and up-sampling in the format that knows the fewest operations."""

import numpy as np
import pytest

from densedepth_tf import Monodepth2, load


def test_litert_takes_images_of_any_size(tmp_path):
    pytest.importorskip("ai_edge_litert", reason="needs pip install densedepth-tf[export]")
    from densedepth_tf.export.exporters import get_exporter

    model = Monodepth2(encoder_weights=None)
    path = tmp_path / "monodepth2.tflite"
    # Compares the written file with the model at three sizes.
    get_exporter("litert").export(model, path)
    image = np.random.default_rng(0).integers(0, 256, (40, 70, 3), np.uint8)
    np.testing.assert_allclose(
        load(path).predict_depth(image), model.predict_depth(image), rtol=1e-4
    )
