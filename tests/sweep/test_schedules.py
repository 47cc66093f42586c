"""Triggers that start a build when its moment has come, once for all of them that came while nobody looked."""

import datetime
import json
from concurrent.futures import ThreadPoolExecutor

from paddles.db.work import transact
from paddles.projects import polls
from tests.conftest import NOW
from tests.controllers.jobserv.wire import Api
from tests.projects.definitions import trigger
from tests.projects.repositories import Served
from tests.sweep.test_starters import add, builds, define, look, looks
from tests.units import at


def test_a_schedule_starts_a_build_when_it_is_due(api: Api, served: Served) -> None:
    """Once for each time that comes; once for all that came while nobody looked."""
    define(served, trigger("nightly", type="schedule", cron="30 * * * *"), trigger("simple"))
    add(api, served, "schedule", secrets=[{"name": "tok", "value": "x"}])
    due = NOW.replace(minute=30, second=0, microsecond=0)
    due += datetime.timedelta(hours=due <= NOW)
    first = (due - NOW).total_seconds()

    assert [0, 0, 1, 0] == looks(api, 0, first - 1, first, first + 100)
    assert [1, 0, 1] == looks(api, first + 5 * 3600 + 5, first + 5 * 3600 + 1000, first + 6 * 3600)
    (shown,) = api.send("GET", "/project-polls/")
    assert due + datetime.timedelta(hours=7) == datetime.datetime.fromisoformat(shown["due"])
    build = builds(api)[0]
    assert ("nightly", ["tok"]) == (build.trigger_name, build.secrets)
    assert "30 * * * *" in build.reason


def test_several_that_see_a_schedule_start_it_once(api: Api, served: Served) -> None:
    """Also with the same knowledge of it."""
    define(served, trigger("often", type="schedule", cron="* * * * *"))
    add(api, served, "schedule")
    look(api)
    (taken,) = transact(api.database, lambda s: polls.claim(s, at(600), 1))
    found = json.loads(taken.definition)
    with ThreadPoolExecutor(3) as pool:
        made = pool.map(
            lambda _: transact(api.database, lambda s: polls.start_due(s, taken, found, api.settings, at(600)))[0],
            range(3),
        )

    assert 1 == sum(made)


def test_a_trigger_that_is_gone_starts_nothing(api: Api, served: Served) -> None:
    """Not even when it was deleted while it looked."""
    define(served, trigger("often", type="schedule", cron="* * * * *"))
    number = add(api, served, "schedule")
    look(api)
    (taken,) = transact(api.database, lambda s: polls.claim(s, at(600), 1))
    api.send("DELETE", f"/projects/p/triggers/{number}/")

    found = json.loads(taken.definition)
    assert (0, None) == transact(api.database, lambda s: polls.start_due(s, taken, found, api.settings, at(600)))
    assert 0 == look(api, 9000)
