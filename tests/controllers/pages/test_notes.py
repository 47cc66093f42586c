"""Notes, pins, issues and quarantines on pages: written and ended there, by who may, and never more than text."""

from typing import Any
from urllib.parse import quote

import pytest

from paddles.accounts import grants
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.notes.subjects import Subject
from paddles.settings import Settings
from tests.conftest import NOW
from tests.controllers.kernelci.wire import make_person
from tests.controllers.pages.browser import Browser
from tests.controllers.pages.doing import do, fields, opened, sent
from tests.controllers.pages.parsing import page, told, words
from tests.controllers.pages.test_hostile_runs import EVIL, HOSTILE
from tests.factories import make_job
from tests.notes import things

HOME = "http://localhost"
URL = "https://tracker.example/1"
# Where each thing has its page.
PLACES = {
    "run": "/runs/r/",
    "job": "/runs/r/jobs/1/",
    "machine": "/nodes/m/",
    "test": "/tests/s/c/",
    "failure": "/failures/{}/",
    "regression": "/regressions/{}/",
}


@pytest.fixture
def browser(database: Database, settings: Settings) -> Browser:
    """A browser in front of a service that anybody may ask."""
    return Browser(database, settings)


@pytest.fixture
def subjects(database: Database) -> dict[str, Subject]:
    """One thing of each kind."""
    return things.make(database)


def place(subject: Subject) -> str:
    """Return the address of a thing's page."""
    return PLACES[subject.kind].format(subject.name)


def listed(browser: Browser, address: str) -> str:
    """Return what the part of a page says that has the notes, which can be fetched alone."""
    whole = page(browser.client, address).find(id="notes")
    alone = browser.get(f"{address}?fragment=notes").html
    assert alone.find(id="notes").text == whole.text
    return words(whole)


@pytest.mark.parametrize("kind", PLACES)
def test_a_note_is_written_and_ended_on_its_page(browser: Browser, subjects: dict[str, Subject], kind: str) -> None:
    """The small form is on the page; what follows says what was done; the way back leads to the page."""
    subject = subjects[kind]
    form = page(browser.client, place(subject)).find("form", action="/actions/note")
    said = {each["name"]: each["value"] for each in form.find_all("input", type="hidden")}
    assert subject.said.items() <= said.items()
    del said["csrf"]

    answer = sent(browser, "note", {**said, "text": "two\r\nlines"})
    assert f"{HOME}{place(subject)}" == answer.headers["Location"]
    assert "The note is there." in browser.get(place(subject)).text
    assert "two lines" in " ".join(listed(browser, place(subject)).split())
    assert "anonymous" in listed(browser, place(subject))

    (end,) = [each for each in page(browser.client, place(subject)).find_all("a") if "end-note" in each["href"]]
    number = end["href"].partition("note=")[2].partition("&")[0]
    assert "two\nlines" in opened(browser, "end-note", {"note": number}).text
    assert f"{HOME}{place(subject)}" == do(browser, "end-note", note=number).headers["Location"]
    assert "two" not in listed(browser, place(subject))
    assert "was ended already, by anonymous" in told(opened(browser, "end-note", {"note": number}))
    sent(browser, "end-note", {"note": number}, status=409)


def test_a_run_is_pinned_for_the_whole_lab(browser: Browser, subjects: dict[str, Subject]) -> None:
    """It stands first on the first page and is marked in lists, until it is unpinned; it is pinned once."""
    make_job(browser.client, "other", job_id=1)
    do(browser, "note", run="r", kind="pin", text="the candidate")

    home = page(browser.client, "/").find(id="pins")
    assert ["r"] == [each.text for each in home.find_all("a")]
    assert "the candidate" in words(home)
    assert ["r"] == [
        row.find("a").text for row in page(browser.client, "/runs/").find_all("tr") if "pinned" in row.text
    ]
    summary = page(browser.client, "/runs/r/").find(id="summary")
    assert "pinned for the lab by anonymous" in words(summary)
    sent(browser, "note", {"run": "r", "kind": "pin"}, status=409)

    number = browser.client.get("/notes/?run=r").json["notes"][0]["id"]
    do(browser, "end-note", note=str(number))
    assert "The run is unpinned." in browser.get("/runs/r/").text
    assert page(browser.client, "/").find(id="pins").has_attr("hidden")
    assert "pinned" not in words(page(browser.client, "/runs/").find(id="list"))


def test_a_test_in_quarantine_says_so(browser: Browser, subjects: dict[str, Subject]) -> None:
    """On its page, beside the issues that are linked."""
    do(browser, "note", test="s/c", kind="quarantine", text="it hangs")
    do(browser, "note", test="s/c", kind="issue", url=URL, text="bug 1")

    marks = page(browser.client, "/tests/s/c").find("p", class_="marks")
    assert "in quarantine, says anonymous" in words(marks)
    assert (URL, "bug 1") == (marks.a["href"], marks.a.text)


def test_jobs_in_a_list_say_how_many_notes_they_have(browser: Browser, subjects: dict[str, Subject]) -> None:
    """And lead to them."""
    for text in ("a", "b"):
        do(browser, "note", run="r", job="1", text=text)

    (mark,) = page(browser.client, "/runs/r/?tab=jobs").find_all("a", class_="tag")
    assert ("2 notes", "/runs/r/jobs/1/#notes") == (mark.text, mark["href"])


@pytest.mark.parametrize(
    ("said", "status"),
    [
        *(({}, 400), ({"run": "x"}, 404), ({"run": "r", "machine": "m"}, 400), ({"run": "r\0"}, 400)),
        *(
            ({"run": "r", "kind": "x"}, 400),
            ({"failure": EVIL}, 404),
            ({"regression": EVIL}, 404),
            ({"test": EVIL}, 404),
        ),
    ],
)
def test_there_is_no_such_thing(browser: Browser, subjects: dict[str, Subject], said: Any, status: int) -> None:
    """Before and after the form."""
    opened(browser, "note", said, status=status)
    sent(browser, "note", {"text": "x", **said}, status=status)


@pytest.mark.parametrize("number", ["", "0", "-1", "x", "9" * 19, "9" * 200, "\0"])
def test_there_is_no_such_note(browser: Browser, number: str) -> None:
    """404 for what could be one, 400 for what could not."""
    assert opened(browser, "end-note", {"note": number}, status="*").h1  # type: ignore[arg-type]
    assert browser.get(f"/actions/end-note?note={quote(number)}", status="*").status_int in (400, 404)
    assert sent(browser, "end-note", {"note": number}, status="*").status_int in (400, 404)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "said",
    [
        *({"text": each} for each in ("", "x" * 4001, "x" * 9000, "a\0b", "a\x1bb")),
        *({"kind": "issue", "url": each} for each in ("", "javascript:alert(1)", "x" * 9000, "//evil.example", "a\0")),
    ],
)
def test_what_cannot_be_written(browser: Browser, subjects: dict[str, Subject], said: dict[str, str]) -> None:
    """400, on a page, and nothing is kept."""
    assert "text/html" == sent(browser, "note", {"run": "r", **said}, status=400).content_type
    assert [] == browser.client.get("/notes/?run=r").json["notes"]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_strangers_write_is_text(browser: Browser, subjects: dict[str, Subject], text: str) -> None:
    """Beside everything, in the forms, and on the pages that gather it."""
    make_job(browser.client, text, job_id=text, status="fail", failure_reason=f"{text} unlike")
    for subject in [*subjects.values(), Subject("run", text), Subject("job", text, text)]:
        do(browser, "note", **subject.said, text=text)
        do(browser, "note", **subject.said, kind="issue", url=f"https://a/{quote(text)}", text=text)
    do(browser, "note", run=text, kind="pin", text=text)
    do(browser, "note", test="s/c", kind="quarantine", text=text)
    number = browser.client.get("/notes/?test=s/c").json["notes"][0]["id"]

    segment = quote(text, safe="")
    beside = [place(subject) for subject in subjects.values()]
    for address in (
        *beside,
        "/",
        "/runs/",
        f"/runs/{segment}/",
        f"/runs/{segment}/?tab=jobs",
        f"/runs/{segment}/jobs/{segment}",
    ):
        assert EVIL not in browser.get(address).text
        assert page(browser.client, address)
    assert EVIL not in opened(browser, "end-note", {"note": str(number)}).decode()
    assert EVIL not in opened(browser, "note", {"run": text, "text": text, "url": text, "kind": "issue"}).decode()


def test_by_whom_it_is_done(database: Database, settings: Settings, subjects: dict[str, Subject]) -> None:
    """Where tokens are asked for: whoever has logged in, by name; others are led to the login."""
    make_person(database, settings, "kim")
    there = Browser(database, settings.model_copy(update={"results_access": "token"}))
    reader = transact(database, lambda session: grants.make(session, "read", "read", NOW))
    shown = there.get("/runs/r/", HTTP_AUTHORIZATION=f"Bearer {reader}").text
    assert "/actions/" not in shown
    assert "to change anything here" in shown
    sent(there, "note", {"run": "r", "text": "x"}, status=401)
    sent(there, "note", {"run": "r", "text": "x"}, status=403, HTTP_AUTHORIZATION=f"Bearer {reader}")

    there.login("kim")
    do(there, "note", run="r", text="mine")
    assert "kim" in words(there.get("/runs/r/").html.find(id="notes"))
    closed = Browser(database, settings.model_copy(update={"results_access": "closed"}))
    sent(closed, "note", {"run": "r", "text": "x"}, status=403)


@pytest.mark.parametrize("what", ["note", "end-note", "known-issue", "end-known-issue", "regression"])
def test_forms_of_others(browser: Browser, subjects: dict[str, Subject], what: str) -> None:
    """403: those of other sites, and those that nobody was shown."""
    said = {"run": "r", "text": "x", "note": "1", "title": "t", "pattern": "p", "known_issue": "1"}
    said["regression"] = "" if what == "note" else subjects["regression"].name
    for wrong in ({"csrf": ""}, {"csrf": "0" * 64}):
        sent(browser, what, {**said, **wrong}, status=403)
    sent(browser, what, said, status=403, HTTP_ORIGIN="https://evil.example")
    sent(browser, what, said, status=403, HTTP_SEC_FETCH_SITE="cross-site")

    assert [] == browser.client.get("/notes/?run=r&ended=1").json["notes"]
    assert [] == browser.client.get("/known-issues/?ended=1").json["known_issues"]


def test_a_form_leads_back_to_where_it_was(browser: Browser, subjects: dict[str, Subject]) -> None:
    """To the same part of a page; never to another site."""
    soup = page(browser.client, "/runs/r/?tab=jobs")
    assert (
        "/runs/r/?tab=jobs" == soup.find("form", action="/actions/note").find("input", attrs={"name": "next"})["value"]
    )

    answer = sent(browser, "note", {"run": "r", "text": "x", "next": "/runs/r/?tab=jobs"})
    assert f"{HOME}/runs/r/?tab=jobs" == answer.headers["Location"]
    answer = sent(browser, "note", {"run": "r", "text": "x", "next": "https://evil.example/"})
    assert f"{HOME}/" == answer.headers["Location"]
    assert fields(opened(browser, "note", {"run": "r", "next": "//evil.example"}))["next"] == "/"
