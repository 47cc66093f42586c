"""Tests that logs tell of: found when a run says its last word, and part of its verdict."""

import errno
import os
from collections.abc import Iterator
from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.errors import Unavailable
from paddles.projects import greps
from tests.client import Client
from tests.concurrency.threads import together
from tests.projects.held import Held, held

LOOKED_FOR = {
    "test-pattern": r"# Test: (?P<name>.+)",
    "result-pattern": r"(?P<name>\S+) : (?P<result>\w+)",
    "fixupdict": {"ok": "PASSED", "bad": "FAILED"},
}


@pytest.fixture
def job(database: Database) -> Held:
    """A job whose log is searched."""
    return held(database, test_grepping=LOOKED_FOR)


def post(client: Client, job: Held, data: bytes, status: int = 200, **headers: str) -> Any:
    """Send a piece of the log."""
    said = {**job.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return client.post(job.path, data, headers=said, status=status)


def run_status(client: Client, job: Held) -> str:
    """Return how a run is."""
    return str(client.get(job.path).json["data"]["run"]["status"])


def listed(client: Client, job: Held) -> list[tuple[str, str]]:
    """Return the tests of a run and their statuses."""
    return [(each["name"], each["status"]) for each in client.get(f"{job.path}tests/").json["data"]["tests"]]


def test_the_whole_log_is_searched(client: Client, job: Held) -> None:
    """Also what comes with the last word, and lines that come in two pieces; bytes that are no text do no harm."""
    post(client, job, b"a : ok\n\xff\xfe\n# Test: fir")
    post(client, job, b"st\nb : ok\nc : SKIPPED\n")
    post(client, job, b"# Test: second\nd : ok\n", X_RUN_STATUS="PASSED")

    assert "PASSED" == run_status(client, job)
    assert [("default", "PASSED"), ("first", "PASSED"), ("second", "PASSED")] == listed(client, job)
    results = client.get(f"{job.path}tests/first/").json["data"]["test"]["results"]
    assert [("b", "PASSED"), ("c", "SKIPPED")] == [(each["name"], each["status"]) for each in results]


@pytest.mark.parametrize("word", ["bad", "FAILED", "odd"])
def test_a_result_that_failed_makes_the_run_fail(client: Client, job: Held, word: str) -> None:
    """Whatever the run says; a word that nobody knows is kept."""
    post(client, job, b"a : %s\n" % word.encode(), X_RUN_STATUS="PASSED")

    assert "FAILED" == run_status(client, job)
    (result,) = client.get(f"{job.path}tests/default/").json["data"]["test"]["results"]
    assert ("FAILED", "odd" if word == "odd" else "") == (result["status"], result["context"])


def test_expressions_that_take_for_ever_make_the_run_fail(
    client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In seconds, and its log says why."""
    monkeypatch.setattr(greps, "CPU_S", 1)
    job = held(database, test_grepping={"result-pattern": r"(?P<name>(a+)+)b(?P<result>)"})
    post(client, job, b"a" * 60 + b"\n", X_RUN_STATUS="PASSED")

    assert "FAILED" == run_status(client, job)
    text = client.get(client.get(f"{job.path}console.log", status=302).location).text
    assert text.endswith("== test-grepping takes more than 1 s on the log\n")


def test_a_log_that_grows_while_it_is_searched_is_searched_again(
    client: Client, job: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503: the last word is said again, and is in the log once."""
    search = greps.search
    more = [b"b : bad\n"]

    def slow(*arguments: Any) -> Any:
        found = search(*arguments)
        if more:
            # In a thread of its own, as requests are.
            together(1, lambda _: post(client, job, more.pop()))
        return found

    monkeypatch.setattr(greps, "search", slow)
    post(client, job, b"a : ok\n", 503, X_RUN_STATUS="PASSED")
    post(client, job, b"a : ok\n", X_RUN_STATUS="PASSED")

    assert "FAILED" == run_status(client, job)
    text = client.get(client.get(f"{job.path}console.log", status=302).location).text
    assert text.endswith("w1\nb : bad\na : ok\n")


def test_a_search_may_stop_reading() -> None:
    """Whoever brings the log stops bringing it."""
    with greps.flowing(b"x" * 1_000_000 for _ in range(100)) as log:
        assert b"x" == log.read(1)


def test_a_log_that_cannot_be_read_is_not_taken_for_searched() -> None:
    """However much of it was."""

    def pieces() -> Iterator[bytes]:
        yield b"a : ok\n"
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with pytest.raises(Unavailable, match="Input/output error"), greps.flowing(pieces()) as log:
        assert b"a : ok\n" == log.read()


def test_what_waits_to_be_shown_is_searched(client: Client, database: Database) -> None:
    """The end of a piece may be the beginning of a secret: it is held back, and belongs to its line all the same."""
    job = held(database, test_grepping=LOOKED_FOR, secrets={"word": "bad-tempered"})
    post(client, job, b"a : bad")
    post(client, job, b"\n", X_RUN_STATUS="PASSED")

    assert "FAILED" == run_status(client, job)
    assert [("default", "FAILED")] == listed(client, job)


@pytest.mark.parametrize("at", [0, 10, 30])
def test_results_tell_no_secrets(client: Client, database: Database, at: int) -> None:
    """However the log has come: what is found is what the log shows."""
    job = held(database, test_grepping=LOOKED_FOR, secrets={"word": "correct-horse"})
    said = b"# Test: correct-horse\ncorrect-horse : ok\n"
    post(client, job, said[:at])
    post(client, job, said[at:], X_RUN_STATUS="PASSED")

    assert [("*" * 13, "PASSED")] == listed(client, job)
    results = client.get(f"{job.path}tests/{'*' * 13}/").json["data"]["test"]["results"]
    assert ["*" * 13] == [each["name"] for each in results]
