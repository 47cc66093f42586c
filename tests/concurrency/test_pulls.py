"""Machines that pull all at once: no run is given twice, none is left over, and every summary stays exact."""

import datetime
import itertools
import random
from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.db.work import read, transact
from paddles.lab import pullers
from paddles.projects import ends, hand_out, locks, recount
from paddles.settings import Settings
from tests.concurrency.threads import inexact, together
from tests.controllers.jobserv.wire import Api
from tests.lab.test_pullers import registered
from tests.projects.definitions import definition, run, trigger
from tests.units import rows

MACHINES, BUILDS, RUNS = 8, 6, 8
NOW = datetime.datetime.now(datetime.UTC)


@pytest.fixture
def api(database: Database, settings: Settings) -> Api:
    """The service, with a project and some builds whose runs want a tag or a pattern."""
    api = Api(database, settings)
    api.project("p")
    tags = itertools.cycle(("amd64", "amd*", "k?m", "kvm"))
    for _ in range(BUILDS):
        api.build(of=definition(trigger("main", *(run(f"r{n}", host_tag=next(tags)) for n in range(RUNS)))))
    return api


def given(api: Api, machine: Any, now: datetime.datetime = NOW) -> Any:
    """Give a machine the next run, and return it with its key, or None."""

    def work(session: Any) -> Any:
        handed = hand_out.to(session, machine, api.settings, now)
        return handed and (handed.document["run_url"], handed.token)

    return transact(api.database, work)


def ended(api: Api, url: str, verdict: str) -> str:
    """Have the holder of a run say its last word."""
    path, _, key = url.partition("/projects/")[2].strip("/").rpartition("/runs/")
    project, _, number = path.rpartition("/builds/")

    def work(session: Any) -> str:
        build = locks.build(session, project, int(number))
        return ends.settle(session, build, locks.job(session, build, key), verdict, NOW)

    return transact(api.database, work)


def wrong(api: Api) -> list[Any]:
    """Return every build whose status does not follow from its jobs, and every summary that is not exact."""
    return [*read(api.database, lambda session: recount.wrong(session, 0, 2**62)), *inexact(api.database)]


def test_every_run_is_given_once(api: Api) -> None:
    """To machines that ask until there is nothing more: nobody comes back empty while there is something left."""
    machines = [registered(api.database, f"w{n}") for n in range(MACHINES)]

    def pull(number: int) -> list[Any]:
        taken = []
        while found := given(api, machines[number]):
            taken.append(found)
            ended(api, found[0], "fail" if len(taken) % 5 == 0 else "pass")
        return taken

    taken = list(itertools.chain(*together(MACHINES, pull)))

    assert BUILDS * RUNS == len(taken) == len({url for url, _ in taken}) == len({token for _, token in taken})
    assert [] == wrong(api)
    assert {"pass", "fail"} >= {row.status for row in rows(api.database, "SELECT status FROM builds")}


def test_runs_that_are_lost_are_given_again_while_others_end(api: Api) -> None:
    """Leases end while their holders speak: each run ends once, and no job is left with a lease or without an end."""
    machines = [registered(api.database, f"w{n}") for n in range(MACHINES)]
    later = NOW + datetime.timedelta(days=1)

    def work(number: int) -> None:
        chance = random.Random(number)
        if number == 0:
            for _ in range(40):
                transact(api.database, lambda session: hand_out.expire(session, later, 3, api.settings))
            return
        for _ in range(30):
            found = given(api, machines[number])
            if found and chance.random() < 0.7:
                ended(api, found[0], chance.choice(("pass", "fail")))

    together(MACHINES, work)
    while transact(api.database, lambda session: hand_out.expire(session, later, 100, api.settings)):
        pass
    while found := given(api, machines[0]):
        ended(api, found[0], "pass")

    assert [] == wrong(api)
    assert [] == rows(api.database, "SELECT id FROM jobs WHERE leased OR finished IS NULL")
    ends_of = "SELECT job_id FROM build_changes WHERE status IN ('pass', 'fail') AND job_id IS NOT NULL"
    told = [row.job_id for row in rows(api.database, ends_of)]
    assert len(told) == len(set(told)) == BUILDS * RUNS


def test_a_machine_that_asks_twice_at_once_is_given_two_runs(api: Api) -> None:
    """It has several runners; each request brings another run."""
    machine = registered(api.database, "w")

    taken = together(4, lambda _: given(api, machine))

    assert 4 == len({url for url, _ in taken})
    assert machine.id == transact(api.database, lambda session: pullers.find(session, "w")).id
