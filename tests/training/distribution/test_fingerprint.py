"""What hosts compare of their data before they train together."""

import numpy as np
import pytest

from densedepth_tf.data.source import IndexedSource
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.distribution.cluster import Cluster
from densedepth_tf.training.distribution.fingerprint import check_same, data_of, settings_of

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


def test_where_files_are_is_a_hosts_own():
    here, there = (
        settings_of(DenseDepthOptions(data_dir=folder, workdir=folder, cache=cache), [])
        for folder, cache in (("/here", True), ("/there", False))
    )
    assert here == there
    assert settings_of(DenseDepthOptions(seed=1), []) != here
    assert settings_of(DenseDepthOptions(), ["learning_rate"]) != here
