"""A server on the loopback interface that answers what huggingface_hub asks of the Hub."""

import base64
import hashlib
import http.server
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Handler(http.server.BaseHTTPRequestHandler):
    """Repositories are folders in `server.root`; every revision is what is there."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self._body()
        self.server.asked.append(f"POST {self.path}")
        if self.server.refuses:
            return self._json({"error": "you may not write here"}, 403)
        if self.path == "/api/repos/create":
            name = f"{body[0].get('organization') or 'user'}/{body[0]['name']}"
            (self.server.root / name).mkdir(parents=True, exist_ok=True)
            return self._json({"url": f"{self.server.address}/{name}", "name": name})
        if self.path == "/api/validate-yaml":
            return self._json({"errors": [], "warnings": []})
        if "/preupload/" in self.path:
            files = [
                {"path": each["path"], "uploadMode": "regular", "shouldIgnore": False}
                for each in body[0]["files"]
            ]
            return self._json({"files": files})
        if found := re.fullmatch(r"/api/models/(.+)/commit/main.*", self.path):
            for line in body:
                if line["key"] == "file":
                    content = base64.b64decode(line["value"]["content"])
                    (self.server.root / found[1] / line["value"]["path"]).write_bytes(content)
            address = f"{self.server.address}/{found[1]}/commit/0"
            return self._json({"commitUrl": address, "commitOid": "0" * 40, "success": True})
        return self._json({"error": "no such place"}, 404)

    def do_HEAD(self):
        self._answer()

    def do_GET(self):
        self._answer()

    def _answer(self):
        self.server.asked.append(f"{self.command} {self.path}")
        if found := re.fullmatch(
            r"/api/models/([^/]+/[^/?]+)(/revision/[\w%]+)?(\?.*)?", self.path
        ):
            folder = self.server.root / found[1]
            if not folder.is_dir():
                return self._json({"error": "Repository not found"}, 404, "RepoNotFound")
            files = [{"rfilename": path.name} for path in sorted(folder.iterdir())]
            return self._json({"id": found[1], "sha": "a" * 40, "siblings": files})
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/tree/[\w%]+(\?.*)?", self.path):
            paths = sorted((self.server.root / found[1]).iterdir())
            return self._json(
                [
                    {
                        "type": "file",
                        "path": path.name,
                        "size": path.stat().st_size,
                        "oid": "0" * 40,
                    }
                    for path in paths
                ]
            )
        if re.match(r"/api/models/[^/]+/[^/]+/tree/[\w%]+/", self.path):
            return self._json({"error": "Entry not found"}, 404, "EntryNotFound")
        if found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/[\w%]+/([^?]+)", self.path):
            path = self.server.root / found[1] / found[2]
            if not path.is_file():
                return self._json({"error": "Entry not found"}, 404, "EntryNotFound")
            content = path.read_bytes()
            self.send_response(200)
            self.send_header("X-Repo-Commit", "a" * 40)
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)
            return None
        return self._json({"error": "no such place"}, 404)

    def _body(self) -> list[dict]:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            content = b""
            while size := int(self.rfile.readline(), 16):
                content += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return [json.loads(line) for line in content.splitlines() if line.strip()]

    def _json(self, values: dict | list, status: int = 200, reason: str | None = None) -> None:
        content = json.dumps(values).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if reason:
            self.send_header("X-Error-Code", reason)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_):
        pass


@contextmanager
def hub_server(root: Path) -> Iterator[http.server.ThreadingHTTPServer]:
    """Serves repositories below a folder; `asked` has the requests, `refuses` makes it say no."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.root, server.asked, server.refuses = root, [], False
    server.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
