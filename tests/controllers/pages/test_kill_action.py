"""Runs and jobs are killed on their pages; what is not ours to end is said, with the command that does it."""

import shlex
from urllib.parse import quote

import pytest

from paddles.db.engine import Database
from paddles.settings import Settings
from tests.controllers.kernelci.wire import make_person
from tests.controllers.pages.browser import Browser
from tests.controllers.pages.doing import do, fields, noted, opened, sent
from tests.controllers.pages.parsing import told
from tests.controllers.pages.test_hostile_runs import EVIL, HOSTILE
from tests.controllers.test_statements import counted
from tests.factories import RUN, job_of, make_job
from tests.units import inexact


@pytest.fixture
def browser(database: Database, settings: Settings) -> Browser:
    """A browser in front of a service that anybody may ask, with a run of four jobs."""
    made = Browser(database, settings)
    for key in (1, 2):
        make_job(made.client, job_id=key, queue="smithi")
    make_job(made.client, job_id=3, status="running", queue="smithi")
    make_job(made.client, job_id=4, status="pass", queue="smithi")
    return made


def test_a_run_is_killed(browser: Browser, database: Database) -> None:
    """The form names it and says of how many jobs what becomes; afterwards the run's page says what was done."""
    page = opened(browser, "kill", {"run": RUN})
    assert f"Kill run {RUN}" == page.find("button", class_="danger").text
    for said in (
        "nobody has begun them: 2 jobs.",
        "the line below does that there: 1 job.",
        f"teuthology-kill -r {RUN}",
    ):
        assert said in told(page)

    answer = do(browser, "kill", run=RUN)

    assert f"http://localhost/runs/{quote(RUN)}/".replace("%3A", ":") == answer.headers["Location"]
    assert "2 cancelled, 0 ended; 1 left to others." in browser.get(f"/runs/{RUN}/").text
    assert ["dead", "dead", "running", "pass"] == [job_of(browser.client, job_id=key)["status"] for key in (1, 2, 3, 4)]
    assert [("run.killed", f"runs/{RUN}", {"by": "anonymous", "run": RUN, "cancelled": 2, "terminated": 0})] == noted(
        database
    )
    assert [] == inexact(database)


def test_a_job_is_killed(browser: Browser) -> None:
    """Alone; its page has the button while it is open."""
    assert "/actions/kill?" in browser.get(f"/runs/{RUN}/jobs/1/").text
    do(browser, "kill", run=RUN, job="1")

    assert ["dead", "queued"] == [job_of(browser.client, job_id=key)["status"] for key in (1, 2)]
    assert "/actions/kill?" not in browser.get(f"/runs/{RUN}/jobs/1/").text


def test_a_job_says_who_killed_it(browser: Browser) -> None:
    """Among what became of it, by itself or with its run."""
    do(browser, "kill", run=RUN, job="1")
    do(browser, "kill", run=RUN)

    one, other = (" ".join(browser.get(f"/runs/{RUN}/jobs/{key}/").html.get_text(" ").split()) for key in (1, 2))
    assert "job killed by anonymous" in one
    assert "job killed" not in other
    assert "run killed by anonymous" in other


def test_what_is_not_ours_has_no_button(browser: Browser) -> None:
    """But the command, which names the job; sent all the same, it is 409."""
    page = opened(browser, "kill", {"run": RUN, "job": "3"})

    assert page.find("button", class_="danger") is None
    assert f"teuthology-kill -r {RUN} -j 3" in told(page)
    assert "has ended" in told(opened(browser, "kill", {"run": RUN, "job": "4"}))
    for job in ("3", "4"):
        sent(browser, "kill", {"run": RUN, "job": job}, status=409)


def test_a_second_time(browser: Browser, database: Database) -> None:
    """409, and noted once: somebody else was first."""
    form = fields(opened(browser, "kill", {"run": RUN}))
    sent(browser, "kill", form)

    assert "nothing was killed" in sent(browser, "kill", form, status=409).text
    assert 1 == len(noted(database))


def test_there_is_nothing_so_called(browser: Browser) -> None:
    """404; 400 for what can be no name."""
    for run, job in (("nothing", ""), ("", ""), (RUN, "9"), (EVIL, EVIL)):
        opened(browser, "kill", {"run": run, "job": job}, status=404)
        sent(browser, "kill", {"run": run, "job": job}, status=404)
    sent(browser, "kill", {"run": "a\0b"}, status=400)
    opened(browser, "kill", {"run": "a\0b"}, status=400)


def test_who_may(database: Database, settings: Settings) -> None:
    """Where tokens are asked for: who has logged in; the others are led to the login."""
    make_job(Browser(database, settings).client, queue="smithi")
    make_person(database, settings, "kim")
    there = Browser(database, settings.model_copy(update={"results_access": "token"}))
    there.get(f"/actions/kill?run={RUN}", status=401)
    sent(there, "kill", {"run": RUN}, status=401)
    there.login("kim")
    sent(there, "kill", {"run": RUN, "csrf": "0" * 64}, status=403)

    do(there, "kill", run=RUN)

    assert "kim" == noted(database)[0][2]["by"]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_nothing_but_names(database: Database, settings: Settings, name: str) -> None:
    """In the page and in the command, which a shell reads as one word."""
    browser = Browser(database, settings)
    make_job(browser.client, f"run {name}", job_id=f"1 {name}", queue="q")
    make_job(browser.client, f"run {name}", job_id="2", status="running")

    page = opened(browser, "kill", {"run": f"run {name}"})
    assert ["teuthology-kill", "-r", f"run {name}"] == shlex.split(page.find("pre").text)
    do(browser, "kill", run=f"run {name}", job=f"1 {name}")

    shown = browser.client.get(f"/runs/{quote(f'run {name}', safe='')}/jobs/{quote(f'1 {name}', safe='')}/")
    assert "dead" == shown.json["status"]


def test_statements_of_the_form(browser: Browser) -> None:
    """As many for each run."""
    with counted() as few:
        browser.get(f"/actions/kill?run={RUN}")
    for key in range(10, 30):
        make_job(browser.client, job_id=key, queue="smithi")
    with counted() as many:
        browser.get(f"/actions/kill?run={RUN}")

    assert 2 == len(few) == len(many)
