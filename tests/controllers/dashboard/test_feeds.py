"""Feeds of runs, regressions and results, and the address of the newest run."""

from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from paddles.app import serve
from paddles.db.engine import Database
from paddles.settings import Settings
from tests.analysis.boots import Boot, tell
from tests.client import Client
from tests.controllers.test_statements import statements_of
from tests.factories import make_job, make_run

ATOM = "{http://www.w3.org/2005/Atom}"
OLD = "ann-2026-01-01_10:00:00-rados-main-distro-default-smithi"
NEW = "bob-2026-01-02_10:00:00-rados-next-distro-default-smithi"
HOSTILE = "<script>alert('x')</script> & ]]> \"\ufffe\x85"


@pytest.fixture
def archive(client: Client, database: Database) -> Client:
    """A run that failed, a newer one that passed, and a test that failed once it had passed."""
    make_job(client, OLD, status="fail")
    make_job(client, NEW, status="pass")
    tell(
        database, Boot("1", 1, {"dmesg/alert": "pass"}, kernel="v1"), Boot("2", 2, {"dmesg/alert": "fail"}, kernel="v2")
    )
    return client


def entries(client: Client, path: str) -> list[dict[str, str]]:
    """Return what a feed tells, once it is what a reader expects: each entry by the names of its elements."""
    answer = client.get(path)
    assert "application/atom+xml" == answer.content_type
    feed = ElementTree.fromstring(answer.body)
    for needed in ("id", "title", "updated", "author"):
        assert feed.find(f"{ATOM}{needed}") is not None
    found = []
    for entry in feed.findall(f"{ATOM}entry"):
        texts = {each.tag.removeprefix(ATOM): each.text or "" for each in entry}
        link = entry.find(f"{ATOM}link")
        assert link is not None
        assert texts["updated"].endswith("Z")
        found.append({**texts, "href": link.attrib["href"]})
    return found


def test_runs_are_told_the_newest_first(archive: Client) -> None:
    """By the filters of the list; each leads to its run, and is called the same ever after."""
    new, old = entries(archive, "/feeds/runs.atom?suite=rados")

    assert f"finished pass: {NEW}" == new["title"]
    assert f"http://paddles.example/runs/{quote(NEW, safe='')}/" == new["href"] == new["id"]
    assert "1 job: 0 passed, 1 failed, 0 dead" == old["summary"]
    assert [old] == entries(archive, "/feeds/runs.atom?status=fail")
    assert [] == entries(archive, "/feeds/runs.atom?-suite=rados&suite=rbd")


def test_regressions_are_told(archive: Client) -> None:
    """With what was good and what is bad."""
    (told,) = entries(archive, "/feeds/regressions.atom?state=open")

    assert "open: dmesg/alert" == told["title"]
    assert "passed with v1, fails since v2, 1 times" in told["summary"]
    assert told["id"].startswith("http://paddles.example/regressions/")
    assert [] == entries(archive, "/feeds/regressions.atom?state=fixed")


@pytest.mark.parametrize("path", ["dmesg/alert", "dmesg%2Falert"])
def test_results_of_a_test_are_told(archive: Client, path: str) -> None:
    """The newest first; which of them turned is said, and can be asked for."""
    bad, good = entries(archive, f"/feeds/tests/{path}.atom")

    assert ("turned to fail: dmesg/alert", "pass: dmesg/alert") == (bad["title"], good["title"])
    assert [bad] == entries(archive, f"/feeds/tests/{path}.atom?flip=yes")
    assert bad["id"] != good["id"]


def test_a_feed_is_sent_again_when_it_has_changed(archive: Client) -> None:
    """It has a version, and says how long it may be kept: by anybody where anybody may read it."""
    answer = archive.get("/feeds/runs.atom?suite=rados")
    known = {"If-None-Match": answer.headers["ETag"]}

    assert "public, max-age=60" == answer.headers["Cache-Control"]
    assert 304 == archive.get("/feeds/runs.atom?suite=rados", headers=known).status_int
    make_job(archive, NEW, job_id=2, status="fail")
    assert 200 == archive.get("/feeds/runs.atom?suite=rados", headers=known).status_int


def test_what_others_must_not_see_is_kept_by_nobody_else(database: Database, settings: Settings) -> None:
    """Where tokens are asked for, caches between are told to keep nothing."""
    closed = Client(serve(database, settings.model_copy(update={"results_access": "token"})))
    closed.get("/feeds/runs.atom", status=401)


def test_hostile_names_are_text(client: Client) -> None:
    """Markup is escaped, and what XML cannot write is replaced."""
    name = HOSTILE
    make_run(client, name)

    (told,) = entries(client, "/feeds/runs.atom")

    assert told["title"] == "empty: " + name.replace("\ufffe", "\ufffd").replace("\x85", "\ufffd")
    assert b"<script" not in client.get("/feeds/runs.atom").body


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/feeds/", 404),
        ("/feeds/runs.rss", 404),
        ("/feeds/tests/dmesg/alert", 404),
        ("/feeds/tests/nope.atom", 404),
        ("/feeds/tests/", 404),
        ("/feeds/runs.atom?since=x", 400),
        ("/feeds/regressions.atom?state=green", 400),
    ],
)
def test_there_are_no_others(archive: Client, path: str, status: int) -> None:
    """404 for what is not there, 400 for what cannot be asked."""
    archive.get(path, status=status)


def test_feeds_take_few_statements(archive: Client) -> None:
    """One reads the rows; a test is looked up first."""
    assert 1 == len(statements_of(archive, "/feeds/runs.atom"))
    assert 1 == len(statements_of(archive, "/feeds/regressions.atom"))
    assert 2 == len(statements_of(archive, "/feeds/tests/dmesg/alert.atom"))


LATEST: list[tuple[str, str, str]] = [
    ("", NEW, ""),
    ("?suite=rados", NEW, ""),
    ("?branch=main&suite=rados", OLD, ""),
    ("?status=fail&format=csv", OLD, "?format=csv"),
    ("?-branch=next&machine_type=smithi", OLD, ""),
]


@pytest.mark.parametrize(("query", "name", "form"), LATEST)
def test_latest_leads_to_the_newest_run_that_matches(client: Client, query: str, name: str, form: str) -> None:
    """302, in the form that was asked for."""
    make_job(client, OLD, status="fail")
    make_job(client, NEW, status="pass")

    answer = client.get(f"/runs/latest{query}", status=302)

    assert f"http://paddles.example/runs/{quote(name, safe='')}/{form}" == answer.location


def test_latest_of_none_is_404(client: Client) -> None:
    """What was asked for is named."""
    assert "there is no run yet" == client.refused("GET", "/runs/latest", 404)
    make_run(client)
    assert "no run matches suite=x, -branch=y" == client.refused("GET", "/runs/latest?suite=x&-branch=y", 404)
    assert "no run is called latest2" == client.refused("GET", "/runs/latest2", 404)


def test_a_run_may_be_called_latest(client: Client) -> None:
    """It comes before what the name leads to otherwise."""
    make_run(client, "latest")
    make_job(client, NEW, status="pass")

    assert "latest" == client.get("/runs/latest/").json["name"]
