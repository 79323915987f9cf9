"""Commands on another backend than TensorFlow's say so in one line, before anything is loaded."""

import pytest

from densedepth_tf.commands import evaluate, predict, train


@pytest.mark.parametrize("backend", ["jax", "torch"])
@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (train, ["--dataset", "rooms"]),
        (evaluate, ["--checkpoint", "run", "--dataset", "rooms"]),
        (predict, ["--checkpoint", "run.keras", "--input", "a.jpg", "--output", "out"]),
    ],
)
def test_another_backend_is_one_line(backend, command, arguments, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jpg").write_bytes(b"")
    (tmp_path / "run.keras").write_bytes(b"")
    (tmp_path / "run").mkdir()
    (tmp_path / "run/model.keras").write_bytes(b"")
    monkeypatch.setenv("KERAS_BACKEND", backend)
    with pytest.raises(SystemExit) as leaving:
        command.main(arguments)
    error = capsys.readouterr().err
    assert leaving.value.code == 2 and len(error.strip().splitlines()) == 1
    assert f"Received: KERAS_BACKEND={backend}" in error
