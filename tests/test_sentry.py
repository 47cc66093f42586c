"""Errors reach Sentry where it is configured, with the request's id and without what users sent."""

import gzip
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.processes import environment

# A handler that breaks stands for whatever may break; the service is the real one.
PROGRAM = """
import logging, sys
{before}
from paddles import settings
from paddles.app import application
from paddles.controllers.root import Healthz
from tests.client import Client

logging.basicConfig(level=logging.INFO)
client = Client(application(settings.load(database_url="postgresql://u@127.0.0.1:1/x")))
Healthz.get_all = lambda self: {{}}["oops"]
client.send("GET", "/healthz?token=secret", b"hidden", HTTP_X_REQUEST_ID="id-9", status=500)
{after}
"""
FLUSH = "import sentry_sdk; sentry_sdk.flush(20)"


class Sink(HTTPServer):
    """A Sentry, as far as we are concerned: it keeps what it is sent."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        super().__init__(("127.0.0.1", 0), Taking)


class Taking(BaseHTTPRequestHandler):
    """Takes everything."""

    def do_POST(self) -> None:
        """Keep the body."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, Sink)
        self.server.bodies.append(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def run(before: str = "", after: str = "", **changes: str) -> str:
    """Run the service until it breaks and return what it logged."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(before=before, after=after)],
        capture_output=True, text=True, timeout=60, env=environment(**changes), check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stderr


def events(sink: Sink) -> list[dict[str, Any]]:
    """Return the errors that were sent."""
    lines = [json.loads(line) for body in sink.bodies for line in body.splitlines() if line.startswith(b"{")]
    return [line for line in lines if "exception" in line]


def test_an_unforeseen_error_is_sent(sink: Sink) -> None:
    """Once, with traceback, version and request id; neither variables nor the request's content."""
    said = run(after=FLUSH, SENTRY_DSN=f"http://key@127.0.0.1:{sink.server_port}/1")

    [event] = events(sink)
    assert "KeyError" == event["exception"]["values"][-1]["type"]
    assert "id-9" == event["tags"]["request_id"]
    assert event["release"].startswith("paddles@")
    assert "errors go to Sentry" in said
    everything = b"".join(sink.bodies)
    assert b"secret" not in everything
    assert b"hidden" not in everything
    assert b'"vars"' not in everything


def test_without_an_address_nothing_is_loaded() -> None:
    """Whoever does not want it does not pay for it."""
    run(after="assert 'sentry_sdk' not in sys.modules")


def test_a_missing_package_is_said() -> None:
    """One clear line, and the service runs."""
    said = run(before="sys.modules['sentry_sdk'] = None", PADDLES_SENTRY_DSN="http://key@127.0.0.1:9/1")

    assert "sentry_dsn is set and the package sentry-sdk is missing: pip install 'paddles[sentry]'" in said


def test_a_wrong_address_is_said() -> None:
    """The same."""
    assert "errors do not go to Sentry, sentry_dsn is wrong" in run(SENTRY_DSN="nonsense")
