"""Secrets whose key is gone: the trouble of the trigger that they belong to, and of no other."""

from typing import Any

import pytest

from paddles.db.work import transact
from paddles.projects import offers as stored
from paddles.projects import sealing
from paddles.settings import Settings
from paddles.sweep import offers, starters
from tests.controllers.jobserv.wire import Api
from tests.projects.repositories import Served
from tests.sweep.test_starters import INTERVAL_S, add, define, look, watches
from tests.units import at, rows

PULL = {"owner": "lab", "repository": "tool", "number": 17, "old_sha": ""}


@pytest.fixture
def keyed(api: Api) -> Settings:
    """Settings with the key that the service itself does not have any more."""
    return api.settings.model_copy(update={"jobserv_secrets_keys": (sealing.fresh(),)})


def secret(name: str) -> list[dict[str, Any]]:
    """Return the secrets of a trigger that has one."""
    return [{"name": name, "value": "s3cret"}]


def test_the_others_are_looked_at(api: Api, served: Served, keyed: Settings) -> None:
    """What cannot be opened is said of the trigger, which builds when the key is back; the others build meanwhile."""
    define(served, watches(served))
    add(Api(api.database, keyed), served, secrets=secret("tok"))
    add(api, served)
    served.commit("first")
    starters.start(api.database, keyed, at(0))
    served.commit("second")

    assert 1 == look(api, INTERVAL_S)
    faults = [shown["fault"] for shown in api.send("GET", "/project-polls/")]
    assert ["the secrets of trigger", ""] == [fault.rpartition("/")[0] for fault in faults]
    assert 1 == starters.start(api.database, keyed, at(2 * INTERVAL_S))


def test_what_forges_offer_to_others_is_acted_on(api: Api, served: Served, keyed: Settings) -> None:
    """What cannot be opened is tried again as what cannot be reached is."""
    triggers = [add(Api(api.database, keyed), served, "github_pr", secrets=secret("githubtok"))]
    triggers.append(add(api, served, "github_pr"))
    for number in triggers:
        transact(api.database, lambda session, to=number: stored.note(session, to, "github", PULL, at(0)))  # type: ignore[misc]
    away = api.settings.model_copy(update={"github_api_url": "http://127.0.0.1:1"})

    assert 0 == offers.act(api.database, away, at(0))

    first, second = rows(api.database, "SELECT attempts, status, fault FROM offers ORDER BY id")
    assert [(1, "due")] * 2 == [(each.attempts, each.status) for each in (first, second)]
    assert "cannot be opened" in first.fault
    assert "refused" in second.fault
