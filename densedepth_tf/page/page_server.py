"""The page on this machine, with the standard library alone."""

import errno
import http
import ipaddress
import socket
import socketserver
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from typing_extensions import override

from densedepth_tf.page.page_files import INDEX, PageFiles

LOOPBACK = "127.0.0.1"
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
}
OTHER_KIND = "application/octet-stream"
# Scripts, WebAssembly and requests: those of the page's folder and no others. `blob:` are pictures
# and workers that the page made itself.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; "
    "connect-src 'self'; img-src 'self' blob: data:; media-src blob:; style-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    # Isolated from other sites, a page may compute in several threads.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class PageServer(ThreadingHTTPServer):
    """Serves exactly the files it was given, by GET and HEAD.

    Args:
        files: Address -> file or content. No other file can be asked for, whatever the address.
        host: Name or address of this machine to listen on.
        port: 0 takes any that is free.

    Attributes:
        address: Where a browser finds it.

    Raises:
        OSError: If the port is taken or the host is not this machine's; the message names them.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, files: PageFiles, host: str = LOOPBACK, port: int = 0):
        self.files = files
        if ":" in host:
            self.address_family = socket.AF_INET6
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            reason = f"cannot listen on {host} port {port} ({error.strerror or error})"
            if error.errno == errno.EADDRINUSE:
                reason = f"port {port} is taken; choose another `port`, or 0 for any that is free"
            elif error.errno == errno.EACCES:
                reason = f"port {port} needs more rights; choose a `port` from 1024"
            raise OSError(f"The page has no address: {reason}") from error
        shown = f"[{host}]" if ":" in host else host
        self.address = f"http://{shown}:{self.server_address[1]}/"

    @override
    def server_bind(self) -> None:
        # As the base's, which asks the network for this machine's name; that may take seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no error."""


def is_loopback(host: str) -> bool:
    """Whether a host is this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "densedepth-tf", ""
    timeout = 60

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, with_body: bool) -> None:
        address = unquote(urlsplit(self.path).path).removeprefix("/") or INDEX
        content = self.server.files.get(address)
        status, kind = http.HTTPStatus.OK, KINDS.get(Path(address).suffix, OTHER_KIND)
        if isinstance(content, Path):
            try:
                content = content.read_bytes()
            except OSError:
                content = None
        if content is None:
            status, kind = http.HTTPStatus.NOT_FOUND, KINDS[".html"]
            content = b"<!doctype html><title>Not found</title>Nothing is at this address."
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if with_body:
            self.wfile.write(content)

    @override
    def log_message(self, *_: object) -> None:
        """Nobody reads a line for every file."""
