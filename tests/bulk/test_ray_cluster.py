import contextlib
import re
import socket
import threading

import pytest

from densedepth_tf.bulk.ray_cluster import ray_cluster

pytest.importorskip("ray", reason="Ray is not installed: pip install 'densedepth-tf[ray]'")


@pytest.mark.parametrize("address", ["nonsense", "ray://host:10001", "host:0", "host:70000", ""])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ValueError, match="HOST:PORT"), ray_cluster(address):
        pass


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_an_address_where_nobody_is(unused_port, host):
    address = f"{host}:{unused_port}"
    with (
        pytest.raises(OSError, match=rf"No Ray cluster .*{re.escape(address)}"),
        ray_cluster(address),
    ):
        pass


def test_an_address_of_something_else():
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        address = f"127.0.0.1:{port}"
        with pytest.raises(OSError, match=f"{address}' is no Ray cluster"), ray_cluster(address):
            pass


@pytest.fixture
def unused_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextlib.contextmanager
def answering(content):
    """A server that gives everybody the same answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection, _ = server.accept()
            with connection:
                connection.recv(100)
                connection.sendall(content)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()
