"""Jobs are held and let go on their pages, and it is said who holds them."""

import pytest

from paddles.db.engine import Database
from paddles.settings import Settings
from tests.client import Client
from tests.controllers.kernelci.wire import make_person
from tests.controllers.pages.browser import Browser
from tests.controllers.pages.doing import do, noted, opened, sent
from tests.controllers.pages.parsing import page, told
from tests.controllers.pages.test_hostile_runs import EVIL, HOSTILE
from tests.controllers.pages.test_queue_actions import grant
from tests.controllers.test_statements import counted
from tests.factories import RUN, job_of, make_job, run_of
from tests.units import inexact


@pytest.fixture
def browser(database: Database, settings: Settings) -> Browser:
    """A browser in front of a service that anybody may ask, with a run of which two jobs are queued and one runs."""
    made = Browser(database, settings)
    for key in (1, 2):
        make_job(made.client, job_id=key, queue="smithi", priority=key)
    make_job(made.client, job_id=3, status="running", queue="smithi")
    return made


def shown(browser: Browser, path: str) -> str:
    """Return the text of a page."""
    return told(browser.get(path).html)


def popped(client: Client) -> str | None:
    """Return the key of the job that a dispatcher is handed."""
    job = client.get("/queue/pop_queue?queue=smithi").json
    return str(job["job_id"]) if job else None


def test_a_run_is_held_and_let_go(browser: Browser, database: Database) -> None:
    """The form says of how many jobs what becomes; nothing is handed out meanwhile; the counts are exact."""
    form = told(opened(browser, "hold", {"run": RUN}))
    assert "Not handed out until somebody lets them go: 2 jobs." in form
    assert "Left alone, since they are begun, or with others: 1 job." in form
    assert "/actions/let-go?" not in browser.get(f"/runs/{RUN}/").text

    do(browser, "hold", run=RUN)

    assert "2 jobs held." in (text := shown(browser, f"/runs/{RUN}/"))
    assert "Held 2 jobs by anonymous" in text
    assert popped(browser.client) is None
    results = run_of(browser.client)["results"]
    assert (0, 2, 1) == (results["queued"], results["waiting"], results["running"])
    assert "/actions/let-go?" in browser.get(f"/runs/{RUN}/").text
    assert "Held by anonymous: 2 jobs." in told(opened(browser, "let-go", {"run": RUN}))
    do(browser, "let-go", run=RUN)
    assert "1" == popped(browser.client)
    assert [("run.held", f"runs/{RUN}"), ("run.let-go", f"runs/{RUN}")] == [each[:2] for each in noted(database)]
    assert [] == inexact(database)


def test_a_job_is_held_and_let_go(browser: Browser) -> None:
    """Its page, the queue's and the outlook say by whom; the other one is handed out."""
    before = browser.client.get(f"/outlook/job?run={RUN}&job=1").json
    assert "/actions/hold?" in browser.get(f"/runs/{RUN}/jobs/1/").text

    do(browser, "hold", run=RUN, job="1")

    assert "held by anonymous" in shown(browser, f"/runs/{RUN}/jobs/1/")
    assert "held by anonymous" in shown(browser, "/queue/")
    after = browser.client.get(f"/outlook/job?run={RUN}&job=1").json
    assert (["held"], "anonymous") == (after["reasons"], after["held_by"])
    assert {*before, "held_by"} == {*after}
    assert "2" == popped(browser.client)
    assert "/actions/hold?" not in browser.get(f"/runs/{RUN}/jobs/1/").text
    do(browser, "let-go", run=RUN, job="1")
    text = shown(browser, f"/runs/{RUN}/jobs/1/")
    assert "job held by anonymous" in text
    assert "job let-go by anonymous" in text
    assert "1" == popped(browser.client)


def test_the_page_of_the_queue_leads_there(browser: Browser) -> None:
    """And back again."""
    soup = page(browser.client, "/queue/?queue=smithi")
    there = [link["href"] for link in soup.find_all("a", class_="button", string="Hold")]
    assert 2 == len(there)

    form = browser.get(there[0]).html
    assert "/queue/?queue=smithi" == form.find("input", attrs={"name": "next"})["value"]
    do(browser, "hold", run=RUN, job="1")
    soup = page(browser.client, "/queue/?queue=smithi")
    assert (1, 1) == (len(soup.find_all("a", string="Hold")), len(soup.find_all("a", string="Let go")))


def test_what_is_not_ours_has_no_button(browser: Browser) -> None:
    """Sent all the same, it is 409; so is what somebody was first to do."""
    for what, job in (("hold", "3"), ("let-go", "3"), ("let-go", "1")):
        assert opened(browser, what, {"run": RUN, "job": job}).find("button", class_="danger") is None
        sent(browser, what, {"run": RUN, "job": job}, status=409)
    assert "/actions/hold?" not in browser.get(f"/runs/{RUN}/jobs/3/").text
    do(browser, "hold", run=RUN)

    assert "held already, by anonymous" in sent(browser, "hold", {"run": RUN}, status=409).text
    assert opened(browser, "hold", {"run": RUN}).find("button", class_="danger") is None


def test_what_is_held_is_killed_and_comes_sooner(browser: Browser) -> None:
    """On the same pages as before."""
    do(browser, "hold", run=RUN)
    assert "/actions/priority?" in browser.get(f"/runs/{RUN}/").text
    do(browser, "priority", run=RUN, job="2", priority="-1")
    do(browser, "let-go", run=RUN, job="2")
    assert "2" == popped(browser.client)

    do(browser, "kill", run=RUN, job="1")

    assert "dead" == job_of(browser.client)["status"]
    assert "held by" not in shown(browser, f"/runs/{RUN}/jobs/1/").split("What became")[0]


def test_there_is_nothing_so_called(browser: Browser) -> None:
    """404; 400 for what can be no name."""
    for what in ("hold", "let-go"):
        for run, job in (("nothing", ""), ("", ""), (RUN, "9"), (EVIL, EVIL)):
            opened(browser, what, {"run": run, "job": job}, status=404)
            sent(browser, what, {"run": run, "job": job}, status=404)
        sent(browser, what, {"run": "a\0b"}, status=400)
        opened(browser, what, {"run": "a\0b"}, status=400)


def test_who_may(database: Database, settings: Settings) -> None:
    """Where tokens are asked for: who has logged in, by name; programs that only read are shown no way there."""
    make_job(Browser(database, settings).client, queue="smithi")
    make_person(database, settings, "kim")
    there = Browser(database, settings.model_copy(update={"results_access": "token"}))
    reader = grant(database, "read")
    for what in ("hold", "let-go"):
        there.get(f"/actions/{what}?run={RUN}", status=401)
        sent(there, what, {"run": RUN}, status=401)
        sent(there, what, {"run": RUN}, status=403, **reader)
        assert f"/actions/{what}" not in there.get("/queue/", **reader).text
    there.login("kim")
    sent(there, "hold", {"run": RUN, "csrf": "0" * 64}, status=403)

    do(there, "hold", run=RUN)

    assert "kim" == noted(database)[0][2]["by"]
    assert "held by kim" in shown(there, "/queue/")


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_nothing_but_names(database: Database, settings: Settings, name: str) -> None:
    """Whatever a run and a job are called."""
    browser = Browser(database, settings)
    make_job(browser.client, f"run {name}", job_id=f"1 {name}", queue="q")
    for what in ("hold", "let-go"):
        do(browser, what, run=f"run {name}", job=f"1 {name}")
        assert EVIL not in browser.get("/queue/").text


def test_statements(browser: Browser) -> None:
    """As many for each run: of the forms, and of a page that says who holds what."""
    do(browser, "hold", run=RUN)
    paths = (f"/actions/hold?run={RUN}", f"/actions/let-go?run={RUN}", f"/runs/{RUN}/?tab=raw", "/queue/")
    with counted() as few:
        for path in paths:
            browser.get(path)
    for key in range(10, 30):
        make_job(browser.client, job_id=key, queue="smithi")
    do(browser, "hold", run=RUN)
    with counted() as many:
        for path in paths:
            browser.get(path)

    assert len(few) == len(many)
