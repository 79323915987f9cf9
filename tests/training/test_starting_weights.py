"""`--start-from`: the weights of a preset or of a run of the same network."""

import numpy as np
import pytest

import densedepth_tf
from densedepth_tf.commands.train import main
from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.densedepth.starting_weights import load_starting_weights
from densedepth_tf.training.families import read_options


def test_a_preset_goes_on_with_another_range_and_size():
    preset = densedepth_tf.DenseDepth.from_preset("nyu_small")
    config = {**preset.get_config(), "max_depth": 20.0, "image_size": (96, 128)}
    model = densedepth_tf.DenseDepth(**config)
    load_starting_weights(model, "nyu_small")
    image = np.random.default_rng(0).random((1, 96, 128, 3), np.float32)
    np.testing.assert_array_equal(model(image), preset(image))


def test_a_training_starts_where_another_ended(run, finished_run, tmp_path):
    first = finished_run(tmp_path / "first", epochs=1)
    # A rate of next to nothing keeps what it starts with.
    second = run(
        workdir=str(tmp_path / "second"), epochs=1, start_from=str(first.folder.path),
        learning_rate=1e-12, optimizer="adam",
    )  # fmt: skip
    card = second.folder.card.read_text()
    assert "began as those of first, whose data and terms hold" in card
    assert "start_from: first" in card and "encoder_weights" not in card
    ours, theirs = (densedepth_tf.load(each.folder.path) for each in (second, first))
    for one, other in zip(ours.trainable_weights, theirs.trainable_weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-8)


def test_a_training_from_a_run_goes_on_where_it_was(run, finished_run, tmp_path):
    """What is resumed comes from the backup, even if the run it began with has gone."""
    first = finished_run(tmp_path / "first", epochs=1)
    second = {"workdir": str(tmp_path / "second"), "start_from": str(first.folder.path)}
    run(**second, epochs=1, keep_backup=True)
    first.folder.path.rename(tmp_path / "gone")
    result = run(**second, epochs=2)
    assert len(result.folder.csv_log.read_text().splitlines()) == 3


def test_another_network_is_refused_with_the_flags_that_help(nyu_folder, tmp_path, capsys):
    data = ["--dataset=nyu", f"--data-dir={nyu_folder}", "--holdout-every=5", "--image-size=64x64"]
    where = [f"--workdir={tmp_path / 'run'}", *data]
    with pytest.raises(SystemExit) as exit:
        main(["--start-from=nyu_small", "--encoder=mobilenetv2", *where])
    message = capsys.readouterr().err
    assert exit.value.code == 2
    assert "Pass --decoder-filters [256,160,96,48,32]." in message and "nyu_small" in message
    with pytest.raises(SystemExit) as exit:
        main(["--start-from=nowhere", "--encoder=mobilenetv2", *where])
    assert exit.value.code == 2
    assert "No such checkpoint" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.long
def test_the_published_weights_need_no_widths(golden_weights, tmp_path):
    """Their file tells one number, the training none: both stand for the same five."""
    official = densedepth_tf.DenseDepth("densenet121", "official", None, decoder_filters=1024)
    golden_weights(official)
    official.save(tmp_path / "official.keras")
    model = densedepth_tf.DenseDepth("densenet121", "official", None)
    load_starting_weights(model, str(tmp_path / "official.keras"))
    for one, other in zip(model.get_weights(), official.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.long
def test_what_cannot_be_started_from_is_refused(tmp_path):
    with pytest.raises(ValueError, match="pass it or `encoder_weights`, not both"):
        DenseDepthOptions(start_from="nyu_small", encoder_weights="weights.h5")
    with pytest.raises(ValueError, match="does not apply to `model='eigen'`"):
        read_options({"model": "eigen", "start_from": "nyu_small"})
    densedepth_tf.Monodepth2("resnet18", encoder_weights=None).save(tmp_path / "m.keras")
    model = densedepth_tf.DenseDepth("mobilenetv2", encoder_weights=None)
    with pytest.raises(ValueError, match=r"of a DenseDepth; '.*' holds a Monodepth2"):
        load_starting_weights(model, str(tmp_path / "m.keras"))
