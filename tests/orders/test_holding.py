"""Jobs are held and let go: nobody is handed them meanwhile, whatever else becomes of them, and all counts stay."""

from collections.abc import Mapping, Sequence

import orjson
import pytest
from sqlalchemy import text

from paddles.archive import jobs
from paddles.boot import waits
from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.errors import Conflict, Forbidden, NotFound
from paddles.lab import outlook
from paddles.orders import holding, kills, priorities
from paddles.orders.holding import Prospect
from tests.boot import units as boot
from tests.controllers.test_statements import counted
from tests.orders.test_kills import claim, kill, states
from tests.orders.test_reruns import AGAIN, rerun
from tests.units import accept, at, changes_of, events_of, inexact, job_of, rows, run_of, submit


def hold(database: Database, key: str | None = None, run: str = "r", by: str = "ann") -> int:
    """Hold a run, or a job of it."""
    return transact(database, lambda session: holding.hold(session, run, key, by, at(9)))


def let_go(database: Database, key: str | None = None, run: str = "r", after: int = 20) -> int:
    """Let a run go, or a job of it."""
    return transact(database, lambda session: holding.let_go(session, run, key, "bob", at(after)))


def prospect(database: Database, key: str | None = None) -> Prospect:
    """Return what can be held, and is."""
    return read(database, lambda session: holding.prospect(session, "r", key))


def held(database: Database) -> dict[str, str]:
    """Return who holds which jobs."""
    return {row.key: row.held_by for row in rows(database, "SELECT * FROM jobs WHERE held_by IS NOT NULL")}


@pytest.fixture
def filled(database: Database) -> Database:
    """A run with two jobs that are queued, one that was handed out, one under way, one in no queue, one that ended."""
    submit(database, key="taken", status="queued", queue="q", priority=1)
    assert claim(database)
    for key, status in (("a", "queued"), ("b", "queued"), ("runs", "waiting"), ("ended", "pass")):
        submit(database, key=key, status=status, queue="q", priority=5)
    submit(database, key="nowhere", status="queued")
    return database


def test_what_nobody_has_begun_is_held(filled: Database) -> None:
    """And nothing else: what a dispatcher has waits in the middle of its work, and is not ours to hold."""
    assert Prospect(able=2, held={}, built=0, others=3) == prospect(filled)

    assert 2 == hold(filled)

    assert {"a": "ann", "b": "ann"} == held(filled)
    found = states(filled)
    assert [("waiting", None)] * 3 == [found[key] for key in ("a", "b", "runs")]
    assert claim(filled) is None
    assert Prospect(able=0, held={"ann": 2}, built=0, others=3) == prospect(filled)
    assert (2, 3, 1) == (run_of(filled).n_queued, run_of(filled).n_waiting, run_of(filled).n_pass)
    assert [] == inexact(filled)


def test_what_is_let_go_is_handed_out(filled: Database) -> None:
    """As urgent as it was, whoever lets it go; what nobody held stays as it is."""
    hold(filled)

    assert 1 == let_go(filled, "b")
    assert claim(filled) == job_of(filled, key="b").id
    assert 1 == let_go(filled)
    assert claim(filled) == job_of(filled, key="a").id

    assert {} == held(filled)
    assert ("waiting", None) == states(filled)["runs"]
    assert [] == inexact(filled)


def test_one_job(filled: Database) -> None:
    """The others are handed out."""
    assert 1 == hold(filled, "a")
    assert 1 == hold(filled, by="kim")

    assert {"a": "ann", "b": "kim"} == held(filled)
    assert {"ann": 1, "kim": 1} == prospect(filled).held


def test_the_log_says_who(filled: Database) -> None:
    """Of a run and of a job; each job tells what it is then, as always."""
    hold(filled, "a")
    hold(filled)
    let_go(filled)

    told = [(e.type, e.subject, orjson.loads(e.data)) for e in events_of(filled, "action")]
    assert [
        ("job.held", "runs/r/jobs/a", {"by": "ann", "run": "r", "job": "a", "jobs": 1}),
        ("run.held", "runs/r", {"by": "ann", "run": "r", "jobs": 1}),
        ("run.let-go", "runs/r", {"by": "bob", "run": "r", "jobs": 2}),
    ] == told
    moved = [event.type for event in changes_of(filled, "job") if event.subject.endswith(("/a", "/b"))]
    assert ["job.queued"] * 2 + ["job.waiting"] * 2 + ["job.queued"] * 2 == moved


@pytest.mark.parametrize("key", ["taken", "runs", "nowhere", "ended"])
def test_what_cannot_be_held(filled: Database, key: str) -> None:
    """Conflict, and nothing is noted; nor is it held, to be let go."""
    for order in (hold, let_go):
        with pytest.raises(Conflict, match="nothing of job"):
            order(filled, key)

    assert [] == events_of(filled, "action")


def test_a_second_time(filled: Database) -> None:
    """Conflict, which names who was first."""
    hold(filled)
    with pytest.raises(Conflict, match="held already, by ann"):
        hold(filled, by="bob")
    let_go(filled)
    with pytest.raises(Conflict, match="is held any more"):
        let_go(filled)


def test_there_is_no_such_thing(filled: Database) -> None:
    """Neither a run nor a job of that name; and builds are their project's."""
    for run, key in (("nothing", None), ("r", "nothing")):
        for order in (hold, let_go):
            with pytest.raises(NotFound):
                order(filled, key, run)
    transact(filled, lambda session: session.execute(text("UPDATE jobs SET kind = 'build'")))
    with pytest.raises(Forbidden):
        hold(filled)


def test_a_job_that_waits_for_others(database: Database) -> None:
    """It is held besides: it is queued when both are over, whichever ends first; no sweep takes it for forgotten."""
    first, other = (boot.submit(database, submit_id=name) for name in ("x", "y"))
    early, late = (boot.submit(database, submit_id="r", wait_on={str(job): None}) for job in (first, other))
    assert 2 == hold(database)

    boot.cancel(database, first)
    assert 0 == transact(database, lambda session: waits.wake_due(session, at(10), 9))
    assert "waiting" == boot.row_of(database, early).status
    assert 2 == let_go(database)
    assert ("queued", "waiting") == (boot.row_of(database, early).status, boot.row_of(database, late).status)
    boot.cancel(database, other)

    assert "queued" == boot.row_of(database, late).status
    assert [] == inexact(database)


def test_what_waits_in_vain_is_given_up(database: Database) -> None:
    """Held or not; nobody holds it then."""
    first = boot.submit(database, submit_id="x")
    last = boot.submit(database, submit_id="r", wait_on={str(first): {"job_health": "success"}})
    hold(database)

    boot.cancel(database, first)

    row = boot.row_of(database, last)
    assert ("dead", "abort_wait", None) == (row.status, row.reason, row.held_by)


@pytest.mark.parametrize("status", ["running", "queued", "dead", "pass", "unknown"])
def test_a_report_of_another_status_ends_it(filled: Database, status: str) -> None:
    """Whoever has the job knows better."""
    hold(filled)
    accept(filled, key="a", status="waiting", note="x")
    assert {"a", "b"} == held(filled).keys()

    accept(filled, key="a", status=status)

    assert {"b": "ann"} == held(filled)
    assert status == states(filled)["a"][0]
    assert [] == inexact(filled)


def test_what_is_held_is_killed(filled: Database) -> None:
    """With its run, or by itself."""
    hold(filled)
    before = read(filled, lambda session: kills.prospect(session, "r"))

    assert before == kill(filled)

    assert ("dead", "cancel") == states(filled)["a"] == states(filled)["b"]
    assert ("waiting", None) == states(filled)["runs"]
    assert {} == held(filled)
    assert [] == inexact(filled)


def test_what_is_held_may_come_sooner(filled: Database) -> None:
    """By an order or a report, and is handed out so afterwards."""
    hold(filled)
    assert 1 == transact(filled, lambda session: priorities.change(session, "r", "b", 3, "ann"))
    accept(filled, key="a", priority=4)

    let_go(filled)

    assert [3, 4] == [job_of(filled, key=key).priority for key in "ba"]
    assert claim(filled) == job_of(filled, key="b").id


def test_what_is_held_is_done_again(filled: Database) -> None:
    """By new jobs, which nobody holds; the old ones stay held."""
    hold(filled)

    assert 5 == rerun(filled, "r", which="all")

    again = "SELECT jobs.status, held_by FROM jobs JOIN runs ON runs.id = run_id WHERE name = :name"
    found = rows(filled, again, name=AGAIN)
    assert {("queued", None)} == set(map(tuple, found))
    assert {"a", "b"} == held(filled).keys()


def test_nobody_takes_it_for_silent(filled: Database) -> None:
    """Neither while it is held, however long, nor as soon as it is let go."""
    hold(filled)
    late = at(10**7)

    def expire(statuses: Mapping[str, Sequence[str]]) -> int:
        return transact(filled, lambda session: jobs.expire(session, statuses, late - (at(9) - at(0)), late, 99))

    assert 1 == expire(jobs.UNDER_WAY)
    assert "dead" == states(filled)["runs"][0]
    expire(jobs.NOT_BEGUN)
    assert {"a", "b"} == held(filled).keys()
    let_go(filled, after=10**7)
    assert 0 == expire(jobs.NOT_BEGUN)


def test_a_name_that_another_release_left_holds_nothing(filled: Database) -> None:
    """It moves what is held and knows nothing of the name, which counts while a job waits alone."""
    hold(filled)
    moved = text("UPDATE jobs SET status = 'running' WHERE held_by IS NOT NULL")
    transact(filled, lambda session: session.execute(moved))

    assert {} == prospect(filled).held
    assert read(filled, lambda session: outlook.prospect(session, "r", "a", at(10))).held_by is None
    with pytest.raises(Conflict):
        let_go(filled)


def test_it_is_said_why_it_waits(database: Database) -> None:
    """By whom it is held, before whom it waits for."""
    first = boot.submit(database, submit_id="x")
    last = boot.submit(database, submit_id="r", wait_on={str(first): None})
    hold(database)

    found = read(database, lambda session: outlook.prospect(session, "r", str(last), at(10)))

    assert (["held", "waits_for"], "ann", None) == (found.reasons, found.held_by, found.expected)


def test_statements_do_not_grow(database: Database) -> None:
    """With the number of jobs."""
    found = []
    for number in (2, 20):
        for key in range(number):
            submit(database, f"r{number}", str(key), status="queued", queue="q")
        with counted() as statements:
            hold(database, run=f"r{number}")
            let_go(database, run=f"r{number}")
        found.append(len(statements))

    assert found[0] == found[1]
