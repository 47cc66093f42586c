"""What follows the end of a run: what it starts, what becomes of its build, and which build may go then."""

from typing import Any

import orjson
import pytest

from paddles.archive import tests as stored
from paddles.db.session import Session
from paddles.db.work import transact
from paddles.projects import ends, locks
from tests.controllers.jobserv.wire import HOST, Api, place
from tests.projects.definitions import definition, run, trigger
from tests.units import at, events_of, inexact, rows


@pytest.fixture(autouse=True)
def project(api: Api) -> None:
    """Make the projects: one whose builds run as they come, one in which they go one after the other."""
    api.project("p")
    api.project("s", **{"synchronous-builds": True})


def fires(name: str, **said: Any) -> dict[str, Any]:
    """Return what says that a trigger is fired."""
    return {"name": name, **{key.replace("_", "-"): value for key, value in said.items()}}


def document(api: Api, key: str) -> Any:
    """Return the definition of a run."""
    return orjson.loads(rows(api.database, "SELECT document FROM jobs WHERE key = :key", key=key)[0].document)


def set_test(api: Api, build: str, key: str, status: str) -> None:
    """Have a test of a run be in a status."""
    job = rows(api.database, "SELECT id FROM jobs WHERE key = :key ORDER BY id DESC LIMIT 1", key=key)[0].id
    suite = {"name": "t", "context": "", "status": status, "duration_s": None, "faults": [], "cases": []}
    transact(api.database, lambda session: stored.store(session, job, [suite], at(0)))


def last_test_ended(api: Api, build: str, key: str) -> str:
    """Say that the last open test of a run has ended."""
    project, number = place(build)

    def work(session: Session) -> str:
        locked = locks.build(session, project, number)
        return ends.tests_ended(session, locked, locks.job(session, locked, key), at(2))

    return transact(api.database, work)


def test_a_build_follows_its_runs(api: Api) -> None:
    """Queued, running, and when all have ended passed or failed; each change is noted once, and told."""
    build = api.build(of=definition(trigger("main", run("a"), run("b"))))

    seen = [api.status(build)]
    for step in (lambda: api.begin(build, "a"), lambda: api.end(build, "a"), lambda: api.done(build, "b", "fail")):
        step()
        seen.append(api.status(build))

    assert ["QUEUED", "RUNNING", "RUNNING", "FAILED"] == seen
    events = api.get(build)["build"]["status_events"]
    assert ["QUEUED", "RUNNING", "FAILED"] == [event["status"] for event in events]
    (told,) = [event for event in events_of(api.database, "project") if event.type == "build.fail"]
    assert {"project": "p", "number": 1, "status": "fail"} == orjson.loads(told.data)
    assert [] == inexact(api.database)


def test_a_run_that_passed_starts_what_it_fires(api: Api) -> None:
    """In the same build, with its own environment and its address, called as it says; a failure starts nothing."""
    first = trigger("main", run("a", params={"A": "1"}, triggers=[fires("next", run_names="{name}-after")]),
        run("b", triggers=[fires("next")]), type="git_poller")  # fmt: skip
    of = definition(first, trigger("next", run("c", params={"A": "2"})))
    build = api.build(of=of, params={"Q": "x"}, secrets={"s": "v"}, **{"queue-priority": 5})

    assert "pass" == api.done(build, "a")
    assert "fail" == api.done(build, "b", "fail")

    assert {"a": "PASSED", "b": "FAILED", "c-after": "QUEUED"} == api.runs(build)
    made = document(api, "c-after")
    env = {"A": "1", "Q": "x", "H_RUN": "c-after", "H_BUILD": "1", "H_PROJECT": "p"}
    assert {**env, "H_TRIGGER_URL": f"{HOST}{build}runs/a/"} == made["env"]
    assert (f"{HOST}{build}runs/c-after/", "git_poller") == (made["run_url"], made["trigger_type"])
    assert -5 == api.row("c-after").priority
    assert "RUNNING_WITH_FAILURES" == api.status(build)
    assert "fail" == api.done(build, "c-after", "fail")
    assert [] == inexact(api.database)


def test_a_run_that_cannot_start_what_it_fires_has_failed(api: Api) -> None:
    """A name that exists already, or a secret that was not given: the reason says which."""
    of = definition(
        trigger("main", run("a", triggers=[fires("twice")]), run("b", triggers=[fires("locked")]), run("c")),
        trigger("twice", run("c")),
        trigger("locked", run("d", container_auth="missing")),
    )
    build = api.build(of=of)

    assert ["fail", "fail"] == [api.done(build, "a"), api.done(build, "b")]

    assert {"a": "FAILED", "b": "FAILED", "c": "QUEUED"} == api.runs(build)
    assert "c" in api.row("a").reason
    assert "missing" in api.row("b").reason


def test_a_run_that_passes_again_starts_nothing_twice(api: Api) -> None:
    """What it started before is there."""
    of = definition(trigger("main", run("a", triggers=[fires("next")])), trigger("next", run("b")))
    build = api.build(of=of)
    api.done(build, "a")
    api.send("POST", f"{build}runs/a/rerun")

    assert "pass" == api.done(build, "a")

    assert {"a": "PASSED", "b": "QUEUED"} == api.runs(build)


def test_a_build_that_passed_starts_what_it_fires_once(api: Api) -> None:
    """Also after runs that runs have started; meanwhile it has not passed."""
    main = trigger("main", run("a", triggers=[fires("mid")]), triggers=[fires("last")])
    of = definition(main, trigger("mid", run("b")), trigger("last", run("c")))
    build = api.build(of=of, params={"Q": "x"})
    api.done(build, "a")
    assert "RUNNING" == api.status(build)

    api.done(build, "b")

    assert {"a": "PASSED", "b": "PASSED", "c": "QUEUED"} == api.runs(build)
    assert "RUNNING" == api.status(build)
    env = {"Q": "x", "H_RUN": "c", "H_BUILD": "1", "H_PROJECT": "p", "H_TRIGGER_URL": f"{HOST}{build}"}
    assert env == document(api, "c")["env"]
    assert api.get("/projects/p/builds/latest/", status=404)
    api.done(build, "c")
    assert "PASSED" == api.status(build)
    api.send("POST", f"{build}runs/b/rerun")
    api.done(build, "b")
    assert ("PASSED", 3) == (api.status(build), len(api.runs(build)))


def test_a_build_that_failed_starts_nothing(api: Api) -> None:
    """Until the run that failed is done again, and passes."""
    of = definition(trigger("main", run("a"), run("b"), triggers=[fires("last")]), trigger("last", run("c")))
    build = api.build(of=of)
    api.done(build, "a", "fail")
    api.done(build, "b")
    assert ("FAILED", 2) == (api.status(build), len(api.runs(build)))

    api.send("POST", f"{build}runs/a/rerun")
    api.done(build, "a")

    assert "QUEUED" == api.runs(build)["c"]


@pytest.mark.parametrize(("verdict", "then", "ended"), [
    ("pass", "pass", "pass"), ("pass", "skip", "pass"), ("pass", "fail", "fail"), ("fail", "pass", "fail"),
])  # fmt: skip
def test_open_tests_hold_a_run(api: Api, verdict: str, then: str, ended: str) -> None:
    """Its verdict is kept until the last one has ended; one that failed fails it."""
    build = api.build()
    api.begin(build, "unit")
    assert "running" == last_test_ended(api, build, "unit")
    set_test(api, build, "unit", "running")

    assert "running" == api.end(build, "unit", verdict)
    assert ("RUNNING", True) == (api.runs(build)["unit"], api.row("unit").leased)
    set_test(api, build, "unit", then)
    assert ended == last_test_ended(api, build, "unit")

    assert {"pass": "PASSED", "fail": "FAILED"}[ended] == api.status(build)
    assert not api.row("unit").leased
    assert ended == last_test_ended(api, build, "unit")


@pytest.mark.parametrize("reason", [None, "lost"])
def test_nobody_waits_for_the_tests_of_what_is_to_end(api: Api, reason: str | None) -> None:
    """A run that was cancelled ends with its holder's word, one that was lost at once."""
    build = api.build()
    api.begin(build, "unit")
    set_test(api, build, "unit", "queued")
    if reason is None:
        api.send("POST", f"{build}cancel", status=202)

    assert "fail" == api.end(build, "unit", "fail", reason=reason)

    assert "FAILED" == api.status(build)
    assert reason == api.row("unit").reason


def test_what_has_ended_stays_as_it_is(api: Api) -> None:
    """A second verdict changes nothing."""
    build = api.build()
    api.done(build, "unit")

    assert "pass" == api.end(build, "unit", "fail")

    assert "PASSED" == api.status(build)


def test_builds_go_one_after_the_other(api: Api) -> None:
    """In a project that says so; those of a newer one are shown as queued, and no machine is given them."""
    builds = [api.build("s") for _ in range(3)]

    def statuses() -> list[str]:
        return [row.status for row in rows(api.database, "SELECT status FROM jobs ORDER BY id")]

    assert ["queued", "waiting", "waiting"] == statuses()
    assert ["QUEUED"] * 3 == [api.status(build) for build in builds]
    api.done(builds[0], "unit")
    assert ["pass", "queued", "waiting"] == statuses()
    api.send("POST", f"{builds[1]}cancel", status=202)
    assert ["pass", "fail", "queued"] == statuses()
    assert "FAILED" == api.status(builds[1])
    assert [] == inexact(api.database)


def test_a_run_that_is_done_again_in_an_older_build_goes_first(api: Api) -> None:
    """What was given out of the newer one goes on; what comes of it waits."""
    of = definition(trigger("main", run("a", triggers=[fires("next")])), trigger("next", run("b")))
    first, second = api.build("s"), api.build("s", of=of)
    api.done(first, "unit")
    api.begin(second, "a")
    api.send("POST", f"{first}runs/unit/rerun")

    api.end(second, "a")
    assert "waiting" == api.row("b").status
    api.done(first, "unit")

    assert "queued" == api.row("b").status


def test_what_was_left_waiting_is_found(api: Api) -> None:
    """By the sweep, whatever it was that left it."""
    first = api.build("s")
    api.build("s")
    api.done(first, "unit")
    with api.database.writer.begin() as session:
        session.exec_driver_sql("UPDATE jobs SET status = 'waiting' WHERE status = 'queued'")
        session.exec_driver_sql("UPDATE runs SET n_waiting = 1, n_queued = 0 WHERE n_queued = 1")

    found = [transact(api.database, lambda session: ends.promote_waiting(session, at(9), 10)) for _ in range(2)]

    assert [1, 0] == found
    assert "queued" == api.row("unit").status
    assert [] == inexact(api.database)
