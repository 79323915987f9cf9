"""TFRecord shards that a pool of Ray's actors writes."""

import pytest

from densedepth_tf.commands.tfrecord import main
from densedepth_tf.process.optional_package import is_installed

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not is_installed("ray"), reason="Ray is not installed: pip install 'densedepth-tf[ray]'"
    ),
]


@pytest.fixture
def folder(tmp_path, pictures):
    """Seven pairs, of which one is damaged."""
    folder = tmp_path / "mine"
    for number in range(7):
        pictures.pair(folder, f"{number}.jpg", f"{number}.png", seed=number)
    damaged = folder / "3.jpg"
    damaged.write_bytes(damaged.read_bytes()[:500])
    return folder


def test_the_same_shards_and_index(shared_ray, folder, tmp_path, capsys):
    for engine in ("local", "ray"):
        flags = ["--dataset", "folder", "--data-dir", str(folder), "--num-shards", "3"]
        flags += ["--output", str(tmp_path / engine), "--engine", engine]
        with pytest.raises(SystemExit) as leaving:
            main([*flags, *(["--actors", "2"] if engine == "ray" else [])])
        assert not leaving.value.code
        assert "6 samples in 3 shards" in capsys.readouterr().out
    local, ray = (
        {path.name: path.read_bytes() for path in (tmp_path / engine).iterdir()}
        for engine in ("local", "ray")
    )
    assert local == ray and len(ray) == 4
