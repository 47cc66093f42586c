"""``/workers``: runs whose machine is silent, or says that it has none, go to the next one."""

import datetime

from paddles.db.work import transact
from paddles.projects import hand_out
from tests.controllers.jobserv.test_workers import ROOM, given, registered, spoken, wanting
from tests.controllers.jobserv.wire import HOST, Api
from tests.lab.test_pullers import write


def test_a_run_of_which_nothing_is_heard_goes_to_the_next(api: Api) -> None:
    """After 15 seconds, with a new key; the old one is worth nothing any more."""
    api.project()
    registered(api, host_tags="x")
    build = api.build(of=wanting())
    first = given(api)
    assert first

    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=16)
    transact(api.database, lambda session: hand_out.expire(session, later, 100, api.settings))

    assert "QUEUED" == api.status(build)
    second = given(api)
    assert second
    assert second["api_key"] != first["api_key"]
    spoken(api, first, code=401)
    spoken(api, second)


def test_a_run_that_is_lost_is_tried_again_and_then_fails(api: Api) -> None:
    """As often as the settings allow; its log says why it failed."""
    api.project()
    registered(api, host_tags="x")
    build = api.build(of=wanting())
    for attempt in range(1, api.settings.max_attempts + 1):
        job = given(api)
        assert job, attempt
        spoken(api, job)
        later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
        transact(api.database, lambda session, at=later: hand_out.expire(session, at, 100, api.settings))  # type: ignore[misc]

    assert "FAILED" == api.status(build)
    assert given(api) is None
    console = api.client.get(f"{job['run_url'].removeprefix(HOST)}console.log", status="*")
    while console.status_int == 302:
        console = api.client.get(console.headers["Location"])
    assert b"lost" in console.body


def test_a_machine_that_says_twice_that_nothing_runs_has_lost_its_run(api: Api) -> None:
    """Fifteen seconds apart, and without a word of the run in between: somebody else gets it at once."""
    api.project()
    registered(api, host_tags="x", concurrent_runs=1)
    api.build(of=wanting())
    job = given(api)
    assert job
    spoken(api, job)
    full = ROOM
    assert given(api, said=full) is None
    # The first time that it said so was some time ago.
    for statement in (
        "UPDATE pullers SET idle = idle - interval '20 seconds'",
        "UPDATE leases SET expires = expires - interval '30 seconds'",
    ):
        write(api.database, statement)

    again = given(api, said=full)

    assert again
    assert again["api_key"] != job["api_key"]


def test_a_holder_that_cannot_go_on_gives_a_run_back(api: Api) -> None:
    """It is queued again with what was said so far, its key is worth nothing any more, and the next one gets it."""
    api.project()
    registered(api, host_tags="x")
    build = api.build(of=wanting())
    job = given(api)
    assert job

    spoken(api, job, "QUEUED")

    assert "QUEUED" == api.status(build)
    spoken(api, job, code=401)
    again = given(api)
    assert again
    assert again["api_key"] != job["api_key"]
