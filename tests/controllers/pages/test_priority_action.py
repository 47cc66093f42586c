"""Queued jobs are given another priority on their pages."""

import pytest

from paddles.db.engine import Database
from paddles.settings import Settings
from tests.controllers.pages.browser import Browser
from tests.controllers.pages.doing import do, noted, opened, sent
from tests.controllers.pages.parsing import told
from tests.controllers.pages.test_hostile_runs import EVIL
from tests.factories import RUN, job_of, make_job


@pytest.fixture
def browser(database: Database, settings: Settings) -> Browser:
    """A browser in front of a service that anybody may ask, with a run of three jobs."""
    made = Browser(database, settings)
    for key, priority in ((1, 50), (2, 70)):
        make_job(made.client, job_id=key, queue="smithi", priority=priority)
    make_job(made.client, job_id=3, queue="smithi", status="pass", priority=60)
    return made


def test_a_run_and_a_job(browser: Browser, database: Database) -> None:
    """The form says how urgent they are; the page afterwards says what they are now."""
    assert "/actions/priority?" in browser.get(f"/runs/{RUN}/").text
    assert "Until now: 50 to 70." in told(opened(browser, "priority", {"run": RUN}))

    do(browser, "priority", run=RUN, priority="10")

    assert "2 jobs have the priority 10 now." in browser.get(f"/runs/{RUN}/").text
    assert [10, 10, 60] == [job_of(browser.client, job_id=key)["priority"] for key in (1, 2, 3)]
    assert "/actions/priority?" in browser.get(f"/runs/{RUN}/jobs/1/").text
    do(browser, "priority", run=RUN, job="1", priority="-3")
    assert [-3, 10] == [job_of(browser.client, job_id=key)["priority"] for key in (1, 2)]
    assert ["run.priority", "job.priority"] == [what for what, _, _ in noted(database)]


def test_what_cannot_be(browser: Browser, database: Database, settings: Settings) -> None:
    """409 where nothing is queued, 400 for what is no number, 404, 401, 403."""
    page = opened(browser, "priority", {"run": RUN, "job": "3"})
    assert page.find("button", class_="danger") is None
    sent(browser, "priority", {"run": RUN, "job": "3", "priority": "1"}, status=409)
    for wrong in ("", "x", "1.5", "9" * 30, str(2**31), "\0"):
        sent(browser, "priority", {"run": RUN, "priority": wrong}, status=400)
    for run, job in (("nothing", ""), (RUN, "9"), (EVIL, EVIL)):
        opened(browser, "priority", {"run": run, "job": job}, status=404)
        sent(browser, "priority", {"run": run, "job": job, "priority": "1"}, status=404)
    sent(browser, "priority", {"run": RUN, "priority": "1", "csrf": ""}, status=403)
    there = Browser(database, settings.model_copy(update={"results_access": "token"}))
    sent(there, "priority", {"run": RUN, "priority": "1"}, status=401)

    assert [] == noted(database)
