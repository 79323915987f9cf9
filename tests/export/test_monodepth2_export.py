"""Monodepth2's paddings, up-sampling and Lanczos filter in the formats, for images of any size."""

import keras
import numpy as np
import pytest

from densedepth_tf import Monodepth2, load

pytestmark = pytest.mark.usefixtures("tiny_resnet")
SUFFIXES = {"litert": ".tflite", "onnx": ".onnx", "openvino": ".xml", "savedmodel": ""}


def test_litert_takes_images_of_any_size(tmp_path):
    pytest.importorskip("ai_edge_litert", reason="needs pip install densedepth-tf[export]")
    from densedepth_tf.export.exporters import get_exporter

    model = Monodepth2("tiny", encoder_weights=None)
    path = tmp_path / "monodepth2.tflite"
    # Compares the written file with the model at three sizes.
    get_exporter("litert").export(model, path)
    image = np.random.default_rng(0).integers(0, 256, (40, 70, 3), np.uint8)
    np.testing.assert_allclose(
        load(path).predict_depth(image), model.predict_depth(image), rtol=1e-4
    )


@pytest.mark.parametrize(
    "name",
    SUFFIXES,
)
def test_every_format_shrinks_to_the_same_grey_levels(name, tmp_path):
    """One level of one pixel shows: the export itself would refuse the artefact then."""
    pytest.importorskip("ai_edge_litert", reason="needs pip install densedepth-tf[export]")
    from densedepth_tf.export.exporters import get_exporter

    keras.utils.set_random_seed(0)
    model = Monodepth2("tiny", encoder_weights=None, image_size=(64, 96))
    # As initialised it hardly sees its image; twice the kernels do.
    model.set_weights([2 * array if array.ndim == 4 else array for array in model.get_weights()])
    path = tmp_path / f"monodepth2{SUFFIXES[name]}"
    get_exporter(name).export(model, path)
    # Taller than wide, and much larger: columns are shrunk before rows.
    image = np.random.default_rng(0).integers(0, 256, (300, 110, 3), np.uint8)
    depth = model.predict_depth(image)
    assert depth.max() > 2 * depth.min()
    artefact = load(path)
    assert artefact.resampling == "lanczos"
    np.testing.assert_allclose(artefact.predict_depth(image), depth, rtol=1e-4)
