"""Pictures and data at hf:// addresses, from a server on this machine that answers as the Hub."""

import numpy as np
import pytest
from hub_server import hub_server

from densedepth_tf.data.pairs.folder import FolderSource
from densedepth_tf.data.sources import open_source
from densedepth_tf.inference.predict_to_folder import predict_to_folder
from densedepth_tf.inference.predictor import Predictor

hub = pytest.importorskip("huggingface_hub")


class Bright:
    """Depth is brightness."""

    weights = (np.float32(1),)

    def predict_depth(self, images):
        return images.astype(np.float32).mean(axis=-1, keepdims=True) / 50


@pytest.fixture
def repository(tmp_path, pictures, monkeypatch):
    """Two pairs in `hf://me/photos`, and where they are here."""
    folder = tmp_path / "hub/me/photos"
    for name in "ab":
        pictures.pair(folder, f"{name}.jpg", f"{name}.png")
    with hub_server(tmp_path / "hub") as server:
        # HF_ENDPOINT and HF_HUB_DISABLE_XET, which are looked at when the library is imported.
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.address)
        template = f"{server.address}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
        hub.HfFileSystem.clear_instance_cache()
        yield folder
        hub.HfFileSystem.clear_instance_cache()


@pytest.mark.parametrize("address", ["hf://me/photos/a.jpg", "hf://me/photos/*.jpg"])
def test_pictures(repository, tmp_path, address):
    report = predict_to_folder(Bright(), [address], tmp_path / "out", ["npy"])
    expected = Predictor(Bright()).predict(repository / "a.jpg")
    assert report.num_predicted == (2 if "*" in address else 1) and not report.failures
    np.testing.assert_array_equal(np.load(tmp_path / "out/a.depth.npy"), expected[..., 0])
    np.testing.assert_array_equal(Predictor(Bright()).predict("hf://me/photos/a.jpg"), expected)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "address",
    [
        "hf://me/photos",
        "hf://models/me/photos/",
        "hf://me/photos@main",
        "hf://me/photos@refs%2Fpr%2F1",
    ],
)
def test_data(repository, address):
    here, there = FolderSource(repository, "test"), open_source("folder", address, "test")
    assert len(there) == len(here) == 2
    np.testing.assert_array_equal(there[1]["depth"], here[1]["depth"])
    with pytest.raises(ValueError, match=f"no data folder or file '{address.rstrip('/')}/none'"):
        open_source("folder", f"{address.rstrip('/')}/none", "test")


def test_what_is_not_there_or_not_taken_is_told(repository, tmp_path):
    with pytest.raises(ValueError, match=r"No such file.*'hf://me/nothing/a.jpg'"):
        predict_to_folder(Bright(), ["hf://me/nothing/a.jpg"], tmp_path / "out")
    with pytest.raises(ValueError, match="hf:// addresses are read, not written"):
        predict_to_folder(Bright(), [repository], "hf://me/photos/depth")
