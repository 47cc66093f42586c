"""A forge on this machine: shows what it is given at each path, and keeps what it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Forge(ThreadingHTTPServer):
    """Shows ``pages`` by path, and answers what it is told with ``status`` and ``answer``."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages: dict[str, Any] = {}
        self.status = 201
        self.answer = b""
        self.told: list[tuple[str, dict[str, str], bytes]] = []
        self.shown: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """What is done with a request."""

    server: Forge

    def do_GET(self) -> None:
        """Show a page."""
        self.server.shown.append(dict(self.headers))
        page = self.server.pages.get(self.path)
        self.send_response(404 if page is None else 200)
        self.end_headers()
        self.wfile.write(json.dumps(page).encode())

    def do_POST(self) -> None:
        """Keep what is told."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def working() -> Iterator[Forge]:
    """A forge at work."""
    with Forge() as made:
        thread = threading.Thread(target=made.serve_forever, daemon=True)
        thread.start()
        yield made
        made.shutdown()
        thread.join()
