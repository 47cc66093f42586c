"""Builds under many hands at once: numbers without gaps, ends that are decided once, summaries that are exact."""

import itertools
import random
from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.db.work import read
from paddles.errors import PaddlesError
from paddles.projects import recount
from paddles.settings import Settings
from tests.concurrency.threads import inexact, together
from tests.controllers.jobserv.wire import Api
from tests.projects.definitions import definition, run, trigger
from tests.units import rows


@pytest.fixture
def api(database: Database, settings: Settings) -> Api:
    """The service, with a project whose builds run as they come, and one in which they go one after the other."""
    api = Api(database, settings)
    api.project("p")
    api.project("s", **{"synchronous-builds": True})
    return api


def clients(api: Api, count: int) -> list[Api]:
    """Return as many users of one service, one for each thread."""
    return [Api(api.database, api.settings) for _ in range(count)]


def misjudged(api: Api) -> list[Any]:
    """Return every build whose status does not follow from its jobs, and every summary that is not exact."""
    return [*read(api.database, lambda session: recount.wrong(session, 0, 2**62)), *inexact(api.database)]


def ended(api: Api, type_: str) -> list[Any]:
    """Return how often each build was told to have ended so."""
    told = "SELECT subject FROM events WHERE channel = 'project' AND type = :type ORDER BY subject"
    return [row.subject for row in rows(api.database, told, type=type_)]


def test_numbers_have_no_gaps(api: Api) -> None:
    """Eight who build at once, some of them what cannot be built, get numbers from 1 on."""
    users = clients(api, 8)
    wrong = definition(trigger("main", run(container_auth="missing")))

    def build(number: int) -> list[str]:
        made = []
        for step in range(6):
            if (number + step) % 3 == 0:
                body = {"trigger-name": "main", "project-definition": wrong}
                users[number].send("POST", "/projects/p/builds/", body, status=400)
            made.append(users[number].build(of=definition(trigger("main", run("a"), run("b", host_tag=f"t{step}")))))
        return made

    made = list(itertools.chain(*together(8, build)))

    assert {f"/projects/p/builds/{number}/" for number in range(1, 49)} == set(made)
    assert [] == misjudged(api)


@pytest.mark.parametrize("verdicts", [("pass", "pass"), ("pass", "fail"), ("fail", "fail")])
def test_the_end_of_a_build_is_decided_once(api: Api, verdicts: tuple[str, str]) -> None:
    """When its last runs end at once: one event, one status, and what it fires is started once."""
    of = definition(
        trigger("main", run("a"), run("b"), triggers=[{"name": "last"}]),
        trigger("last", run("c")),
    )
    users, builds = clients(api, 2), [api.build(of=of) for _ in range(12)]
    for build, key in itertools.product(builds, "ab"):
        api.begin(build, key)

    for build in builds:
        together(2, lambda number, build=build: users[number].end(build, "ab"[number], verdicts[number]))

    passed = verdicts == ("pass", "pass")
    assert [len(api.runs(build)) for build in builds] == [3 if passed else 2] * 12
    assert {"RUNNING" if passed else "FAILED"} == {api.status(build) for build in builds}
    assert (0 if passed else 12) == len(ended(api, "build.fail"))
    assert [] == misjudged(api)


def test_a_run_is_cancelled_or_ends(api: Api) -> None:
    """Whoever comes first decides; what has ended stays as it is, and nothing is left to end."""
    users, builds = clients(api, 2), [api.build() for _ in range(12)]
    for build in builds:
        api.begin(build, "unit")

    def race(number: int, build: str) -> None:
        if number:
            users[1].send("POST", f"{build}cancel", status=202)
        else:
            users[0].end(build, "unit")

    for build in builds:
        together(2, lambda number, build=build: race(number, build))

    assert {"PASSED"} == {api.status(build) for build in builds}
    assert sorted(ended(api, "build.pass")) == sorted(set(ended(api, "build.pass")))
    assert 12 == len(ended(api, "build.pass"))
    assert [] == misjudged(api)


def test_one_build_of_a_project_goes_at_a_time(api: Api) -> None:
    """However they end and whoever makes more: jobs are queued in the oldest open build alone, and all end."""
    users = clients(api, 4)

    def work(number: int) -> None:
        dice = random.Random(number)
        for _ in range(8):
            if number == 0:
                users[0].build("s", of=definition(trigger("main", run("a"), run("b"))))
            else:
                act(users[number], dice)

    def act(user: Api, dice: random.Random) -> None:
        queued = "SELECT runs.name, key FROM jobs JOIN runs ON runs.id = run_id WHERE jobs.status = 'queued'"
        found = rows(user.database, queued)
        if not found:
            return
        job = dice.choice(found)
        build = f"/projects/{job.name}/"
        try:
            if dice.random() < 0.3:
                user.send("POST", f"{build}cancel", status=202)
            else:
                user.done(build, job.key, dice.choice(("pass", "fail")))
        except (AssertionError, PaddlesError):
            # Somebody else was first with this job.
            return

    together(4, work)

    open_ = """
        SELECT count(DISTINCT run_id) AS n FROM jobs WHERE status IN ('queued', 'running')
    """
    while left := rows(api.database, "SELECT runs.name, key FROM jobs JOIN runs ON runs.id = run_id"
                       " WHERE jobs.status = 'queued' ORDER BY jobs.id"):  # fmt: skip
        assert 1 == rows(api.database, open_)[0].n
        api.done(f"/projects/{left[0].name}/", left[0].key)
    assert {"pass", "fail"} >= {row.status for row in rows(api.database, "SELECT status FROM builds")}
    assert 8 == len(rows(api.database, "SELECT FROM builds"))
    assert [] == misjudged(api)
