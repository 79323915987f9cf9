"""What hosts compare of their data before they train together."""

import json
from pathlib import Path

import numpy as np
import pytest

from densedepth_tf.data.source import IndexedSource, RecordSource
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.distribution.cluster import Cluster, read_cluster
from densedepth_tf.training.distribution.fingerprint import (
    check_same,
    data_of,
    models_of,
    settings_of,
)

CLUSTER = Cluster(("a:1", "b:2"), 0)


class Named(IndexedSource):
    title = "named"

    def __init__(self, names, metres=1.0):
        self.names, self.metres = names, metres

    def __len__(self):
        return len(self.names)

    def sample_name(self, index):
        return self.names[index]

    def __getitem__(self, index):
        if self.metres is None:
            raise BadSampleError("cut off")
        depth = np.full((4, 6, 1), self.metres, np.float32)
        return {"name": self.names[index], "image": np.zeros((4, 6, 3), np.uint8), "depth": depth}


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (["1.jpg", "2.jpg", "3.jpg"], "number of training samples differs.*2 and 3"),
        (["1.jpg", "3.jpg"], "digest of the training samples' names differs"),
        (["2.jpg", "1.jpg"], "digest of the training samples' names differs"),
    ],
)
def test_other_samples_are_noticed(other, said):
    told = [data_of({"training": Named(names)}) for names in (["1.jpg", "2.jpg"], other)]
    with pytest.raises(ValueError, match=f"Worker 0.*Worker 1|{said}") as error:
        check_same(CLUSTER, told, "data")
    assert "Worker 1 (b:2)" in str(error.value)
    check_same(CLUSTER, [told[0], told[0]], "data")


@pytest.mark.parametrize(
    ("metres", "said"),
    [
        (1000.0, "`depth` of training sample '1.jpg' differs.*4x6x1, mean 1 and 4x6x1, mean 1e"),
        (None, "state of training sample 1 of 3 differs.*can be read and cannot be read"),
    ],
)
def test_other_files_of_the_same_names_are_noticed(metres, said):
    told = [data_of({"training": Named(["1.jpg", "2.jpg"], each)}) for each in (1.0, metres)]
    with pytest.raises(ValueError, match=said):
        check_same(CLUSTER, told, "data")


def test_a_decoder_may_round_otherwise():
    told = [data_of({"training": Named(["1.jpg"], metres)}) for metres in (1.0, 1.004)]
    check_same(CLUSTER, told, "data")


@pytest.mark.parametrize("option", ["teacher", "pseudo_labels", "start_from", "encoder_weights"])
@pytest.mark.parametrize("kind", ["file", "run folder"])
def test_models_that_are_learnt_from_are_the_same_files(tmp_path, option, kind):
    """They may lie in other places on every host."""

    def told(host, content):
        path = tmp_path / host / "run/model.keras"
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is not None:
            path.write_bytes(content)
        path = path if kind == "file" else path.parent
        config = DenseDepthOptions(**{option: str(path)}, extra_data="rooms")
        return models_of(config)

    ours = told("one", b"as long as")
    check_same(CLUSTER, [ours, told("two", b"as long as")], "settings")
    for other in (b"the others", None):
        with pytest.raises(ValueError, match=r"content of (teacher 1|the model that weights are)"):
            check_same(CLUSTER, [ours, told("three", other)], "settings")


@pytest.mark.parametrize(
    ("option", "ours", "theirs", "said"),
    [
        ("teacher", "nyu_small:0.3", "nyu_small:0.7", "weights in option `teacher`.*0.3 and 0.7"),
        ("teacher", ["nyu_small", "rooms_small"], "nyu_small", "1, 1 and 1"),
        ("teacher", None, "nyu_small", "weights in option `teacher`"),
        ("encoder_weights", "none", "imagenet", "'none', which is.*'imagenet'"),
        ("start_from", "nyu_small", "rooms_small", "content of the model that weights are taken"),
        ("extra_data", "rooms:0.5", "rooms:2", "weights in option `extra_data`.*0.5 and 2"),
    ],
)
def test_models_and_their_weights_are_compared(option, ours, theirs, said):
    told = [
        settings_of(config, [], CLUSTER) | models_of(config)
        for config in (DenseDepthOptions(**{option: each}) for each in (ours, theirs))
    ]
    check_same(CLUSTER, [told[0], told[0]], "settings")
    with pytest.raises(ValueError, match=said):
        check_same(CLUSTER, told, "settings")


class Shards(RecordSource):
    title = "shards"

    def __init__(self, folder, contents):
        self.shards = [str(folder / f"{number}.tfrecord") for number in range(len(contents))]
        for shard, content in zip(self.shards, contents, strict=True):
            Path(shard).write_bytes(content)

    def __len__(self):
        return 3

    records = decode = None


def test_shards_of_one_size_with_other_records_are_noticed(tmp_path):
    told = [
        data_of({"training": Shards(tmp_path, contents)})
        for contents in ([b"a" * 9, b"b" * 9], [b"a" * 9, b"b" * 9], [b"a" * 9, b"c" * 9])
    ]
    check_same(CLUSTER, told[:2], "data")
    with pytest.raises(ValueError, match=r"beginning of shard '1\.tfrecord' differs"):
        check_same(CLUSTER, told[1:], "data")


def test_where_files_are_is_a_hosts_own():
    here, there = (
        settings_of(DenseDepthOptions(data_dir=folder, workdir=folder, cache=cache), [], CLUSTER)
        for folder, cache in (("/here", True), ("/there", False))
    )
    assert here == there
    assert settings_of(DenseDepthOptions(seed=1), [], CLUSTER) != here
    assert settings_of(DenseDepthOptions(), ["learning_rate"], CLUSTER) != here


def test_the_hosts_are_the_same_however_they_are_named(monkeypatch):
    """By options on one, by TF_CONFIG on another."""
    jobs = {"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 1}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(jobs))
    named = (
        {"workers": "a:1, b:2", "worker_index": 0},
        {},
        {"workers": "b:2,a:1", "worker_index": 1},
    )
    configs = [DenseDepthOptions(strategy="multi-worker", **each) for each in named]
    told = [settings_of(config, [], read_cluster(config)) for config in configs]
    check_same(CLUSTER, told[:2], "settings")
    with pytest.raises(ValueError, match=r"list of hosts differs.*a:1,b:2 and b:2,a:1"):
        check_same(CLUSTER, [told[0], told[2]], "settings")
