"""A queue is paused and resumed on its page, by who may, and once."""

from typing import Any
from urllib.parse import urlencode

import pytest

from paddles.accounts import grants
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.settings import Settings
from tests.conftest import NOW
from tests.controllers.kernelci.wire import make_person
from tests.controllers.pages.browser import Browser
from tests.controllers.pages.doing import do, fields, noted, opened, sent
from tests.controllers.pages.parsing import told
from tests.controllers.pages.test_hostile_runs import EVIL, HOSTILE
from tests.factories import make_job, make_queue


@pytest.fixture
def browser(database: Database, settings: Settings) -> Browser:
    """A browser in front of a service that anybody may ask, with a queue in which a job is."""
    made = Browser(database, settings)
    make_job(made.client, queue="smithi")
    return made


def test_a_queue_is_paused_and_resumed(browser: Browser, database: Database) -> None:
    """The form names it and how many jobs wait; the page afterwards says what was done; the log says who and why."""
    page = opened(browser, "pause", {"queue": "smithi"})
    assert "1 job is queued there" in told(page)
    assert "Pause smithi" == page.find("button", class_="danger").text

    answer = do(browser, "pause", queue="smithi", minutes="30", reason="the switch burns")

    assert "http://localhost/queue/?queue=smithi" == answer.headers["Location"]
    assert "is paused for 30 minutes" in browser.get("/queue/?queue=smithi").text
    assert "Resume smithi" in browser.get("/queue/?queue=smithi").text
    assert "paused by anonymous: the switch burns, until" in told(browser.get("/queue/").html)
    assert True is browser.client.get("/queue/stats/?queue=smithi").json["paused"]
    assert "Paused by anonymous: the switch burns." in told(opened(browser, "resume", {"queue": "smithi"}))
    do(browser, "resume", queue="smithi")
    assert False is browser.client.get("/queue/stats/?queue=smithi").json["paused"]
    said = {"by": "anonymous", "queue": "smithi"}
    assert [
        ("queue.paused", "queue/smithi", {**said, "minutes": 30, "reason": "the switch burns"}),
        ("queue.resumed", "queue/smithi", said),
    ] == noted(database)


def test_why_is_said_of_this_pause_alone(browser: Browser) -> None:
    """Not of the one before it, nor of another queue's."""
    make_job(browser.client, "other", queue="plana")
    do(browser, "pause", queue="smithi", minutes="30", reason="the switch burns")
    do(browser, "resume", queue="smithi")
    do(browser, "pause", queue="smithi", minutes="30")
    do(browser, "pause", queue="plana", minutes="30", reason="no power")

    shown = browser.get("/queue/").text
    assert 1 == shown.count("no power")
    assert "no power" in told(opened(browser, "resume", {"queue": "plana"}))


def test_once_alone(browser: Browser, database: Database) -> None:
    """409, and a form without a button, where it is paused already, or is not."""
    form = fields(opened(browser, "pause", {"queue": "smithi"}))
    sent(browser, "resume", form, status=409)
    assert opened(browser, "resume", {"queue": "smithi"}).find("button", class_="danger") is None
    sent(browser, "pause", form)

    refused = sent(browser, "pause", form, status=409)

    assert "paused already" in refused.text
    assert opened(browser, "pause", {"queue": "smithi"}).find("button", class_="danger") is None
    assert 1 == len(noted(database))


@pytest.mark.parametrize("minutes", ["0", "-1", "1.5", "x", "", "9" * 30, "\0"])
def test_what_is_no_time(browser: Browser, minutes: str) -> None:
    """400, on a page."""
    refused = sent(browser, "pause", {"queue": "smithi", "minutes": minutes}, status=400)

    assert "text/html" == refused.content_type
    assert False is browser.client.get("/queue/stats/?queue=smithi").json["paused"]


def test_there_is_no_such_queue(browser: Browser) -> None:
    """404, before and after the form."""
    for what in ("pause", "resume"):
        for name in ("nothing", "", "x" * 1900, EVIL):
            opened(browser, what, {"queue": name}, status=404)
            sent(browser, what, {"queue": name, "minutes": "1"}, status=404)
    sent(browser, "pause", {"queue": "a\0b", "minutes": "1"}, status=400)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_nothing_but_names(browser: Browser, name: str) -> None:
    """Whatever a queue is called, and why it is paused."""
    make_queue(browser.client, name)
    answer = do(browser, "pause", queue=name, minutes="1", reason=name)

    assert f"http://localhost/queue/?{urlencode({'queue': name})}" == answer.headers["Location"]
    shown = browser.get(answer.headers["Location"].removeprefix("http://localhost"))
    assert EVIL not in shown.text
    assert name in shown.html.find("span", class_="lock").get_text()


def test_by_whom_it_is_done(database: Database, settings: Settings) -> None:
    """Where tokens are asked for: whoever has logged in, by name, and programs that may report."""
    make_person(database, settings, "kim")
    make_job(Browser(database, settings).client, queue="smithi")
    there = Browser(database, settings.model_copy(update={"results_access": "token"}))
    page = there.get("/actions/pause?queue=smithi", status=401)
    assert "Log in" in page.text
    sent(there, "pause", {"queue": "smithi", "minutes": "1"}, status=401)

    there.login("kim")
    assert "Pause smithi" in there.get("/queue/?queue=smithi").text
    do(there, "pause", queue="smithi", minutes="1")

    assert "kim" == noted(database)[0][2]["by"]
    assert "kim" == Browser(database, settings).client.get("/queue/").json[0]["paused_by"]


def grant(database: Database, scope: str) -> dict[str, Any]:
    """Return what a program shows that has a grant of a scope."""
    token = transact(database, lambda session: grants.make(session, scope, scope, NOW))
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}


def test_programs_that_only_read(database: Database, settings: Settings) -> None:
    """403, and their pages have no button but the way to the login; so does nobody where it is closed."""
    make_job(Browser(database, settings).client, queue="smithi")
    there = Browser(database, settings.model_copy(update={"results_access": "token"}))
    reader = grant(database, "read")

    page = there.get("/queue/?queue=smithi", **reader)

    assert "/actions/" not in page.text
    assert "to change anything here" in page.text
    there.get("/actions/pause?queue=smithi", status=403, **reader)
    sent(there, "pause", {"queue": "smithi", "minutes": "1"}, status=403, **reader)
    closed = Browser(database, settings.model_copy(update={"results_access": "closed"}))
    closed.get("/actions/pause?queue=smithi", status=403)
    sent(closed, "pause", {"queue": "smithi", "minutes": "1"}, status=403)
    assert [] == noted(database)


def test_forms_of_others(browser: Browser, database: Database) -> None:
    """403: those of other sites, and those that nobody was shown."""
    for wrong in ({"csrf": ""}, {"csrf": "0" * 64}):
        sent(browser, "pause", {"queue": "smithi", "minutes": "1", **wrong}, status=403)
    sent(browser, "pause", {"queue": "smithi", "minutes": "1"}, status=403, HTTP_ORIGIN="https://evil.example")

    assert [] == noted(database)


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "/\\evil.example", "/login", "x"])
def test_nobody_is_sent_elsewhere(browser: Browser, to: str) -> None:
    """Whatever the form is told."""
    assert "evil" not in opened(browser, "pause", {"queue": "smithi", "next": to}).find("main").decode()

    answer = sent(browser, "pause", {"queue": "smithi", "minutes": "1", "next": to})

    assert "http://localhost/" == answer.headers["Location"]


def test_addresses_that_are_none(browser: Browser) -> None:
    """404, on pages."""
    for path in ("/actions", "/actions/", "/actions/nothing", "/actions/pause/x"):
        browser.get(path, status=404)
