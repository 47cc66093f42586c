"""``pecan submit --url``: jobs submitted to a service over HTTP, and what other schedulers answer."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from paddles.app import serve
from paddles.db.engine import Database
from paddles.settings import Settings
from tests.commands.conftest import Pecan
from tests.commands.job_files import stored, write


@pytest.fixture
def job_file(tmp_path: Path) -> Path:
    """A job file that makes four jobs."""
    return write(tmp_path)


class Quiet(WSGIRequestHandler):
    """A handler that says nothing of what it answers."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Other:
    """A scheduler that answers ``code`` and ``body`` whatever it is asked."""

    code = "200 OK"
    body = b""

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        """Answer."""
        start_response(self.code, [("Content-Type", "application/json")])
        return [self.body]


def listening(application: Any) -> Iterator[str]:
    """Let an application answer over HTTP, and give its address."""
    server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def service(database: Database, settings: Settings) -> Iterator[str]:
    """The address of the service, over HTTP."""
    yield from listening(serve(database, settings))


@pytest.fixture
def other() -> Other:
    """Another scheduler."""
    return Other()


@pytest.fixture
def elsewhere(other: Other) -> Iterator[str]:
    """The address of the other scheduler."""
    yield from listening(other)


def test_jobs_go_to_a_service(database: Database, service: str, pecan: Pecan, job_file: Path) -> None:
    """Over HTTP the same happens as in the database."""
    printed = pecan("submit", "--url", f"{service}/", str(job_file), "note=ünï")

    found = stored(database)
    assert printed.splitlines() == [f"{job.id} /result/napper/{job.id}" for job in found]
    assert [job.document["napper"]["mode"] for job in found] == ["hard", "soft"] * 2
    assert len({job.run for job in found}) == 1
    assert {job.document["note"] for job in found} == {"ünï"}


def test_a_cluster_is_several_jobs(other: Other, elsewhere: str, pecan: Pecan, job_file: Path) -> None:
    """Each job that a scheduler makes of one is a line."""
    other.body = b'[{"job_id": "z9.1", "result_root": "/result/a"}, {"job_id": 2}]'

    printed = pecan("submit", "--url", elsewhere, str(job_file), "nr_threads=1", "napper.mode=x")

    assert printed == "z9.1 /result/a\n2 \n"


@pytest.mark.parametrize(
    ("code", "body", "message"),
    [
        ("202 Accepted", b'[{"job_id": "0", "message": "no account"}]', "refuses: no account"),
        ("400 Bad Request", b'{"message": "no suite\\nhere"}', "answers 400: no suite here"),
        ("500 Fault", b"<html>", "answers 500: Fault"),
        ("401 Who", b'[{"message": "who?"}]', "answers 401: who?"),
        ("200 OK", b"6", "answers no list of jobs"),
        ("200 OK", b"[]", "answers no list of jobs"),
        ("200 OK", b'["6"]', "answers no list of jobs"),
        ("200 OK", b'[{"job_id": null}]', "answers no list of jobs"),
        ("200 OK", b"", "answers no JSON"),
    ],
)
def test_what_a_scheduler_refuses_is_said(
    other: Other, elsewhere: str, pecan: Pecan, job_file: Path, code: str, body: bytes, message: str
) -> None:
    """In one line that names the address and carries its own words; the exit code is 1."""
    other.code, other.body = code, body

    assert f"paddles: {elsewhere}/submit_job {message}\n" == pecan("submit", "--url", elsewhere, str(job_file), code=1)


@pytest.mark.parametrize(
    ("url", "message"),
    [("ftp://lab.example", "is no http:// or https:// address"), ("http://127.0.0.1:1", "cannot reach")],
)
def test_a_service_that_is_not_there_is_said(pecan: Pecan, job_file: Path, url: str, message: str) -> None:
    """An address that is none, and one where nobody listens."""
    assert message in pecan("submit", "--url", url, str(job_file), code=1)
