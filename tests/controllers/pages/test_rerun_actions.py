"""Runs and jobs are run again on their pages: what failed, all, one, or one with changes."""

import shlex
from urllib.parse import quote

import pytest
from bs4 import BeautifulSoup

from paddles.db.engine import Database
from paddles.settings import Settings
from tests.controllers.kernelci.wire import make_person
from tests.controllers.pages.browser import Browser
from tests.controllers.pages.doing import do, fields, noted, opened, sent
from tests.controllers.pages.parsing import told
from tests.controllers.pages.test_hostile_runs import EVIL, HOSTILE
from tests.controllers.test_statements import counted
from tests.factories import RUN, make_job, run_of


@pytest.fixture
def browser(database: Database, settings: Settings) -> Browser:
    """A browser in front of a service that anybody may ask, with a run of four jobs."""
    made = Browser(database, settings)
    for key, status in ((1, "fail"), (2, "dead"), (3, "pass")):
        make_job(made.client, job_id=key, queue="smithi", status=status, description=f"rados/{key}")
    make_job(made.client, job_id=4, status="fail")
    return made


def test_a_run_is_run_again(browser: Browser, database: Database) -> None:
    """The form says how many of which; the new run's page says what was done, and leads back to the old one."""
    assert 'data-key="r"' in browser.get(f"/runs/{RUN}/").text
    page = opened(browser, "rerun", {"run": RUN})
    for said in ("the 2 that failed or are dead", "all 3", "Of its jobs 1 was", f"teuthology-suite --rerun {RUN}"):
        assert said in told(page)

    answer = do(browser, "rerun", run=RUN, which="failed", next=f"/runs/{RUN}/")

    name = noted(database)[0][2]["rerun"]
    assert answer.headers["Location"].startswith("http://localhost/runs/teuthology-")
    new = browser.get(f"/runs/{name}/").text
    assert "2 jobs are done again." in new
    assert f"rerun of {RUN}" in " ".join(told_of(new).split())
    assert 2 == run_of(browser.client, name)["results"]["queued"]
    assert name in browser.get(f"/runs/?tags={quote(f'rerun of {RUN}')}").text


def told_of(text: str) -> str:
    """Return the text of a page."""
    return str(BeautifulSoup(text, "html.parser").find("main").get_text(" "))


def test_a_second_time(browser: Browser, database: Database) -> None:
    """A form that is sent twice is 409: there is a run of that name."""
    form = fields(opened(browser, "rerun", {"run": RUN})) | {"which": "all"}
    sent(browser, "rerun", form)

    assert "already exists" in sent(browser, "rerun", form, status=409).text
    assert [3] == [said["jobs"] for _, _, said in noted(database)]


def test_one_job(browser: Browser, database: Database) -> None:
    """Whatever became of it."""
    do(browser, "rerun", run=RUN, job="3")

    assert [("job.rerun", f"runs/{RUN}/jobs/3", 1)] == [(what, thing, d["jobs"]) for what, thing, d in noted(database)]


def test_what_is_not_ours(browser: Browser) -> None:
    """Has no button, but teuthology's line; sent all the same, it is 409."""
    page = opened(browser, "rerun", {"run": RUN, "job": "4"})

    assert page.find("button", class_="danger") is None
    assert "was in no queue of this service" in told(page)
    assert "/actions/clone" not in browser.get(f"/runs/{RUN}/jobs/4/").text
    opened(browser, "clone", {"run": RUN, "job": "4"}, status=409)
    for what in ("rerun", "clone"):
        sent(browser, what, {"run": RUN, "job": "4", "name": "n", "document": "a: b", "which": "all"}, status=409)


def test_a_job_with_changes(browser: Browser, database: Database) -> None:
    """The form holds what it was told as YAML; its new job is told what is sent."""
    path = f"/runs/{RUN}/jobs/1/"
    browser.client.put_json(path, {"secrets": {"k": "hidden"}, "my_token": "hidden"})
    assert "/actions/clone?" in browser.get(path).text
    form = fields(opened(browser, "clone", {"run": RUN, "job": "1"}))
    assert "hidden" not in form["document"]
    assert "description: rados/1" in form["document"]

    changed = form["document"].replace("rados/1", "rados/new")
    sent(browser, "clone", {**form, "document": changed, "name": "mine"})

    (job,) = browser.client.get("/runs/mine/jobs/").json
    assert ("rados/new", "smithi", "queued") == (job["description"], job["queue"], job["status"])
    assert True is noted(database)[0][2]["edited"]


@pytest.mark.parametrize("document", ["", "- a", "a: [", "!!python/name:os.system", "a: " + "x" * 600_000, "a: '\0'"])
def test_what_is_no_job(browser: Browser, document: str) -> None:
    """400, on a page, with what is wrong."""
    refused = sent(browser, "clone", {"run": RUN, "job": "1", "name": "n", "document": document}, status=400)

    assert "text/html" == refused.content_type
    browser.client.get("/runs/n/", status=404)


def test_there_is_nothing_so_called(browser: Browser) -> None:
    """404; 400 for what no run is called, or is none of the choices."""
    for run, job in (("nothing", "1"), ("", "1"), (RUN, "9"), (EVIL, EVIL)):
        for what in ("rerun", "clone"):
            opened(browser, what, {"run": run, "job": job}, status=404)
            sent(browser, what, {"run": run, "job": job, "name": "n", "document": "a: b"}, status=404)
    opened(browser, "clone", {"run": RUN}, status=404)
    sent(browser, "clone", {"run": RUN, "name": "n", "document": "a: b"}, status=404)
    for said in ({"name": "queued"}, {"name": "a\nb"}, {"which": "some"}, {"name": "x" * 600}):
        sent(browser, "rerun", {"run": RUN, **said}, status=400)


def test_who_may(database: Database, settings: Settings) -> None:
    """Where tokens are asked for: who has logged in; a form needs to be ours."""
    make_job(Browser(database, settings).client, queue="smithi", status="fail")
    make_person(database, settings, "kim")
    there = Browser(database, settings.model_copy(update={"results_access": "token"}))
    for what in ("rerun", "clone"):
        there.get(f"/actions/{what}?run={RUN}&job=1", status=401)
        sent(there, what, {"run": RUN, "job": "1"}, status=401)
    there.login("kim")
    for what in ("rerun", "clone"):
        sent(there, what, {"run": RUN, "job": "1", "csrf": "0" * 64}, status=403)

    do(there, "rerun", run=RUN, job="1")

    assert ["kim"] == [said["by"] for _, _, said in noted(database)]


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_are_nothing_but_texts(database: Database, settings: Settings, text: str) -> None:
    """In names, in the YAML, and in the command, which a shell reads as one word."""
    browser = Browser(database, settings)
    run = f"run {text}"
    make_job(browser.client, run, job_id="1", status="fail", queue=f"q{text}", description=text, owner=text)
    make_job(browser.client, run, job_id="2", status="fail")

    page = opened(browser, "rerun", {"run": run})
    assert ["teuthology-suite", "--rerun", run] == shlex.split(page.find("pre").text)
    do(browser, "rerun", run=run, which="all", name=f"again {text}")
    form = fields(opened(browser, "clone", {"run": run, "job": "1"}))
    sent(browser, "clone", {**form, "name": f"clone {text}"})

    for name in (f"again {text}", f"clone {text}"):
        (job,) = browser.client.get(f"/runs/{quote(name, safe='')}/jobs/").json
        assert (text, text, f"q{text}") == (job["description"], job["owner"], job["queue"])
        assert EVIL not in browser.get(f"/runs/{quote(name, safe='')}/").text


def test_statements_of_the_forms(browser: Browser) -> None:
    """As many for each run."""
    with counted() as few:
        browser.get(f"/actions/rerun?run={RUN}")
    for key in range(10, 30):
        make_job(browser.client, job_id=key, queue="smithi")
    with counted() as many:
        browser.get(f"/actions/rerun?run={RUN}")

    assert 2 == len(few) == len(many)
