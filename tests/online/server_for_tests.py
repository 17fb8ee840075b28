"""A server on loopback that answers as the services do, and as badly as they may. Values are invented."""

import gzip
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

ANSWERS = Path(__file__).parent / "answers"
FILES = {
    "/tavily/search": "tavily.json",
    "/searxng/search": "searxng.json",
    "/arxiv/api/query": "arxiv.xml",
    "/scholar/graph/v1/paper/search": "semantic_scholar.json",
    "/hub/api/models": "huggingface.json",
    "/openml/api/v1/json/data/list": "openml.json",
    "/openml/api/v1/json/data/features": "openml_features.json",
    "/kaggle/api/v1/kernels/list": "kaggle.json",
    "/github/search/repositories": "github.json",
}


@dataclass
class Asked:
    """A request as the server saw it."""

    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: dict[str, object]


@dataclass
class Reply:
    """What is sent back; `drop` closes the connection in the middle, `drip` sends a byte each so many seconds."""

    status: int = 200
    content: bytes = b""
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    drip: float = 0.0


class Services:
    """All services below one address; `script` holds replies that come before the usual one."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self.script: list[Reply] = []
        self.usual: Reply | None = None

    def reply(self, path: str) -> Reply:
        if self.script:
            return self.script.pop(0)
        if self.usual is not None:
            return self.usual
        for prefix, name in FILES.items():
            if path.startswith(prefix):
                kind = "application/atom+xml; charset=utf-8" if name.endswith("xml") else "application/json"
                return Reply(content=(ANSWERS / name).read_bytes(), kind=kind)
        return Reply(404)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def _answer(self):
        services, parts = self.server.services, urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        params = {name: values[0] for name, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        services.asked.append(Asked(parts.path, params, headers, json.loads(raw) if raw else {}))
        reply = services.reply(parts.path)
        try:
            self._send(reply)
        except OSError:
            self.close_connection = True  # the client had enough

    def _send(self, reply):
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(reply.content)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if reply.drop:
            self.wfile.write(reply.content[: len(reply.content) // 2])
            self.close_connection = True
        elif reply.drip:
            for byte in reply.content:
                self.wfile.write(bytes([byte]))
                time.sleep(reply.drip)
        else:
            self.wfile.write(reply.content)

    do_GET = do_POST = _answer  # noqa: N815 - the server looks for these names


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """Say nothing: a client that hangs up is meant to."""


@contextmanager
def services():
    """Serve on a free port of loopback."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.services = Services(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield server.services
    finally:
        server.shutdown()
        server.server_close()


def packed(content: bytes) -> Reply:
    """An answer in gzip."""
    return Reply(content=gzip.compress(content), headers={"Content-Encoding": "gzip"})
