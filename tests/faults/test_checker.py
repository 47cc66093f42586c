"""The checker of the torture: an honest history passes, and each broken promise is found."""

from typing import Any

import pytest

from bench.torture.checker import check
from bench.torture.history import Entry

JOB = "r/1"
LEASE_S = 20.0


def write(at: float, tag: str, status: int = 200, *, kind: str = "report", job: str = "running") -> Entry:
    """A write of the only job, which took a second."""
    return Entry("r0", kind, JOB, at, at + 1, status, {"tag": tag, "status": job})


def job(tag: str, **other: Any) -> dict[str, Any]:
    """The job as one write left it."""
    whole = {"owner": tag, "archive_path": f"/archive/{tag}", "description": f"smoke/{tag}", "status": "running"}
    return whole | {"overrides": {"tags": [tag] * 3}} | other


def read(at: float, tag: str) -> Entry:
    """A look at the job."""
    return Entry("r0", "read", JOB, at, at + 1, 200, answer=job(tag))


def pop(who: str, at: float) -> Entry:
    """The job, handed out."""
    return Entry(who, "pop", "q", at, at + 1, 200, answer={"name": "r", "job_id": "1"})


def lock(who: str, at: float) -> Entry:
    """A machine, locked."""
    return Entry(who, "lock", who, at, at + 1, 200, answer=[{"name": "m"}])


def unlock(who: str, at: float) -> Entry:
    """A machine, given back."""
    return Entry(who, "unlock", who, at, at + 1, 200, {"names": ["m"]})


CREATED = write(0, "a", kind="create")
HONEST: list[tuple[list[Entry], dict[str, Any]]] = [
    ([], {}),
    ([CREATED], {JOB: job("a")}),
    ([write(0, "a", 0, kind="create")], {}),
    ([write(0, "a", 503, kind="create")], {JOB: job("a")}),
    ([CREATED, write(2, "b"), write(4, "c", 0)], {JOB: job("b")}),
    ([CREATED, write(2, "b"), write(4, "c", 0)], {JOB: job("c")}),
    ([CREATED, write(2, "b", 400)], {JOB: job("a")}),
    ([CREATED, read(0.5, "a"), write(2, "b"), read(2.5, "a"), read(3.5, "b")], {JOB: job("b")}),
    ([CREATED, pop("r1", 5), pop("r2", 25)], {JOB: job("a")}),
    ([lock("r1", 0), unlock("r1", 2), lock("r2", 1.5)], {}),
]
BROKEN: list[tuple[list[Entry], dict[str, Any], str]] = [
    ([CREATED], {}, "not stored in the end"),
    ([], {JOB: job("a")}, "nobody wrote it"),
    ([CREATED, write(2, "b")], {JOB: job("a")}, "must be one of ['b']"),
    ([CREATED, write(2, "b", 0), write(4, "c")], {JOB: job("b")}, "must be one of ['c']"),
    ([CREATED, write(2, "b", 400)], {JOB: job("b")}, "must be one of ['a']"),
    ([CREATED, write(2, "b")], {JOB: job("b", description="smoke/a")}, "half of b"),
    ([CREATED, write(2, "b")], {JOB: job("b", overrides={"tags": ["b", "a"]})}, "half of b"),
    ([CREATED, write(2, "b", job="pass")], {JOB: job("b")}, "half of b"),
    ([CREATED, write(2, "b"), read(4, "a")], {JOB: job("b")}, "a is read"),
    ([CREATED, write(2, "b", 500)], {JOB: job("b")}, "answered 500"),
    ([CREATED, pop("r1", 5), pop("r2", 20)], {JOB: job("a")}, "handed to r1"),
    ([CREATED, write(2, "b"), pop("r1", 5)], {JOB: job("b")}, "ran since"),
    ([lock("r1", 0), lock("r2", 2), unlock("r1", 4)], {}, "held by r1 until 4.000 and by r2"),
]


@pytest.mark.parametrize(("entries", "stored"), HONEST, ids=range(len(HONEST)))
def test_an_honest_history_passes(entries: list[Entry], stored: dict[str, Any]) -> None:
    """What was acknowledged is there; what was not may be."""
    assert [] == check(entries, stored, [], LEASE_S)


@pytest.mark.parametrize(("entries", "stored", "said"), BROKEN, ids=range(len(BROKEN)))
def test_a_broken_promise_is_found(entries: list[Entry], stored: dict[str, Any], said: str) -> None:
    """With a line that says which."""
    (line,) = check(entries, stored, [], LEASE_S)
    assert said in line


def test_a_machine_left_locked_is_found() -> None:
    """When everybody has given back what they had."""
    assert ["m is still locked"] == check([], {}, ["m"], LEASE_S)
