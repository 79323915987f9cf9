"""Hosts that train together: connected, compared, and told of those who go."""

import contextlib
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from free_ports import free_addresses

from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.distribution import replicas
from densedepth_tf.training.distribution.cluster import Cluster, split_address
from densedepth_tf.training.distribution.hosts import HostLostError, Hosts, connected

PATIENCE = 60


def together(number, work, patience=PATIENCE):
    """What `work(hosts)` returns or raises on each of so many hosts, which are threads here."""
    addresses = tuple(free_addresses(number))

    def host(index):
        try:
            with connected(Cluster(addresses, index), patience) as hosts:
                return work(hosts)
        except Exception as error:
            return error

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(host, range(number)))


def test_every_host_hears_every_host():
    def work(hosts):
        index = hosts.cluster.index
        first = hosts.gather("number", index)
        second = hosts.gather("text", f"{index}" * 100_000)
        return first, [len(each) for each in second], hosts.from_chief("secret", index + 7)

    assert together(3, work) == [([0, 1, 2], [100_000] * 3, 7)] * 3


def test_the_port_is_free_once_all_are_connected():
    """TensorFlow's server is to listen there."""

    def work(hosts):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("", split_address(hosts.cluster.addresses[hosts.cluster.index])[1]))
            listener.listen()
            hosts.gather("bound", True)
        return True

    assert together(2, work) == [True, True]


def test_why_a_host_ends_is_told_on_the_others():
    def work(hosts):
        if hosts.cluster.index == 1:
            raise ValueError("the disk is full\nand so on")
        hosts.gather("never", None)

    first, second = together(2, work)
    assert str(second).startswith("the disk is full")
    assert isinstance(first, HostLostError)
    assert str(first).startswith("Worker 1 (localhost:")
    assert str(first).endswith("stopped: the disk is full")


def test_a_host_that_dies_is_told_on_the_others():
    told = []

    def work(hosts):
        hosts.on_loss = told.append if hosts.cluster.index == 0 else None
        hosts.gather("ready", True)
        if hosts.cluster.index == 1:
            for connection in hosts._to.values():  # As the system does for a killed process.
                connection.shutdown(socket.SHUT_RDWR)
            hosts._closing = True
            return None
        hosts.gather("never", None)

    first, _ = together(2, work)
    assert isinstance(first, HostLostError)
    assert "has ended without a word" in str(first)
    assert told == [str(first)]


def test_a_host_that_ends_as_the_others_do_is_no_loss():
    def work(hosts):
        hosts.gather("finished", True)
        return hosts.lost

    assert together(2, work) == [None, None]


def test_a_host_that_is_not_there_is_named_after_a_while():
    addresses = free_addresses(2)
    with (
        pytest.raises(HostLostError, match=f"Worker 1 .{addresses[1]}. cannot be reached") as error,
        connected(Cluster(tuple(addresses), 0), patience=0.3),
    ):
        pass
    assert "`workers`" in str(error.value)


def test_a_port_that_another_process_has_is_named():
    with socket.socket() as other:
        other.bind(("", 0))
        other.listen()
        address = f"localhost:{other.getsockname()[1]}"
        with pytest.raises(OSError, match=f"Cannot listen.*{address}"):
            Hosts(Cluster((address, "localhost:1"), 0), 1).connect()


def test_strangers_who_call_are_not_taken_for_hosts():
    addresses = tuple(free_addresses(2))
    port = split_address(addresses[0])[1]
    called = threading.Event()

    def call():
        """As a port scanner or a browser does, until there is somebody to call."""
        while not called.is_set():
            with contextlib.suppress(OSError), socket.create_connection(("localhost", port)) as one:
                one.sendall(b"GET / HTTP/1.1\r\n\r\n")
                called.set()
                one.recv(1)
            called.wait(0.05)

    def host(index):
        if index == 1:
            called.wait(PATIENCE)
        with connected(Cluster(addresses, index), PATIENCE) as hosts:
            return hosts.gather("index", index)

    with ThreadPoolExecutor(3) as pool:
        stranger = pool.submit(call)
        found = list(pool.map(host, range(2)))
        stranger.result()
    assert called.is_set()
    assert found == [[0, 1], [0, 1]]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"batch_size": 4}, "option `batch_size`"),
        ({"model": "__version__"}, "version of densedepth-tf"),
    ],
)
def test_hosts_with_other_options_or_versions_do_not_begin(monkeypatch, changed, named):
    addresses = free_addresses(2)
    common = {"strategy": "multi-worker", "workers": ",".join(addresses)}
    told = replicas.settings_of

    def settings(*given):
        other = named.startswith("version") and given[0].worker_index == 1
        return {**told(*given), **({named: "0.0.0"} if other else {})}

    monkeypatch.setattr(replicas, "settings_of", settings)

    def host(index):
        more = changed if index == 1 and "batch_size" in changed else {}
        config = DenseDepthOptions(worker_index=index, workdir=f"run{index}", **common, **more)
        with pytest.raises(ValueError, match="All hosts of a training need the same") as error:
            replicas.open_replicas(config, []).__enter__()
        return str(error.value)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(host, range(2))
    assert first == second
    assert named in first
