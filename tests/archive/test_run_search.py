"""Runs found by what they are, and the values there are to find them by."""

import datetime
import itertools
from collections.abc import Mapping
from typing import Any

import pytest

from paddles.archive import run_search, runs
from paddles.archive.run_search import RunFilter
from paddles.db.engine import Database
from paddles.db.pages import Page
from paddles.db.work import read, transact
from paddles.errors import NotFound
from tests.conftest import NOW
from tests.units import SCHEME, accept, at, submit


def found(
    database: Database, wanted: RunFilter | None = None, page: Page | None = None, order: Any = None
) -> list[str]:
    """Return the names of the runs found, in order."""
    order = run_search.NEWEST_SCHEDULED if order is None else order
    chosen = read(database, lambda s: run_search.runs(s, wanted or RunFilter(), page or Page(), order))
    return [row.name for row in chosen]


def values(database: Database, word: str, wanted: RunFilter | None = None, zone: str = "UTC") -> list[str]:
    """Return the values of a word among the runs wanted."""
    return read(database, lambda s: run_search.values(s, word, wanted or RunFilter(), zone))


def name(day: int, user: str = "u", clock: str = "12:00:00") -> str:
    """Return the name of a run scheduled on a day of January 2026."""
    return f"{user}-2026-01-{day:02d}_{clock}-rados-main-distro-default-smithi"


# Two runs that differ in everything, and one with nothing.
ALICE: Mapping[str, Any] = {
    "status": "pass", "branch": "wip/x", "suite": "rgw", "machine_type": "gibba", "sha1": "abc123", "flavor": "crimson",
}  # fmt: skip
BOB: Mapping[str, Any] = {
    "status": "queued", "branch": "main", "suite": "rados", "machine_type": "smithi", "sha1": "abd456",
    "flavor": "default",
}  # fmt: skip


@pytest.fixture
def archive(database: Database) -> Database:
    """An archive of alice's run on the 2nd, bob's on the 3rd and one of nobody, now."""
    submit(database, name(2, "alice"), "1", now=at(3), **ALICE)
    submit(database, name(3, "bob"), "1", now=at(2), **BOB)
    transact(database, lambda s: runs.create(s, "nobody", at(1), SCHEME))
    return database


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["nobody", "bob", "alice"]),
        ({"branch": "wip/x"}, ["alice"]),
        ({"branch": "wip"}, []),
        ({"branch": "%"}, []),
        ({"suite": "rados"}, ["bob"]),
        ({"username": "alice"}, ["alice"]),
        ({"machine_type": "smithi"}, ["bob"]),
        ({"status": "finished pass"}, ["alice"]),
        ({"status": "pass"}, ["alice"]),
        ({"status": "fail"}, []),
        ({"status": "queued"}, ["bob"]),
        ({"status": "empty"}, ["nobody"]),
        ({"sha1": "abc123"}, ["alice"]),
        ({"sha1": "ab"}, ["bob", "alice"]),
        ({"sha1": "a_c"}, []),
        ({"sha1": "%"}, []),
        ({"sha1": "abc1234"}, []),
        ({"flavor": "crimson"}, ["alice"]),
        ({"flavor": "crim"}, []),
        ({"queued": True}, ["bob"]),
        ({"branch": "main", "username": "bob", "suite": "rados", "sha1": "abd"}, ["bob"]),
        ({"branch": "main", "username": "alice"}, []),
        ({"branch": "'; DROP TABLE runs; --"}, []),
    ],
)
def test_every_word_filters(archive: Database, wanted: dict[str, Any], expected: list[str]) -> None:
    """Each value given must match, exactly, but a sha1, of which the beginning will do; newest scheduled first."""
    assert expected == [each.partition("-")[0] for each in found(archive, RunFilter(**wanted))]


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"since": 3}, [4, 3]),
        ({"scheduled_from": 3}, [4, 3]),
        ({"scheduled_until": 3}, [2]),
        ({"scheduled_from": 2, "scheduled_until": 4}, [3, 2]),
        ({"scheduled_from": 3, "scheduled_until": 3}, []),
        ({"scheduled_from": 2, "scheduled_until": 4, "since": 3}, [3]),
    ],
)
def test_days_are_bounds(database: Database, bounds: dict[str, int], expected: list[int]) -> None:
    """A run scheduled at the very beginning of a stretch is inside, at its very end outside."""
    for day in (2, 3, 4):
        submit(database, name(day, clock="00:00:00"))
    moments = {word: datetime.datetime(2026, 1, day, tzinfo=datetime.UTC) for word, day in bounds.items()}

    assert [name(day, clock="00:00:00") for day in expected] == found(database, RunFilter(**moments))


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (run_search.NEWEST_POSTED, ["alice", "bob", "nobody"]),
        (run_search.NEWEST_SCHEDULED, ["nobody", "bob", "alice"]),
        (run_search.OLDEST_SCHEDULED, ["alice", "bob", "nobody"]),
    ],
)
def test_runs_come_in_the_order_asked_for(archive: Database, order: Any, expected: list[str]) -> None:
    """Newest posted, newest scheduled or oldest scheduled first."""
    assert expected == [each.partition("-")[0] for each in found(archive, order=order)]


@pytest.mark.parametrize("order", [run_search.NEWEST_POSTED, run_search.NEWEST_SCHEDULED, run_search.OLDEST_SCHEDULED])
def test_pages_show_each_run_once(database: Database, order: Any) -> None:
    """Runs of the same moment keep one order, so that pages neither repeat nor miss one; past the end is nothing."""
    for number in range(7):
        submit(database, f"run-{number}", "1")

    pages = [found(database, page=Page(3, offset), order=order) for offset in (0, 3, 6, 9)]

    assert [3, 3, 1, 0] == [len(each) for each in pages]
    assert found(database, order=order) == list(itertools.chain(*pages))


def test_a_run_shows_its_first_job_and_its_newest_report(database: Database) -> None:
    """sha1, flavor and priority are those of the first key, ``updated`` is the newest of all jobs."""
    submit(database, "r", "2", sha1="second", flavor="f2", priority=2)
    submit(database, "r", "1", sha1="first", flavor="f1", priority=1, now=at(1))
    accept(database, "r", "2", now=at(50))

    row = read(database, lambda s: run_search.run(s, "r"))

    assert ("first", "f1", 1, at(50)) == (row.sha1, row.flavor, row.priority, row.updated)


def test_a_run_without_jobs_shows_nothing_of_them(archive: Database) -> None:
    """Nothing is made up for a run that has no jobs."""
    row = read(archive, lambda s: run_search.run(s, "nobody"))

    assert (None, None, None, None) == (row.sha1, row.flavor, row.priority, row.updated)


@pytest.mark.parametrize("missing", ["", "r%", "nobod", "NOBODY"])
def test_a_run_is_found_by_its_whole_name(archive: Database, missing: str) -> None:
    """Another name finds nothing and says so."""
    with pytest.raises(NotFound):
        read(archive, lambda s: run_search.run(s, missing))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("branch", ["main", "wip/x"]),
        ("suite", ["rados", "rgw"]),
        ("user", ["alice", "bob"]),
        ("machine_type", ["gibba", "smithi"]),
        ("status", ["empty", "finished pass", "queued"]),
        ("sha1", ["abc123", "abd456"]),
        ("flavor", ["crimson", "default"]),
        ("date", ["2026-01-02", "2026-01-03", "2026-01-31"]),
    ],
)
def test_values_are_listed_once_and_sorted(archive: Database, word: str, expected: list[str]) -> None:
    """Every value that is not blank, once, in order, over all runs and among chosen ones alike."""
    submit(archive, name(2, "alice"), "2", **ALICE)
    submit(archive, name(2, "alice"), "3", status="pass", sha1="", flavor=None)

    assert expected == values(archive, word)
    everything = RunFilter(since=datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC))
    assert expected == values(archive, word, everything)


@pytest.mark.parametrize("word", ["branch", "suite", "user", "machine_type", "status", "sha1", "flavor", "date"])
def test_an_empty_archive_has_no_values(database: Database, word: str) -> None:
    """Nothing to choose from is an empty list."""
    assert [] == values(database, word)
    assert [] == values(database, word, RunFilter(branch="main"))


def test_values_among_chosen_runs_are_theirs(archive: Database) -> None:
    """Inside a chain only what the runs chosen so far have is listed, of their jobs too."""
    assert ["abc123"] == values(archive, "sha1", RunFilter(username="alice"))
    assert ["default"] == values(archive, "flavor", RunFilter(sha1="abd"))
    assert ["bob"] == values(archive, "user", RunFilter(flavor="default"))
    assert ["2026-01-02"] == values(archive, "date", RunFilter(branch="wip/x"))
    assert [] == values(archive, "sha1", RunFilter(status="empty"))


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", ["2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"]),
        ("Europe/Berlin", ["2026-03-29", "2026-10-25"]),
        ("America/New_York", ["2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"]),
        ("Asia/Tokyo", ["2026-03-29", "2026-10-25"]),
        ("Pacific/Kiritimati", ["2026-03-29", "2026-10-25", "2026-10-26"]),
    ],
)
def test_days_are_those_of_the_zone(database: Database, zone: str, expected: list[str]) -> None:
    """A run belongs to the day that its zone had, on days of 23 and 25 hours too; both ways to list days agree."""
    for stamp in ("03-28_23:30:00", "03-29_04:30:00", "10-24_22:30:00", "10-25_14:30:00"):
        submit(database, f"u-2026-{stamp}-rados-main-distro-default-smithi")

    assert expected == values(database, "date", zone=zone)
    assert expected == values(database, "date", RunFilter(username="u"), zone=zone)


def test_totals_count_runs_and_jobs(archive: Database) -> None:
    """How many runs there are and how many jobs in each status; all zero in an empty archive."""
    accept(archive, name(2, "alice"), "1", success=None)
    counted = dict(read(archive, run_search.totals))

    assert {"runs": 3, "queued": 1, "unknown": 1} == {word: count for word, count in counted.items() if count}


def test_totals_of_an_empty_archive_are_zero(database: Database) -> None:
    """Nothing counts as nothing, not as null."""
    assert {0} == set(read(database, run_search.totals).values())


def test_posted_is_when_the_archive_heard_of_it(archive: Database) -> None:
    """A run's ``posted`` is the moment of its first job, its ``scheduled`` what its name says."""
    row = read(archive, lambda s: run_search.run(s, name(2, "alice")))

    assert at(3) == row.posted
    assert NOW > row.scheduled
