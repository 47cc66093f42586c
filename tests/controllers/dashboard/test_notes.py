"""``/notes`` and ``/known-issues`` over the wire: shapes, refusals, who may, and what hostile text comes to."""

from typing import Any

import pytest

from paddles.accounts import grants
from paddles.app import serve
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.settings import Settings
from tests.client import Client
from tests.conftest import NOW
from tests.controllers.kernelci.wire import make_person
from tests.controllers.test_statements import counted
from tests.factories import make_job

NOTE = {"run": "r", "job": "1", "text": "The disk is full."}
HOSTILE = (
    "<script>alert(1)</script>",
    "'; DROP TABLE notes; --",
    "{{ 7 * 7 }} ${7*7} %(x)s :text",
    "../../etc/passwd",
    "\u202e\ufeff\U0001f4a9",
)
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "name one of"),
    ({"run": "r"}, "text must not be blank"),
    ({"job": "1", "text": "x"}, "a job with its run"),
    ({"run": "r", "machine": "m", "text": "x"}, "name one of"),
    ({"run": "r", "text": "x", "kind": "other"}, "kind"),
    ({"run": "r", "text": 5}, "text"),
    ({"run": ["r"], "text": "x"}, "run"),
    ({"run": "r", "text": "x" * 4001}, "at most 4000"),
    ({"run": "r", "text": "x" * 100_000}, "text"),
    ({"run": "r", "text": "a\x1bb"}, "control characters"),
    ({"run": "r", "kind": "issue", "url": "javascript:alert(1)"}, "http"),
    ({"run": "r", "kind": "issue"}, "url"),
    ({"run": "r", "kind": "quarantine"}, "test alone"),
    ({"run": "r", "job": "1", "kind": "pin"}, "run alone"),
]


@pytest.fixture
def there(client: Client) -> Client:
    """A service with a job that failed."""
    make_job(client, "r", job_id=1, status="fail", failure_reason="osd.1 crashed on smithi001")
    return client


def test_a_note_is_written_listed_and_ended(there: Client) -> None:
    """By nobody in particular, where nobody has to say who asks."""
    made = there.send("POST", "/notes/", NOTE, status=201).json
    assert ("note", NOTE["text"], "", "anonymous", None, "") == tuple(
        made[name] for name in ("kind", "text", "url", "author", "ended", "ended_by")
    )
    assert {"notes": [made], "most": 100} == there.get("/notes/?run=r&job=1").json
    assert made == there.get(f"/notes/{made['id']}").json
    assert [] == there.get("/notes?run=r").json["notes"]

    ended = there.send("DELETE", f"/notes/{made['id']}/").json
    assert "anonymous" == ended["ended_by"]
    assert made | {"ended": ended["ended"], "ended_by": "anonymous"} == ended
    assert [] == there.get("/notes/?run=r&job=1").json["notes"]
    assert [ended] == there.get("/notes/?run=r&job=1&ended=1").json["notes"]
    assert "ended already" in there.refused("DELETE", f"/notes/{made['id']}/", 409)


@pytest.mark.parametrize(("body", "message"), REFUSED)
def test_what_is_no_note_is_refused(there: Client, body: dict[str, Any], message: str) -> None:
    """400, with what is wrong."""
    assert message in there.refused("POST", "/notes/", 400, body)
    assert [] == there.get("/notes/?run=r").json["notes"]


@pytest.mark.parametrize("path", ["/notes/", "/known-issues/"])
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"run": "\\u0000"}', b'{"title": "\\ud800"}', b"\xff", b"[" * 5000]
)
def test_bodies_that_are_none(there: Client, path: str, body: bytes) -> None:
    """400."""
    assert there.refused("POST", path, 400, body)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        *(("/notes/", 400), ("/notes/?job=1", 400), ("/notes/?run=r&test=t", 400), ("/notes/?run=r%00", 400)),
        *(("/notes/?run=x", 404), ("/notes/?run=r&job=2", 404), ("/notes/?failure=x", 404), ("/notes/?test=x", 404)),
        *(("/notes/?regression=x", 404), (f"/notes/?regression={'9' * 19}", 404), ("/notes/?run=r&ended=maybe", 400)),
        *(("/notes/x", 404), ("/notes/0", 404), (f"/notes/{'9' * 19}", 404), (f"/notes/{'9' * 99}", 404)),
        *(("/known-issues/x", 404), (f"/known-issues/{'9' * 19}", 404), ("/known-issues/?count=x", 400)),
    ],
)
def test_what_is_not_there(there: Client, path: str, status: int) -> None:
    """404 for what could be, 400 for what could not."""
    assert there.refused("GET", path, status)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_text(there: Client, text: str) -> None:
    """What is written comes back as it was."""
    made = there.send("POST", "/notes/", {**NOTE, "text": text}, status=201).json
    assert text == made["text"]
    issue = there.send("POST", "/known-issues/", {"title": text, "pattern": "osd"}, status=201).json
    assert text == issue["title"]


def test_a_failure_is_known(there: Client) -> None:
    """By a pattern or by its id; issues are listed, those that ended where they are asked for."""
    (failure,) = there.get("/runs/r/failures/").json
    first = there.send("POST", "/known-issues/", {"title": "a", "pattern": "osd.N", "url": "https://a/1"}, status=201)
    second = there.send("POST", "/known-issues/", {"title": "b", "failure": failure["id"]}, status=201).json
    assert (failure["id"], failure["text"], "") == (second["failure"], second["text"], second["pattern"])
    assert ["b", "a"] == [each["title"] for each in there.get("/known-issues/").json["known_issues"]]

    number = first.json["id"]
    assert "anonymous" == there.send("DELETE", f"/known-issues/{number}/").json["ended_by"]
    assert "ended already" in there.refused("DELETE", f"/known-issues/{number}/", 409)
    assert ["b"] == [each["title"] for each in there.get("/known-issues/").json["known_issues"]]
    assert ["b", "a"] == [each["title"] for each in there.get("/known-issues/?ended=1").json["known_issues"]]
    assert ["a"] == [each["title"] for each in there.get("/known-issues/?ended=1&count=1&page=2").json["known_issues"]]


@pytest.mark.parametrize(
    "body",
    [
        {"title": "a"},
        {"title": "a", "pattern": "("},
        {"title": "a", "pattern": ".*"},
        {"title": "a", "pattern": "(a)\\1"},
        {"title": "a", "pattern": "x" * 501},
        {"title": "a" * 201, "pattern": "x"},
        {"title": "", "pattern": "x"},
        {"title": "a", "pattern": "x", "url": "data:text/html,x"},
        {"title": "a", "pattern": "x", "failure": "0" * 16},
    ],
)
def test_what_is_no_known_issue_is_refused(there: Client, body: dict[str, Any]) -> None:
    """400, with what is wrong."""
    assert there.refused("POST", "/known-issues/", 400, body)


def test_who_may_and_who_it_was(there: Client, database: Database, settings: Settings) -> None:
    """Whoever may read reads, whoever may report writes, by name; where anybody may, a token says who it is."""
    token = make_person(database, settings, "kim").token
    assert "kim" == there.send("POST", "/notes/", NOTE, HTTP_AUTHORIZATION=f"Bearer {token}").json["author"]
    guarded = Client(serve(database, settings.model_copy(update={"results_access": "token"})))
    reader, reporter = (
        {"HTTP_AUTHORIZATION": f"Bearer {transact(database, lambda s, w=scope: grants.make(s, w, w, NOW))}"}  # type: ignore[misc]
        for scope in ("read", "report")
    )
    for method, path, body in (
        ("POST", "/notes/", NOTE),
        ("DELETE", "/notes/1/", None),
        ("POST", "/known-issues/", {"title": "a", "pattern": "b"}),
        ("DELETE", "/known-issues/1/", None),
    ):
        assert guarded.refused(method, path, 401, body)
        assert guarded.refused(method, path, 403, body, **reader)
    assert guarded.refused("GET", "/notes/?run=r", 401)
    assert [] == guarded.send("GET", "/notes/?run=r", **reader).json["notes"]
    made = guarded.send("POST", "/notes/", NOTE, status=201, **reporter).json
    assert "report" == made["author"]
    assert "report" == guarded.send("DELETE", f"/notes/{made['id']}/", **reporter).json["ended_by"]


def test_statements_do_not_grow(there: Client) -> None:
    """However many notes there are, and known issues."""
    numbers = []
    for many in (1, 20):
        for each in range(many):
            there.send("POST", "/notes/", {**NOTE, "text": f"{each}"}, status=201)
            there.send("POST", "/known-issues/", {"title": f"{each}", "pattern": f"osd.*{each}"}, status=201)
        with counted() as listing:
            there.get("/notes/?run=r&job=1")
            there.get("/known-issues/")
        with counted() as writing:
            there.send("POST", "/notes/", NOTE, status=201)
        numbers.append((len(listing), len(writing)))

    assert [(3, 4)] * 2 == numbers
