"""Notices: webhooks of builds and mails, once for each end, nothing lost whatever happens between."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.events import log, webhooks
from paddles.projects import notices as stored
from paddles.settings import Settings
from paddles.sweep import notices, tasks
from tests.conftest import NOW
from tests.controllers.jobserv.wire import Api
from tests.projects.definitions import definition, run, trigger
from tests.sweep.receiver import Receiver, receiving
from tests.units import at, rows
from tests.waiting import until

SECRETS = {"hook": "s3cret"}
UNSETTLED = "SELECT FROM events WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody who is told."""
    with receiving() as made:
        yield made


@pytest.fixture
def api(database: Database, settings: Settings) -> Api:
    """The service, whose webhooks may lead to this machine, with one project."""
    said = {"webhooks_to_private": True, "address": "https://lab.example", "notification_emails": ("ops@example.org",)}
    made = Api(database, settings, **said)
    made.project("p")
    return made


def told_by(url: str, **said: Any) -> Any:
    """Return a definition of two runs that tells a webhook."""
    hook = {"url": url, "secret_name": "hook", **said}
    return definition(trigger("main", run("a"), run("b")), webhooks=[hook])


def sweep(api: Api, seconds: float = 0) -> int:
    """Send what is due, once all that has happened can be read; return how many webhooks were told."""
    until(lambda: not rows(api.database, UNSETTLED))
    return notices.send(api.database, api.settings, at(seconds))


def mails(api: Api) -> list[Any]:
    """Return the mails that wait."""
    return rows(api.database, "SELECT * FROM mails ORDER BY id")


def test_a_webhook_is_told_of_the_end(api: Api, receiver: Receiver) -> None:
    """Once, of the whole build without an envelope, signed by the secret that it names over the bytes that come."""
    build = api.build(of=told_by(receiver.url), secrets=SECRETS, reason="because")
    api.done(build, "a")
    assert 0 == sweep(api)
    api.done(build, "b", "fail")

    assert [1, 0] == [sweep(api), sweep(api, 1000)]

    ((headers, body),) = receiver.told
    assert f"sha256:{hmac.new(b's3cret', body, hashlib.sha256).hexdigest()}" == headers["X-JobServ-Sig"]
    assert "application/json" == headers["Content-Type"]
    said = json.loads(body)
    assert ("FAILED", "because", "main", 1) == tuple(said[k] for k in ("status", "reason", "trigger_name", "build_id"))
    assert "https://lab.example/projects/p/builds/1/" == said["url"]
    assert [("a", "PASSED"), ("b", "FAILED")] == [(each["name"], each["status"]) for each in said["runs"]]


@pytest.mark.parametrize(
    ("own", "secrets", "verdict", "many"),
    [
        ({}, SECRETS, "pass", 1),
        ({}, {}, "pass", 0),
        ({"only_failures": True}, SECRETS, "pass", 0),
        ({"only_failures": True}, SECRETS, "fail", 1),
        ({"only_failures": False}, SECRETS, "pass", 1),
    ],
)
def test_who_is_told(api: Api, receiver: Receiver, own: Any, secrets: Any, verdict: str, many: int) -> None:
    """Of failures alone where that is said; nobody whose secret the build does not have."""
    build = api.build(of=told_by(receiver.url, **own), secrets=secrets)
    for key in "ab":
        api.done(build, key, verdict)

    assert many == sweep(api)


def test_a_trigger_tells_others_than_its_project(api: Api, receiver: Receiver) -> None:
    """Its own webhooks replace those of the project, its own mail the project's."""
    elsewhere = {"url": f"{receiver.url}&own", "secret_name": "hook"}
    own = trigger("main", webhooks=[elsewhere], email={"users": "own@example.org"})
    both = definition(own, webhooks=[{**elsewhere, "url": receiver.url}], email={"users": "all@example.org"})
    api.done(api.build(of=both, secrets=SECRETS), "unit")

    assert 1 == sweep(api)
    assert receiver.told[0][0]["path"].endswith("&own")
    assert ["own@example.org"] == [mail.recipient for mail in mails(api)]


def test_every_way_to_the_end_is_told(api: Api, receiver: Receiver) -> None:
    """Cancelled, refused a machine, and once more after a rerun."""
    build = api.build(of=told_by(receiver.url), secrets=SECRETS)
    api.send("POST", f"{build}cancel", status=202)
    assert 1 == sweep(api)
    for key in "ab":
        api.send("POST", f"{build}runs/{key}/rerun")
        api.done(build, key)
    assert 2 == sweep(api)
    api.project("tied", **{"allowed-host-tags": ["arm"]})
    api.build("tied", of=told_by(receiver.url), secrets=SECRETS)
    assert 1 == sweep(api)

    assert ["FAILED", "FAILED", "PASSED", "FAILED"] == [json.loads(body)["status"] for _, body in receiver.told]


def test_mail_says_what_has_become_of_a_build(api: Api) -> None:
    """To each address that is one, with the runs, the reason and how the latest builds fared."""
    email = {"users": "a@example.org, b@example.org,a@example.org, nobody, "}
    for verdict in ("pass", "fail"):
        api.done(api.build(of=definition(email=email), reason="two\nlines"), "unit", verdict)
    sweep(api)

    assert ["a@example.org", "b@example.org"] * 2 == [mail.recipient for mail in mails(api)]
    last = mails(api)[-1]
    assert ("notice", "jobserv: p build #2 : FAILED") == (last.kind, last.subject)
    run_url = "https://lab.example/projects/p/builds/2/runs/unit/"
    for part in (
        "https://lab.example/projects/p/builds/2/\n",
        f"unit: FAILED\n    {run_url}",
        "two\nlines",
        "50 %",
        "+-",
    ):
        assert part in last.text


def test_what_ends_between_is_told_once(api: Api, receiver: Receiver) -> None:
    """What was noted in a unit of work that did not come to its end is noted again; what was, is sent by the next."""
    build = api.build(of=told_by(receiver.url), secrets=SECRETS)
    for key in "ab":
        api.done(build, key)
    until(lambda: not rows(api.database, UNSETTLED))

    def dies(session: Any) -> None:
        notices.note(session, api.settings, NOW)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transact(api.database, dies)
    assert [] == rows(api.database, "SELECT * FROM notices")
    transact(api.database, lambda session: notices.note(session, api.settings, NOW))
    transact(api.database, lambda session: stored.take(session, api.settings, NOW))

    assert [0, 1, 0] == [sweep(api), sweep(api, webhooks.CLAIM_S), sweep(api, 9000)]
    assert 1 == len(receiver.told)


def test_what_is_not_taken_is_tried_again_and_given_up(api: Api, receiver: Receiver) -> None:
    """For hours; then an administrator sees it, and may have it tried again."""
    receiver.status = 500
    api.done(api.build(of=definition(webhooks=[{"url": receiver.url, "secret_name": "hook"}]), secrets=SECRETS), "unit")
    seconds = 0.0
    while not (dead := api.send("GET", "/project-notices/?status=dead")):
        assert 0 == sweep(api, seconds)
        seconds += webhooks.LATEST_S

    (shown,) = dead
    assert (webhooks.MOST_ATTEMPTS, "answered with 500") == (shown["attempts"], shown["fault"])
    assert shown["build"].endswith("/projects/p/builds/1/")
    assert webhooks.MOST_ATTEMPTS == len(receiver.told)
    receiver.status = 200
    assert {"revived": 1} == api.send("POST", "/project-notices/")
    until(lambda: sweep(api, 10**9) == 1)
    assert [] == api.send("GET", "/project-notices/")


def test_dead_notices_are_forgotten(api: Api, receiver: Receiver) -> None:
    """After as long as events are."""
    receiver.status = 500
    api.done(api.build(of=definition(webhooks=[{"url": receiver.url, "secret_name": "hook"}]), secrets=SECRETS), "unit")
    sweep(api)
    transact(api.database, lambda session: session.execute(text("UPDATE notices SET status = 'dead'")))

    days = api.settings.events_keep_days * 86400
    for more, forgotten in ((0, 0), (days + 3600, 1)):
        work = partial(tasks.forget_notices, now=at(more), limit=10, settings=api.settings)
        assert forgotten == transact(api.database, work)


def test_private_addresses_are_refused(api: Api, receiver: Receiver) -> None:
    """Unless the settings allow them, as for all webhooks."""
    api.done(api.build(of=definition(webhooks=[{"url": receiver.url, "secret_name": "hook"}]), secrets=SECRETS), "unit")
    api.settings = api.settings.model_copy(update={"webhooks_to_private": False})

    assert 0 == sweep(api)
    assert [] == receiver.told
    assert "not public" in api.send("GET", "/project-notices/?status=due")[0]["fault"]


def test_what_users_say_of_builds_is_no_end(api: Api, receiver: Receiver) -> None:
    """Only the service's own events count."""
    api.build(of=told_by(receiver.url), secrets=SECRETS)
    said = {"project": "p", "number": 1, "status": "pass"}
    work = partial(log.publish, channel="project", type_="build.pass", data=said, owner="eve", extensions={})
    transact(api.database, work)

    assert 0 == sweep(api)


def test_operators_are_told_of_surges(api: Api) -> None:
    """At both ends."""
    said = {"queue": "arm", "waiting": 7}
    for type_ in notices.SURGES:
        transact(api.database, partial(log.append, channel="queue", type_=type_, subject="queue/arm", data=said))
    sweep(api)

    begun, over = mails(api)
    assert ("ops@example.org", "jobserv: surge of arm begins") == (begun.recipient, begun.subject)
    assert "7 runs wait" in begun.text
    assert "jobserv: surge of arm is over" == over.subject


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_notices_are_for_administrators(api: Api, method: str) -> None:
    """They name addresses."""
    api.client.send(method, "/project-notices/", status=401)
