"""A small server of JobServ's protocol: it keeps what it is sent, and breaks off when a test wants that.

One run at ``/run/``, one worker, what they download, and a forge. What a server promises of a log's offset is done
here: bytes that are there already are left out.
"""

import gzip
import json
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from paddles.projects import downloads

KEY = "the-run-key-0123456789abcdefghijkl"
# What becomes of one request that adds to the log: it is lost before it is heard, its answer is lost, or it is refused.
LOST, UNANSWERED = "lost", "unanswered"


class Peer(ThreadingHTTPServer):
    """The server, and all that it was told."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.run_url = f"{self.url}/run/"
        self.lock = threading.RLock()
        self.key = KEY
        self.log, self.counted = b"", 0
        self.statuses: list[str] = []
        self.metadata: list[str] = []
        self.faults: list[str | int] = []
        self.cancelled = False
        self.asked_to_sign: list[list[str]] = []
        self.files: dict[str, tuple[str, bytes]] = {}
        self.failing_puts: dict[str, int] = {}
        self.refused_puts: set[str] = set()
        self.tests: list[tuple[str, str, dict[str, Any]]] = []
        self.forge: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.workers: list[tuple[str, str, dict[str, str], Any]] = []
        self.rundefs: list[dict[str, Any]] = []
        self.worker = downloads.worker()
        self.validated: list[tuple[str, str, bytes]] = []
        self.validation: tuple[int, dict[str, Any]] = (200, {"data": {}})

    def checked_in(self) -> int:
        """How often the worker asked for work."""
        return sum(method == "GET" and "available_runners" in path for method, path, _, _ in self.workers)

    def append(self, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
        """Add to the log what is not there yet, then take the status."""
        with self.lock:
            if headers.get("authorization") != f"Token {self.key}" or self.statuses[-1:] in (["PASSED"], ["FAILED"]):
                return 401, {}
            if "x-log-offset" in headers:
                known = max(0, self.counted - int(headers["x-log-offset"]))
                body = body[known:]
                self.counted += len(body)
            self.log += body
            word = headers.get("x-run-status", "")
            # What it is already is no event.
            self.statuses += [word] if word and self.statuses[-1:] != [word] else []
            self.metadata += [headers["x-run-metadata"]] if "x-run-metadata" in headers else []
            return 200, {"X-JOBSERV-CANCEL": "1"} if self.cancelled else {}


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    server: Peer

    def handle_one(self) -> None:
        """Read a request and answer as its path says."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urllib.parse.urlsplit(self.path)
        said = {name.lower(): value for name, value in self.headers.items()}
        first = path.path.split("/")[1]
        getattr(self, f"at_{first.replace('-', '_')}")(path, body, said)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def reply(self, status: int, body: bytes | dict[str, Any] = b"", headers: dict[str, str] | None = None) -> None:
        """Answer."""
        content = json.dumps(body).encode() if isinstance(body, dict) else body
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def at_run(self, path: urllib.parse.SplitResult, body: bytes, said: dict[str, str]) -> None:
        """The run: its log, places for its files, its tests."""
        rest = path.path.removeprefix("/run/")
        if rest == "":
            self.append(body, said)
        elif said.get("authorization") != f"Token {self.server.key}":
            self.reply(401, {"message": "not the key of this run"})
        elif rest == "create_signed":
            wanted = json.loads(body)
            self.server.asked_to_sign.append(wanted)
            places = {name: f"{self.server.url}/files/{urllib.parse.quote(name)}" for name in wanted}
            types = {name: "text/plain" if name.endswith(".txt") else "" for name in wanted}
            urls = {name: {"url": places[name], "content-type": types[name]} for name in wanted}
            self.reply(200, {"data": {"urls": urls}})
        else:
            name = urllib.parse.unquote(rest.removeprefix("tests/").removesuffix("/"))
            self.server.tests.append((self.command, name, json.loads(body)))
            self.reply(200, {"data": {}})

    def append(self, body: bytes, said: dict[str, str]) -> None:
        """Take a part of the log, unless something is to go wrong."""
        fault = self.server.faults.pop(0) if self.server.faults else None
        if isinstance(fault, int):
            self.reply(fault)
        elif fault != LOST:
            status, headers = self.server.append(body, said)
            if fault != UNANSWERED:
                self.reply(status, {}, headers)

    def at_files(self, path: urllib.parse.SplitResult, body: bytes, said: dict[str, str]) -> None:
        """The store, where a file can be refused some times."""
        name = urllib.parse.unquote(path.path.removeprefix("/files/"))
        if self.server.failing_puts.get(name, 0):
            self.server.failing_puts[name] -= 1
            self.reply(503)
            return
        if name in self.server.refused_puts:
            self.reply(403)
            return
        self.server.files[name] = (said["content-type"], body)
        self.reply(201)

    def at_forge(self, path: urllib.parse.SplitResult, body: bytes, said: dict[str, str]) -> None:
        """Where statuses of commits are set."""
        self.server.forge.append((said, json.loads(body)))
        self.reply(201)

    def at_runner(self, path: urllib.parse.SplitResult, body: bytes, said: dict[str, str]) -> None:
        """The runner."""
        self.reply(200, downloads.runner(), {"Content-Type": "application/zip"})

    def at_worker(self, path: urllib.parse.SplitResult, body: bytes, said: dict[str, str]) -> None:
        """The worker."""
        self.reply(200, self.server.worker.content, {"Content-Type": "text/plain; charset=utf-8"})

    def at_simulator(self, path: urllib.parse.SplitResult, body: bytes, said: dict[str, str]) -> None:
        """The simulator."""
        script = downloads.simulator()
        current = path.query == f"version={script.version}"
        self.reply(304 if current else 200, b"" if current else script.content)

    def at_simulator_validate(self, path: urllib.parse.SplitResult, body: bytes, said: dict[str, str]) -> None:
        """Whether a project's definition is right."""
        self.server.validated.append((path.query, said["content-type"], body))
        self.reply(*self.server.validation)

    def at_workers(self, path: urllib.parse.SplitResult, body: bytes, said: dict[str, str]) -> None:
        """All that is asked about a worker."""
        packed = said.get("content-encoding") == "gzip"
        document = gzip.decompress(body) if packed else json.loads(body or b"{}")
        self.server.workers.append((self.command, self.path, said, document))
        if path.path.endswith("/volumes-deleted/"):
            self.reply(200, {"data": {"volumes": [each for each in document["directories"] if each == "gone"]}})
            return
        found: dict[str, Any] = {"version": self.server.worker.version}
        if "available_runners" in path.query and self.server.rundefs:
            found["run-defs"] = [json.dumps(self.server.rundefs.pop(0))]
        self.reply(201 if self.command == "POST" else 200, {"data": {"worker": found}})


@contextmanager
def serving() -> Iterator[Peer]:
    """Serve while the block runs."""
    with Peer() as peer:
        thread = threading.Thread(target=peer.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield peer
        finally:
            peer.shutdown()
            thread.join()
