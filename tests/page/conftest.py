"""A page that is served, and what asks it."""

import contextlib
import http.client
import threading

import pytest

from densedepth_tf.page.page_server import PageServer


@pytest.fixture
def serve():
    """`serve(files)`: a `PageServer` of them that answers until the test ends."""
    with contextlib.ExitStack() as stack:

        def start(files):
            server = stack.enter_context(PageServer(files))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
            return server

        yield start


@pytest.fixture
def ask():
    """`ask(server, address)`: status, headers and content, the address sent as it is."""

    def ask(server, address, method="GET"):
        connection = http.client.HTTPConnection(*server.server_address[:2], timeout=10)
        with contextlib.closing(connection):
            connection.request(method, address)
            response = connection.getresponse()
            return response.status, response.headers, response.read()

    return ask
