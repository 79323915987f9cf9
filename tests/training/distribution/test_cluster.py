"""Which hosts train together, as the options or `TF_CONFIG` say it."""

import json
import warnings

import pytest

from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.distribution.cluster import (
    Cluster,
    read_cluster,
    split_address,
    warn_of_other_hosts,
)


def options(**more):
    return DenseDepthOptions(strategy="multi-worker", **more)


def test_the_options_name_the_hosts(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    cluster = read_cluster(options(workers="a:1, b:2,[::1]:3", worker_index=2))
    assert cluster == Cluster(("a:1", "b:2", "[::1]:3"), 2)
    assert split_address(cluster.addresses[2]) == ("::1", 3)
    assert cluster.others == [0, 1]


@pytest.mark.parametrize(
    ("jobs", "task", "expected"),
    [
        ({"worker": ["a:1", "b:2"]}, {"type": "worker", "index": 1}, (("a:1", "b:2"), 1)),
        (
            {"chief": ["a:1"], "worker": ["b:2"]},
            {"type": "worker", "index": 0},
            (("a:1", "b:2"), 1),
        ),
        ({"worker": ["b:2"], "chief": ["a:1"]}, {"type": "chief", "index": 0}, (("a:1", "b:2"), 0)),
    ],
)
def test_tf_config_names_them_in_its_own_way(monkeypatch, jobs, task, expected):
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": jobs, "task": task}))
    assert read_cluster(options()) == Cluster(*expected)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "neither"),
        ("{", "TF_CONFIG is"),
        ("[]", "TF_CONFIG is"),
        ("7", "TF_CONFIG is"),
        ('{"cluster": ["a:1"], "task": {"index": 0}}', "TF_CONFIG is"),
        ('{"cluster": {"worker": ["a:1"]}, "task": null}', "TF_CONFIG is"),
        ('{"cluster": {"worker": ["a:1"]}, "task": {"index": "x"}}', "TF_CONFIG is"),
        ('{"cluster": {"worker": 7}, "task": {"index": 0}}', "TF_CONFIG is"),
        ('{"cluster": {"worker": ["a:1", "b:2"]}}', "which host this is"),
        ('{"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker"}}', "which host this"),
        ('{"cluster": {"worker": [7]}, "task": {"index": 0}}', "'7'"),
        ('{"cluster": {"worker": []}, "task": {"index": 0}}', "TF_CONFIG"),
        ('{"cluster": {"worker": ["a:1", "a:1"]}, "task": {"index": 0}}', "twice"),
        ('{"cluster": {"worker": ["a"]}, "task": {"index": 0}}', "'a'"),
        ('{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}', "0..0"),
        ('{"cluster": {"worker": ["a:1"], "ps": ["b:2"]}, "task": {"index": 0}}', "ps"),
        (
            '{"cluster": {"worker": ["a:1"]}, "task": {"type": "evaluator", "index": 0}}',
            "evaluator",
        ),
    ],
)
def test_a_tf_config_that_cannot_be_used_is_named(monkeypatch, text, said):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ValueError, match=r"TF_CONFIG") as error:
        read_cluster(options())
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"workers": "a:1,b:2"}, "worker_index"),
        ({"workers": "a:1,b:2", "worker_index": 2}, "worker_index"),
        ({"workers": "a,b:2", "worker_index": 0}, "workers"),
        ({"workers": "a:1,b:99999", "worker_index": 0}, "workers"),
        ({"workers": "a:1,a:1", "worker_index": 0}, "workers"),
        ({"workers": "a:1,A:01", "worker_index": 0}, "workers"),
        ({"workers": "localhost:1,127.0.0.1:1", "worker_index": 0}, "workers"),
        ({"workers": "grpc://a:1,b:2", "worker_index": 0}, "workers"),
        ({"workers": "::1:1,b:2", "worker_index": 0}, "workers"),
        ({"workers": ":1,b:2", "worker_index": 0}, "workers"),
        ({"workers": "", "worker_index": 0}, "workers"),
    ],
)
def test_hosts_that_cannot_be_are_refused_by_name(given, named):
    with pytest.raises(ValueError, match=f"`{named}`"):
        read_cluster(options(**given))


@pytest.mark.parametrize("option", [{"workers": "a:1"}, {"worker_index": 0}])
def test_hosts_belong_to_their_strategy(option):
    with pytest.raises(ValueError, match=f"`{next(iter(option))}` belongs to"):
        DenseDepthOptions(**option)


def test_a_lone_device_has_nothing_to_synchronise():
    with pytest.raises(ValueError, match="`sync_batch_norm`"):
        DenseDepthOptions(sync_batch_norm=True)


def test_hosts_that_would_train_alone_are_told_how_to_train_together(monkeypatch):
    jobs = {"chief": ["a:1"], "worker": ["b:2", "c:3"]}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": jobs}))
    with pytest.warns(UserWarning, match=r"names 3 hosts.*strategy='multi-worker'"):
        warn_of_other_hosts()


@pytest.mark.parametrize(
    "text", ["", "{", "7", '{"cluster": 7}', '{"cluster": {"worker": ["a:1"]}}']
)
def test_a_host_of_its_own_is_told_nothing(monkeypatch, text):
    monkeypatch.setenv("TF_CONFIG", text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_other_hosts()
