"""``/ingest`` as pages: what came, what nobody reads, and feeds; and having a document read again."""

import datetime
from urllib.parse import quote

import pytest

from paddles.archive import contents
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.feeds import records
from paddles.feeds.records import Outcome
from paddles.settings import Settings
from paddles.sweep import documents
from tests.conftest import NOW
from tests.controllers.kernelci.wire import make_person
from tests.controllers.pages.browser import Browser
from tests.controllers.pages.doing import do, fields, noted, opened, sent
from tests.controllers.pages.parsing import BROWSER, harmless, links, page, told
from tests.controllers.pages.test_hostile_runs import HOSTILE
from tests.controllers.test_statements import statements_of
from tests.ingest.kernel_units import BUILD, lava, post

BAD = "\"'><script>alert(1)</script>"


@pytest.fixture
def browser(database: Database, settings: Settings) -> Browser:
    """A browser in front of a service that read one document, could not read another, and refused a third."""
    made = Browser(database, settings)
    post(made.client, "build", BUILD)
    post(made.client, "lava", lava(results={"lava": "a: ["}, lab_name="lab-x"))
    made.client.send("POST", f"/ingest/lava?lab_name={quote(BAD)}", f"{BAD} no JSON".encode(), status=422)
    documents.read(database, settings, NOW)
    fed(database, "https://example.org/", "")
    fed(database, BAD, BAD)
    return made


def fed(database: Database, source: str, fault: str) -> None:
    """Have a source been asked, and something come of it."""

    def work(session: object) -> None:
        number = records.start(session, source, 7, 2, NOW)  # type: ignore[arg-type]
        records.count(session, number, Outcome(3, 1, 1))  # type: ignore[arg-type]
        records.end(session, number, fault, NOW + datetime.timedelta(minutes=2))  # type: ignore[arg-type]

    transact(database, work)


def failed(browser: Browser) -> int:
    """Return the number of the document that could not be read."""
    (found,) = browser.client.get("/ingest/documents?state=failed").json["items"]
    return int(found["id"])


def test_what_nobody_reads_is_shown(browser: Browser) -> None:
    """The newest first, with the reason; of what was refused how it begins, of what failed the whole of it."""
    shown = page(browser.client, "/ingest/errors")
    first, second = shown.find_all("tr", attrs={"data-row": True})

    assert f"{BAD} no JSON" in first.get_text()
    assert "refused" in first.get_text()
    assert "not YAML" in second.get_text()
    (raw,) = [to for to in links(shown) if to.startswith("/ingest/offered/")]
    assert 577 == browser.client.get(raw, status=200).json["id"]
    assert f"/ingest/documents/{failed(browser)}" in links(shown)


@pytest.mark.parametrize(
    ("asked", "count"), [("kind=lava", 2), ("kind=build", 0), ("lab=lab-x", 1), ("lab=x&kind=y", 0)]
)
def test_errors_are_narrowed_down(browser: Browser, asked: str, count: int) -> None:
    """By kind and by lab, as in the JSON; each can be dropped."""
    shown = page(browser.client, f"/ingest/errors?{asked}")

    assert count == len(shown.find_all("tr", attrs={"data-row": True}))
    assert count == len(browser.client.get(f"/ingest/errors?{asked}").json["items"])
    assert len(asked.split("&")) == len(shown.find("ul", class_="chips").find_all("li"))
    assert bool(count) == ("No documents match" not in told(shown))


def test_errors_have_pages(browser: Browser) -> None:
    """Each leads to the next; a place that is none is 400."""
    first = page(browser.client, "/ingest/errors?count=1")
    (to,) = [link for link in links(first) if "after=" in link]
    second = page(browser.client, f"/ingest/errors{to}")

    assert "not YAML" in told(second)
    assert "?count=1" in links(second)
    browser.client.get("/ingest/errors?after=x", headers=BROWSER, status=400)


def test_what_became_of_documents(browser: Browser) -> None:
    """A list of them, each with its page and its job, and how much there is of what in the overview."""
    shown = page(browser.client, "/ingest/documents?kind=build")
    (where,) = [link for link in links(shown) if link.startswith("/ingest/documents/")]
    one = page(browser.client, where)

    assert "processed" in told(one)
    assert any(link.startswith("/runs/mainline~master~") for link in links(one))
    assert f"/actions/read-again?document={failed(browser)}" in links(
        page(browser.client, f"/ingest/documents/{failed(browser)}")
    )
    overview = told(page(browser.client, "/ingest"))
    assert "Nobody reads: lava 2" in overview
    assert "Still to be read 0" in overview
    browser.client.get("/ingest/documents/99/?format=html", status=404)


def test_feeds_are_shown(browser: Browser) -> None:
    """How the last one of each source went."""
    rows = page(browser.client, "/ingest/sources").find_all("tr", attrs={"data-row": True})

    assert ["fail", "fail"] == [row.find("span", class_="status").get_text().strip() for row in rows]
    assert "https://example.org/" in links(page(browser.client, "/ingest/sources"))
    assert ["0:02:00"] * 2 == [row.find("td", attrs={"data-label": "Took"}).get_text() for row in rows]


def test_a_document_is_read_again(browser: Browser, database: Database, settings: Settings) -> None:
    """After a form that says why it failed; the log says who had it done. One that has not failed is 404."""
    number = failed(browser)
    assert "not YAML" in told(opened(browser, "read-again", {"document": str(number)}))

    answer = do(browser, "read-again", document=str(number))

    assert answer.headers["Location"] == f"http://localhost/ingest/documents/{number}"
    assert "ready" == browser.client.get(f"/ingest/documents/{number}").json["state"]
    said = {"by": "anonymous", "document": number}
    assert [("document.again", f"ingest/documents/{number}", said)] == noted(database)
    form = opened(browser, "read-again", {"document": str(number)})
    assert form.find("button", class_="danger") is None
    sent(browser, "read-again", fields(form), status=404)


@pytest.mark.parametrize("said", ["", "0", "x", "9" * 30, *HOSTILE])
def test_a_document_that_there_is_not(browser: Browser, said: str) -> None:
    """404, whatever it is called."""
    harmless(opened(browser, "read-again", {"document": said}, status=404))
    sent(browser, "read-again", {"document": said}, status=404)


def test_who_may_have_it_read(database: Database, settings: Settings) -> None:
    """Whoever may have the API do it; to others there is no link."""
    guarded = settings.model_copy(update={"results_access": "token"})
    browser, open_to_all = Browser(database, guarded), Browser(database, settings)
    post(open_to_all.client, "lava", lava(results={"lava": "a: ["}))
    documents.read(database, settings, NOW)
    make_person(database, settings, "ann")
    path = f"/actions/read-again?document={failed(open_to_all)}"

    browser.get(path, status=401)
    browser.login("ann")
    assert "read again" in browser.get("/ingest/errors", status=200).text
    browser.get(path, status=200)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_strangers_send_is_text(browser: Browser, text: str) -> None:
    """As a lab, as a document, and in the address."""
    browser.client.send("POST", f"/ingest/boot?lab_name={quote(text)}", text.encode(), status=422)

    for path in (
        "/ingest",
        "/ingest/errors",
        f"/ingest/errors?lab={quote(text)}",
        f"/ingest/documents?lab={quote(text)}",
    ):
        shown = page(browser.client, path)
        assert "documents" in path or text.split(maxsplit=1)[0] in shown.get_text()
    for name in ("kind", "after", "count", "state", "sort", "nothing"):
        for path in ("/ingest/errors", "/ingest/documents", "/ingest/sources", "/ingest"):
            answer = browser.client.get(f"{path}?{name}={quote(text)}", headers=BROWSER, status="*")
            assert answer.status_int in (200, 400), (path, name)
            harmless(answer.html)


def test_programs_are_answered_as_ever(browser: Browser) -> None:
    """What builders and labs ask first, and what they post."""
    assert "ok" == browser.client.get("/ingest/build", headers=BROWSER).text
    assert {"items", "next"} == set(browser.client.get("/ingest/errors").json)


def test_pages_take_few_statements(browser: Browser, database: Database, settings: Settings) -> None:
    """However much came."""
    for number in range(5):
        post(browser.client, "lava", lava(results={"lava": "a: ["}, id=number))
        fed(database, f"source {number}", "")
    documents.read(database, settings, NOW)
    paths = (
        "/ingest",
        "/ingest/errors",
        "/ingest/documents",
        f"/ingest/documents/{failed_first(browser)}",
        "/ingest/sources",
    )

    assert [4, 1, 1, 1, 1] == [len(statements_of(browser.client, f"{path}?format=html")) for path in paths]


def failed_first(browser: Browser) -> int:
    """Return the number of the last document that could not be read."""
    return int(browser.client.get("/ingest/documents?state=failed&count=1").json["items"][0]["id"])


def test_a_document_whose_content_is_gone(browser: Browser, settings: Settings) -> None:
    """Its page is shown all the same."""
    number = failed(browser)
    digest = bytes.fromhex(browser.client.get(f"/ingest/documents/{number}").json["sha256"])
    contents.forget(contents.store(settings), [digest])

    assert "not YAML" in told(page(browser.client, f"/ingest/documents/{number}"))
