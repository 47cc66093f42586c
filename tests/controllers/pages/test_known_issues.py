"""Failures become known on pages, and say so; regressions are looked after."""

from typing import Any

import pytest

from paddles.db.engine import Database
from paddles.notes import known
from paddles.settings import Settings
from tests.controllers.pages.browser import Browser
from tests.controllers.pages.doing import do, fields, opened, sent
from tests.controllers.pages.parsing import page, told, words
from tests.controllers.pages.test_hostile_runs import EVIL, HOSTILE
from tests.factories import make_job
from tests.notes import things

URL = "https://tracker.example/1"


@pytest.fixture
def browser(database: Database, settings: Settings) -> Browser:
    """A browser in front of a service in which a job of each of two kinds has failed."""
    made = Browser(database, settings)
    make_job(made.client, "r", job_id=1, status="fail", failure_reason="osd.1 crashed on smithi001")
    make_job(made.client, "r", job_id=2, status="dead", failure_reason="no power")
    return made


def marked(browser: Browser, address: str) -> list[str]:
    """Return what a page says is known."""
    return [words(each) for each in page(browser.client, address).find_all("p", class_="known")]


def failure(browser: Browser) -> str:
    """Return the id of the failure of a test."""
    return next(str(each["id"]) for each in browser.client.get("/runs/r/failures/").json if "osd" in each["text"])


def test_a_pattern_is_tried_and_kept(browser: Browser) -> None:
    """The form says in how many kinds of failures it is found; afterwards these say that they are known."""
    tried = opened(browser, "known-issue", {"pattern": "osd.N crashed", "title": "osd"})
    assert "found in 1 kinds of failures" in told(tried)
    assert ("osd", "osd.N crashed") == tuple(fields(tried)[name] for name in ("title", "pattern"))

    answer = do(browser, "known-issue", title="osd dies", pattern="osd.N crashed", url=URL)

    assert "http://localhost/known-issues/" == answer.headers["Location"]
    (mark,) = page(browser.client, "/runs/r/?tab=failures").find_all("p", class_="known")
    assert ("known: osd dies", URL) == (words(mark), mark.a["href"])
    assert ["known: osd dies"] == marked(browser, "/failures/")
    assert ["known: osd dies"] == marked(browser, f"/failures/{failure(browser)}/")
    assert "fail" == browser.client.get("/runs/r/jobs/1/").json["status"]


def test_a_kind_of_failures_is_bound(browser: Browser) -> None:
    """From its page; the list says what it explains, who did it and when, and it is ended there."""
    group = failure(browser)
    assert "osd.N crashed" in told(opened(browser, "known-issue", {"failure": group}))
    do(browser, "known-issue", title="bound", failure=group)

    row = page(browser.client, "/known-issues/").find(id="list").tbody.tr
    assert ["bound", "osd.N crashed on HOST", "anonymous"] == [words(cell) for cell in row.find_all("td")[:3]]
    number = str(browser.client.get("/known-issues/").json["known_issues"][0]["id"])
    do(browser, "end-known-issue", known_issue=number)

    assert [] == marked(browser, "/failures/")
    assert "No issue explains any failure now" in told(page(browser.client, "/known-issues/"))
    assert "by anonymous" in words(page(browser.client, "/known-issues/?ended=1").find(id="list"))
    sent(browser, "end-known-issue", {"known_issue": number}, status=409)
    assert "was ended already" in told(opened(browser, "end-known-issue", {"known_issue": number}))


@pytest.mark.parametrize("said", [{"pattern": "("}, {"pattern": ".*"}, {"pattern": "(a)\\1"}, {"pattern": "a\0"}])
def test_a_pattern_that_is_none(browser: Browser, said: dict[str, str]) -> None:
    """400, before and after the form."""
    opened(browser, "known-issue", said, status=400)
    sent(browser, "known-issue", {"title": "t", **said}, status=400)


def test_what_there_is_not(browser: Browser) -> None:
    """404."""
    for group in ("0" * 16, EVIL):
        opened(browser, "known-issue", {"failure": group}, status=404)
        sent(browser, "known-issue", {"title": "t", "failure": group}, status=404)
    opened(browser, "end-known-issue", {"known_issue": "5"}, status=404)
    sent(browser, "end-known-issue", {"known_issue": "5"}, status=404)
    opened(browser, "regression", {"regression": "x"}, status=404)
    sent(browser, "regression", {"regression": "5"}, status=404)


@pytest.mark.parametrize("text", HOSTILE)
def test_titles_and_patterns_are_text(browser: Browser, text: str) -> None:
    """Wherever they are shown."""
    do(browser, "known-issue", title=text, failure=failure(browser))
    browser.client.post_json("/known-issues/", {"title": text, "pattern": f"{text}"}, status="*")

    for address in ("/known-issues/", "/failures/", "/runs/r/", f"/failures/{failure(browser)}/"):
        assert EVIL not in browser.get(address).text
        page(browser.client, address)
    assert EVIL not in opened(browser, "known-issue", {"title": text, "url": text}).decode()


def test_what_takes_too_long_is_left_out(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages are shown and say so."""
    for number in range(60):
        browser.client.post_json("/known-issues/", {"title": "t", "pattern": f"(x|xx|xxx){{1,40}}{number}"})
    monkeypatch.setattr(known, "SHOWN_S", 0.001)

    for address in ("/failures/", "/runs/r/?tab=failures"):
        assert "took too long to find out" in told(page(browser.client, address))


def test_a_regression_is_given_an_owner(database: Database, settings: Settings) -> None:
    """Its page has the form; who still needs to look is found by it; the log tells who said it."""
    browser = Browser(database, settings)
    number = things.make(database)["regression"].name
    assert number in unreviewed(browser)
    form = page(browser.client, f"/regressions/{number}").find("form", action="/actions/regression")
    assert {"owner", "issue", "note", "regression", "csrf"} == {
        each["name"] for each in form.find_all(["input", "textarea"])
    }

    do(browser, "regression", regression=number, owner="ann", issue=URL, note=EVIL)

    said = browser.client.get(f"/regressions/{number}").json
    assert ("ann", URL, EVIL) == tuple(said[name] for name in ("owner", "issue", "note"))
    remarks = page(browser.client, f"/regressions/{number}").find(id="remarks")
    assert "ann" in words(remarks)
    assert URL == remarks.a["href"]
    assert number not in unreviewed(browser)
    filled = fields(opened(browser, "regression", {"regression": number}))
    assert ("ann", URL, EVIL) == tuple(filled[name] for name in ("owner", "issue", "note"))
    for wrong in ({"issue": "javascript:alert(1)"}, {"owner": "x" * 513}, {"note": "x" * 10_001}, {"owner": "a\0"}):
        sent(browser, "regression", {"regression": number, **wrong}, status=400)


def unreviewed(browser: Browser) -> list[Any]:
    """Return the numbers of regressions that nobody has said anything of."""
    rows = page(browser.client, "/regressions/?reviewed=no").find(id="list")
    hrefs = [link["href"].split("/") for row in rows.find_all("tr") for link in row.find_all("a", href=True)]
    return [parts[2] for parts in hrefs if parts[1:2] == ["regressions"]]
