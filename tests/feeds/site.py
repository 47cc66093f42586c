"""A site of KernelCI as it was, with its storage, on this machine: token, cookie, pages, failures when asked for."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

NON_LAVA = "lab-baylibre-seattle"


def build(number: int) -> dict[str, Any]:
    """Return what a builder says of one kernel."""
    return {
        "job": "mainline", "kernel": f"v5.1-{number}", "git_branch": "master", "git_commit": f"{number:040x}",
        "git_describe": f"v5.1-{number}", "arch": "arm64", "defconfig": "defconfig", "build_environment": "gcc-8",
        "build_result": "PASS", "build_time": 12.5,
    }  # fmt: skip


def boot(number: int, lab: str = NON_LAVA) -> dict[str, Any]:
    """Return what a lab without LAVA says of one boot."""
    return {
        "version": "1.0", "lab_name": lab, "job": "mainline", "kernel": f"v5.1-{number}", "defconfig": "defconfig",
        "board": f"board-{number}", "arch": "arm64", "git_branch": "master", "boot_result": "PASS",
    }  # fmt: skip


def lava(number: int, lab: str = "lab-a") -> dict[str, Any]:
    """Return what LAVA says of one job."""
    definition = f"metadata:\n  device.type: board-{number}\n  kernel.tree: mainline\n"
    return {"id": number, "status": 2, "lab_name": lab, "definition": definition, "results": {}, "log": ""}


class Site(ThreadingHTTPServer):
    """Lists ``listed`` below ``/_ajax/`` and has ``stored`` below ``/storage/``.

    ``failing`` are statuses that a path answers with first; from the download ``closes_at`` on nothing is answered.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.listed: dict[str, list[dict[str, Any]]] = {"build": [], "boot": []}
        self.stored: dict[str, bytes] = {}
        self.failing: dict[str, list[int]] = {}
        self.asked: list[str] = []
        self.tokens, self.good_for = 0, 1_000_000
        self.used, self.endless = 0, False
        self.gate = threading.Event()
        self.gate.set()
        self.closes_at = 0

    @property
    def host(self) -> str:
        """Its name and port."""
        return f"127.0.0.1:{self.server_port}"

    def has(self, kind: str, number: int, *, stored: bool = True) -> str:
        """Have a document of a kind and return what it is called here."""
        name, base = f"{kind}-{number}", f"mainline/master/v5.1-{number}/arm64"
        listed: dict[str, Any] = {"_id": {"$oid": name}, "file_server_resource": base}
        if kind == "build":
            said, path = build(number), f"{base}/build.json"
        else:
            lab = NON_LAVA if kind == "boot" else "lab-a"
            said = boot(number) if kind == "boot" else lava(number)
            path = f"{base}/{lab}/{'boot' if kind == 'boot' else 'lava-json'}-board-{number}.json"
            listed |= {"lab_name": lab, "board": f"board-{number}"}
        self.listed["build" if kind == "build" else "boot"].append(listed)
        if stored:
            self.stored[f"/storage/{path}"] = json.dumps(said).encode()
        return name

    def downloads(self) -> list[str]:
        """Return what was asked of the storage."""
        return [path for path in self.asked if path.startswith("/storage/")]


class Handler(BaseHTTPRequestHandler):
    """What is done with a request."""

    protocol_version = "HTTP/1.1"
    server: Site

    def do_GET(self) -> None:
        """Answer what the path asks for, or fail as planned."""
        site, place = self.server, urlsplit(self.path)
        site.asked.append(self.path)
        if site.closes_at and len(site.downloads()) >= site.closes_at:
            site.gate.clear()
        site.gate.wait(60)
        planned = site.failing.get(place.path)
        if planned:
            self.answer(planned.pop(0), b"planned")
        elif place.path == "/":
            self.front()
        elif place.path.startswith("/_ajax/"):
            self.page(place.path.removeprefix("/_ajax/"), parse_qs(place.query))
        else:
            content = site.stored.get(place.path)
            self.answer(200 if content is not None else 404, content or b"")

    def front(self) -> None:
        """Give a new token and the cookie that goes with it."""
        self.server.tokens += 1
        self.server.used = 0
        page = f'<html><head><META content="token{self.server.tokens}" name="csrf-token"></head></html>'
        self.answer(200, page.encode(), f"session=s{self.server.tokens}; Path=/; HttpOnly")

    def page(self, kind: str, said: dict[str, list[str]]) -> None:
        """Give a page of a list to whoever shows the token that is good, and its cookie."""
        now = self.server.tokens
        good = (f"token{now}", f"session=s{now}") == (self.headers["x-csrftoken"], self.headers["Cookie"])
        self.server.used += 1
        if not good or self.server.used > self.server.good_for:
            self.answer(400, b"the CSRF token has expired")
            return
        skip, limit = 0 if self.server.endless else int(said["skip"][0]), int(said["limit"][0])
        assert (["created_on"], ["1"]) == (said["sort"], said["sort_order"])
        self.answer(200, json.dumps({"result": self.server.listed[kind][skip : skip + limit]}).encode())

    def answer(self, status: int, content: bytes, cookie: str = "") -> None:
        """Answer."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def working() -> Iterator[Site]:
    """A site at work."""
    with Site() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield made
        made.gate.set()
        made.shutdown()
        thread.join()
