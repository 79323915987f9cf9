"""Artefacts, copies and presets in a bucket: written there whole, and loaded from there."""

import numpy as np
import pytest
from output_writers import in_bucket, run
from PIL import Image

from densedepth_tf.data.seen_samples import SAMPLES_FILE
from densedepth_tf.files.outputs.output_record import RECORD_FILE


@pytest.fixture
def bucket(s3_files, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "cache"))
    s3_files.mkdir("made")
    yield s3_files
    # Nothing hidden is left in it.
    left = s3_files.find("made")
    assert not [key for key in left if "/.densedepth_tf" in key and not key.endswith(RECORD_FILE)]
    s3_files.rm("made", recursive=True)


def test_artefacts(bucket, tiny_encoder, tmp_path, capsys):
    from densedepth_tf import DenseDepth, load
    from densedepth_tf.commands import export, predict, preset
    from densedepth_tf.data.seen_samples import TRAINING, SampleMark, SeenSamples
    from densedepth_tf.rescaled_copy import save_rescaled

    source = tmp_path / "run"
    source.mkdir()
    model = DenseDepth(tiny_encoder, encoder_weights=None, decoder_filters=16)
    kernel, bias = model.get_layer("conv3").get_weights()
    model.get_layer("conv3").set_weights([kernel, bias + 4])  # depth inside its range
    model.save(source / "model.keras")
    seen = SeenSamples()
    image = np.zeros((8, 8, 3), np.uint8)
    seen.add(TRAINING, [SampleMark.of("a.png", image)])
    seen.write(source / SAMPLES_FILE)

    given = ("--checkpoint", source, "--format", "savedmodel", "--output", "s3://made/out/saved")
    for _ in range(2):
        assert run(export, *given) == 0, capsys.readouterr().err
    there = in_bucket(bucket, "made/out/saved")
    assert {"saved_model.pb", SAMPLES_FILE, "assets.extra/metadata.json"} < there.keys()
    images = np.random.default_rng(0).integers(0, 255, (1, 64, 96, 3), np.uint8)
    expected = model.predict_depth(images)
    loaded = load("s3://made/out/saved").predict_depth(images)
    np.testing.assert_allclose(loaded, expected, rtol=1e-3)
    bucket.pipe_file("made/out/saved/notes.txt", b"of mine")
    assert run(export, *given) == 2
    error = capsys.readouterr().err
    assert "'notes.txt' is in the way. Received: 's3://made/out/saved'" in error

    openvino = ("--checkpoint", source, "--format", "openvino", "--size", "64x96")
    bucket.pipe_file("made/a.bin", b"of mine")
    assert run(export, *openvino, "--output", "s3://made/a.xml") == 2
    assert "would replace 's3://made/a.bin'" in capsys.readouterr().err
    assert run(export, *openvino, "--output", "s3://made/b.xml") == 0
    assert bucket.exists("made/b.bin") and bucket.exists(f"made/b.{SAMPLES_FILE}")
    np.testing.assert_allclose(load("s3://made/b.xml").predict_depth(images), expected, rtol=1e-3)

    for name, format_name in (("c.onnx", "onnx"), ("c.tflite", "litert")):
        given = ("--checkpoint", source, "--format", format_name, "--size", "64x96")
        assert run(export, *given, "--output", f"s3://made/{name}") == 0
        there = load(f"s3://made/{name}").predict_depth(images)
        np.testing.assert_allclose(there, expected, rtol=1e-3)
        photograph = tmp_path / "a.png"
        Image.fromarray(images[0]).save(photograph)
        given = ("--input", photograph, "--output", tmp_path / name, "--save", "npy")
        assert run(predict, *given, "--checkpoint", f"s3://made/{name}") == 0
        np.testing.assert_array_equal(np.load(tmp_path / name / "a.depth.npy"), there[0, ..., 0])
    model.save(tmp_path / "own.h5")
    bucket.put_file(str(tmp_path / "own.h5"), "made/own.h5")
    own = load("s3://made/own.h5").predict_depth(images)
    np.testing.assert_allclose(own, expected, rtol=1e-5)
    with pytest.raises(ValueError, match=r"says its own range\. Received: 's3://made/own\.h5'"):
        load("s3://made/own.h5", 0.1, 10)

    save_rescaled(source, "s3://made/metres", 2)
    assert in_bucket(bucket, "made/metres").keys() == {"model.keras", SAMPLES_FILE}
    twice = load("s3://made/metres").predict_depth(images)
    np.testing.assert_allclose(twice, 2 * expected, rtol=1e-3)
    with pytest.raises(FileExistsError, match="Received: 's3://made/metres'"):
        save_rescaled(source, "s3://made/metres", 2)

    from densedepth_tf.presets.presets import load_preset

    bucket.pipe_file("made/preset/README.md", b"my card")
    load_preset("nyu_small").save_to_preset("s3://made/preset")
    assert bucket.cat_file("made/preset/README.md") == b"my card"
    again = load("s3://made/preset").predict_depth(images)
    np.testing.assert_allclose(again, load("nyu_small").predict_depth(images), rtol=1e-5)

    small = ("--checkpoint", source, "--precision", "float32", "--output", "s3://made/s.npz")
    assert run(preset, *small) == 0, capsys.readouterr().err
    assert "\ns3://made/s.npz: " in capsys.readouterr().out
    there = {key for key in bucket.ls("made", detail=False) if key.startswith("made/s.")}
    assert there == {"made/s.npz", f"made/s.{SAMPLES_FILE}"}
