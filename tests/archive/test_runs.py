"""Runs: created, tagged, corrected by their jobs, deleted."""

import pytest

from paddles.archive import runs
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.errors import Conflict, Invalid, NotFound
from tests.conftest import NOW
from tests.units import SCHEME, accept, at, events_of, job_of, rows, run_of, submit

NAMED = "teuthology-2014-01-01_00:00:00-rados-master-testing-basic-plana"


def create(database: Database, name: str = "r", tags: tuple[str, ...] = ()) -> int:
    """Create a run and return its id."""
    return transact(database, lambda s: runs.create(s, name, NOW, SCHEME, tags=tags))


def test_a_new_run_is_empty(database: Database) -> None:
    """A run without jobs counts none, never started and never ended."""
    create(database)

    run = run_of(database)
    assert ("empty", None, None, [], NOW) == (run.status, run.started, run.finished, run.tags, run.posted)
    assert {0} == {run._mapping[name] for name in run._fields if name.startswith("n_")}


@pytest.mark.parametrize("name", ["r", "a&b;c", "ü", NAMED, "x" * 512])
def test_a_name_is_taken_once(database: Database, name: str) -> None:
    """A second run of the name is a conflict that says the whole name."""
    create(database, name)

    with pytest.raises(Conflict) as caught:
        create(database, name)

    assert f"run with name {name} already exists" == str(caught.value)
    assert 1 == len(rows(database, "SELECT FROM runs"))


@pytest.mark.parametrize("name", ["", "queued", "a\nb", "x" * 513])
def test_no_run_is_called_what_cannot_be_a_name(database: Database, name: str) -> None:
    """The rules for names hold for every way in."""
    with pytest.raises(Invalid):
        create(database, name)
    with pytest.raises(Invalid):
        submit(database, name)

    assert [] == rows(database, "SELECT FROM runs")


def test_making_sure_of_a_run_changes_none_that_is_there(database: Database) -> None:
    """A run that exists is returned as it is."""
    run_id = create(database, NAMED)
    before = run_of(database, NAMED)

    found = transact(database, lambda s: runs.ensure(s, NAMED, {"suite": "other"}, at(9), SCHEME))

    said = (found.run_id, found.run_suite, found.run_branch, found.run_machine_type)
    assert (run_id, "rados", "master", "plana") == said
    assert before == run_of(database, NAMED)


def test_the_first_job_beats_the_name(database: Database) -> None:
    """A run made by a job has the suite, branch and machine type of the job; what the job leaves out the name says."""
    submit(database, NAMED, "1", branch="wip/x", machine_type="smithi,mira", suite=None)

    run = run_of(database, NAMED)
    assert ("rados", "wip/x", "smithi,mira", "teuthology") == (run.suite, run.branch, run.machine_type, run.username)


def test_a_job_that_agrees_leaves_the_run_alone(database: Database) -> None:
    """A report that says of suite, branch and machine type what is known writes no run."""
    submit(database, NAMED, "1", status="running")
    before = run_of(database, NAMED).version

    accept(database, NAMED, "1", now=at(1), suite="rados", branch="master", machine_type="plana", pid="1")

    assert before == run_of(database, NAMED).version


def test_tags_are_replaced(database: Database) -> None:
    """A run has the tags of the last word, in its order, none after an empty list."""
    create(database, tags=("a", "b"))
    assert ["a", "b"] == run_of(database).tags

    for tags in (["b", "ü ,{}\"'"], []):
        transact(database, lambda s, tags=tags: runs.tag(s, "r", tags))
        assert tags == run_of(database).tags


def test_no_run_no_tags(database: Database) -> None:
    """Tags of a run that nobody knows are refused."""
    with pytest.raises(NotFound):
        transact(database, lambda s: runs.tag(s, "r", ["a"]))


def test_a_deleted_run_takes_its_jobs_along(database: Database) -> None:
    """Jobs, links and leases go with their run; machines, queues, descriptions and other runs stay."""
    for run in ("r", "s"):
        submit(database, run, "1", status="running", targets={"u@m1": "k"}, queue="q", description="d")

    transact(database, lambda s: runs.delete(s, "r"))

    assert [("s",)] == rows(database, "SELECT name FROM runs")
    assert [("s",)] == rows(database, "SELECT runs.name FROM jobs JOIN runs ON runs.id = run_id")
    assert [(job_of(database, "s").id,)] == rows(database, "SELECT job_id FROM job_machines")
    assert [("m1",)] == rows(database, "SELECT name FROM machines")
    assert [("q",)] == rows(database, "SELECT name FROM queues")


def test_a_deleted_run_is_one_event(database: Database) -> None:
    """Followers of the channel ``run`` hear of it once, by name."""
    submit(database, "r", "1", status="running")
    transact(database, lambda s: runs.delete(s, "r"))

    event = events_of(database, "run")[-1]

    assert ("run.deleted", "runs/r", b'{"run": "r"}') == (event.type, event.subject, bytes(event.data))


def test_deleting_what_is_not_there_is_refused(database: Database) -> None:
    """The archive's own words for it."""
    with pytest.raises(NotFound, match=r"^attempted to delete a non-existent run$"):
        transact(database, lambda s: runs.delete(s, "r"))


def test_a_deleted_name_is_free_again(database: Database) -> None:
    """A run of the same name begins anew, with nothing of the old one."""

    def delete_and_create(session: Session) -> None:
        runs.delete(session, "r")
        runs.create(session, "r", at(5), SCHEME)

    submit(database, "r", "1", status="pass", suite="s")
    transact(database, delete_and_create)

    assert ("empty", "", at(5)) == (run_of(database).status, run_of(database).suite, run_of(database).posted)


def test_a_run_made_by_hand_takes_jobs(database: Database) -> None:
    """A run that was created before its jobs takes them as any other."""
    create(database)

    submit(database, "r", "1", status="running")

    assert ("running", 1) == (run_of(database).status, run_of(database).n_running)
