"""Jobs found: one, those of a run, of a machine, of a queue, and those of all runs that match."""

import itertools
import json
from typing import Any

import pytest

from paddles.archive import job_search
from paddles.archive.job_search import JobFilter
from paddles.db.engine import Database
from paddles.db.pages import Page
from paddles.db.work import read
from paddles.errors import NotFound
from tests.conftest import NOW
from tests.units import accept, at, job_of, moment, rows, run_of, submit

TIMES = {"posted", "started", "updated"}


def keys(found: list[Any]) -> list[str]:
    """Return the keys of jobs, in order."""
    return [row.key for row in found]


def everywhere(
    database: Database, description: str | None = None, page: Page | None = None, **wanted: Any
) -> list[str]:
    """Return the keys of the jobs of all runs that match."""
    chosen = read(
        database,
        lambda s: job_search.everywhere(s, JobFilter(**wanted), page or Page(), description=description),
    )
    return keys(chosen)


@pytest.mark.parametrize(
    ("depth", "more"),
    [("bare", set()), ("light", TIMES), ("full", {*TIMES, "answer"}), ("kept", {*TIMES, "answer", "document"})],
)
def test_a_job_is_read_as_deep_as_asked(database: Database, depth: str, more: set[str]) -> None:
    """A job's columns, with what is shown of it, or with all that was ever said; however it is found."""
    submit(database, worker_log="/w", pid="1", targets={"u@m": "k"}, queue="q", status="queued", description="d")
    job = job_of(database)
    (machine,) = rows(database, "SELECT id FROM machines")

    found = read(
        database,
        lambda s: [
            job_search.one(s, "r", "1", depth),
            job_search.by_id(s, job.id, depth),
            *job_search.of_run(s, job.run_id, depth=depth),
            *job_search.on_machine(s, machine.id, Page(), name=None, status=None, depth=depth),
            *job_search.everywhere(s, JobFilter(), Page(), depth=depth),
            *job_search.everywhere(s, JobFilter(), Page(), description="d", depth=depth),
        ],
    )

    assert 6 == len(found)
    assert {"id", "key", "status", "run", *more} == set(found[0]._fields)
    assert 1 == len(set(map(tuple, found)))


def test_what_is_shown_is_the_answer_and_what_is_kept_is_all(database: Database) -> None:
    """The answer is ready JSON, in bytes; the document has what nobody is shown."""
    submit(database, worker_log="/w", pid="1")

    row = read(database, lambda s: job_search.one(s, "r", "1", "kept"))

    assert "1" == json.loads(row.answer)["pid"]
    assert "worker_log" not in json.loads(row.answer)
    assert {"worker_log": "/w", "pid": "1"} == json.loads(row.document)


@pytest.mark.parametrize(("run", "key"), [("r", "2"), ("s", "1"), ("r", "%")])
def test_a_job_that_is_not_there_is_not_found(database: Database, run: str, key: str) -> None:
    """Neither in a run without it nor in no run."""
    submit(database, "r", "1")

    with pytest.raises(NotFound):
        read(database, lambda s: job_search.one(s, run, key))


def test_jobs_of_a_run_come_newest_first(database: Database) -> None:
    """Newest posted first, those of the same moment by what was made last; of one status where asked."""
    for number, status in enumerate(("queued", "pass", "pass")):
        submit(database, "r", str(number), status=status, now=at(number // 2))
    submit(database, "other", "x")
    run_id = read(database, lambda s: job_search.run_id(s, "r"))

    assert ["2", "1", "0"] == keys(read(database, lambda s: job_search.of_run(s, run_id)))
    assert ["2", "1"] == keys(read(database, lambda s: job_search.of_run(s, run_id, status="pass")))
    assert [] == read(database, lambda s: job_search.of_run(s, run_id, status="dead"))


def test_a_run_that_is_not_there_has_no_id(database: Database) -> None:
    """Asking for the jobs of a run that nobody knows is refused."""
    submit(database, "r", "1")

    assert run_of(database).id == read(database, lambda s: job_search.run_id(s, "r"))
    with pytest.raises(NotFound):
        read(database, lambda s: job_search.run_id(s, "s"))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["3", "2", "1"]),
        ({"status": "pass"}, ["2", "1"]),
        ({"sha1": "abc"}, ["1"]),
        ({"sha1": "ab"}, []),
        ({"branch": "main"}, ["3", "2"]),
        ({"username": "u"}, ["3", "1"]),
        ({"status": "pass", "username": "u"}, ["1"]),
        ({"posted_after": at(1)}, ["3", "2"]),
        ({"posted_before": at(3)}, ["2", "1"]),
        ({"posted_after": at(1), "posted_before": at(3)}, ["2"]),
        ({"posted_after": at(3)}, []),
    ],
)
@pytest.mark.parametrize("description", [None, "suite"])
def test_every_word_filters(
    database: Database, description: str | None, wanted: dict[str, Any], expected: list[str]
) -> None:
    """Each value given must match exactly, a bound itself is outside; newest first, with a description or without."""
    submit(database, "a", "1", now=at(1), status="pass", sha1="abc", branch="wip", user="u", description="suite/one")
    submit(database, "b", "2", now=at(2), status="pass", sha1="def", branch="main", user="v", description="suite/two")
    submit(database, "a", "3", now=at(3), status="queued", branch="main", user="u", description="suite/one")

    assert expected == everywhere(database, description, **wanted)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("one", ["1"]),
        ("rados", ["3", "2", "1"]),
        ("%", ["2"]),
        ("_", ["3"]),
        ("\\", ["2"]),
        ("s_t", []),
        ("ONE", []),
        ("", ["4", "3", "2", "1"]),
        (None, ["4", "3", "2", "1"]),
        ("rados/{one two}", ["1"]),
        ("'; --", []),
    ],
)
def test_a_part_of_a_description_is_taken_literally(database: Database, part: str | None, expected: list[str]) -> None:
    """No letter has a meaning of its own; nothing asked for is everything, undescribed jobs included."""
    for number, text in enumerate(("rados/{one two}", "rados 100% \\o/", "rados set_up", None), 1):
        submit(database, "r", str(number), description=text)

    assert expected == everywhere(database, part)


@pytest.mark.parametrize("many", [1, job_search.MANY + 10], ids=["rare", "common"])
def test_pages_of_a_search_show_each_job_once(database: Database, many: int) -> None:
    """Jobs of the same moment keep one order over all pages, whether few descriptions match or very many do."""
    for number in range(max(many, 40)):
        submit(database, "r", str(number), description=f"suite {number % many}")

    everything = everywhere(database, "suite")
    pages = [everywhere(database, "suite", Page(7, offset)) for offset in range(0, len(everything), 7)]

    assert everything == everywhere(database)
    assert everything == list(itertools.chain(*pages))


def test_jobs_of_a_machine_come_newest_first(database: Database) -> None:
    """All jobs that ran on a machine, of any run, by the name they give themselves and by status where asked."""
    for number, status in enumerate(("pass", "fail", "pass")):
        submit(database, f"r{number}", "1", status=status, targets={"u@m": "k"}, name=f"n{number}", now=at(number))
    submit(database, "other", "1", targets={"u@elsewhere": "k"})
    (machine,) = rows(database, "SELECT id FROM machines WHERE name = 'm'")

    def on_machine(page: Page | None = None, name: str | None = None, status: str | None = None) -> list[str]:
        found = read(database, lambda s: job_search.on_machine(s, machine.id, page or Page(), name=name, status=status))
        return [row.run for row in found]

    assert ["r2", "r1", "r0"] == on_machine()
    assert ["r1"] == on_machine(Page(1, 1))
    assert [] == on_machine(Page(1, 3))
    assert ["r2", "r0"] == on_machine(status="pass")
    assert ["r1"] == on_machine(name="n1")
    assert [] == on_machine(name="n1", status="pass")


def test_queued_jobs_come_most_urgent_first(database: Database) -> None:
    """By priority, none given last, then the older run, then the older job; of a queue, of a user, of a run."""
    for run, key, priority in (("a", "1", None), ("b", "2", 5), ("a", "3", 5), ("b", "4", 1), ("b", "5", None)):
        submit(database, run, key, status="queued", queue="q", priority=priority, user=f"u{run}")
    submit(database, "a", "6", status="running", queue="q", user="ua")
    submit(database, "a", "7", status="queued", queue="p", user="ub", priority=9)
    (queue,) = rows(database, "SELECT id FROM queues WHERE name = 'q'")

    def queued(**wanted: Any) -> list[str]:
        return keys(read(database, lambda s: job_search.queued(s, **wanted)))

    assert ["4", "3", "2", "1", "5"] == queued(queue_id=queue.id)
    assert ["4", "3", "2", "7", "1", "5"] == queued()
    assert ["3", "7", "1"] == queued(run="a")
    assert ["4", "2", "7", "5"] == queued(username="ub")
    assert ["4", "2", "5"] == queued(username="ub", queue_id=queue.id)


def test_what_is_read_is_what_was_reported_last(database: Database) -> None:
    """A job that was found shows its newest report."""
    submit(database, status="running")
    accept(database, now=at(9), status="pass", duration=12)

    row = read(database, lambda s: job_search.one(s, "r", "1"))

    assert ("pass", NOW, NOW, at(9)) == (row.status, moment(row.posted), moment(row.started), moment(row.updated))
    assert 12 == json.loads(row.answer)["duration"]
