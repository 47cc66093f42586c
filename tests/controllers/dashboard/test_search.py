"""``/search``: what is found of everything, in groups, and what it costs; ``/opensearch.xml``."""

from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from sqlalchemy import text

from paddles.app import serve
from paddles.dashboards import finding
from paddles.db.engine import Database
from paddles.settings import Settings
from tests.analysis.boots import Boot, tell
from tests.client import Client
from tests.controllers.test_statements import statements_of
from tests.factories import RUN, SHA1, make_job, make_node
from tests.kernels.rows import make_boot, make_lines

HOSTILE = (
    "<script>alert(1)</script>",
    "'; DROP TABLE jobs; --",
    "%",
    "_",
    "\\",
    "../../etc",
    "${x}",
    "\u202e\U0001f4a5",
    "a' & b:*",
)


@pytest.fixture
def archive(client: Client, database: Database) -> Client:
    """A run with a job that failed, another job of that id elsewhere, machines, tests and log lines."""
    said = {"sha1": SHA1, "user": "ann", "branch": "main"}
    make_job(client, RUN, job_id=4711, status="fail", failure_reason="workload hit suicide timeout", **said)
    make_job(client, f"{RUN}2", job_id=4712, status="pass", **said)
    make_job(client, RUN, job_id="4712", status="pass")
    make_node(client, "smithi001", description="a rack")
    make_node(client, "smithi002")
    tell(database, Boot("1", 1, {"0_dmesg/alert": "pass"}))
    return client


def found(client: Client, words: str) -> dict[str, list[str]]:
    """Return what is found, by group."""
    groups = client.get(f"/search?q={quote(words)}").json["groups"]
    return {group["name"]: [hit["text"] for hit in group["hits"]] for group in groups}


FOUND: list[tuple[str, dict[str, list[str]]]] = [
    ("4711", {"jobs": ["4711"]}),
    ("4712", {"jobs": ["4712", "4712"]}),
    (SHA1[:7], {"revisions": [SHA1]}),
    (SHA1[:7].upper(), {"revisions": [SHA1]}),
    (SHA1[:6], {}),
    ("RADOS-Main", {"runs": [f"{RUN}2", RUN]}),
    (RUN, {"runs": [RUN, f"{RUN}2"]}),
    ("teuthology", {"runs": [f"{RUN}2", RUN], "users": ["teuthology"]}),
    ("rados", {"runs": [f"{RUN}2", RUN], "suites": ["rados"]}),
    ("MITHI00", {"machines": ["smithi001", "smithi002"]}),
    ("smithi00", {"machines": ["smithi001", "smithi002"]}),
    ("SUICIDE", {"failures": ["workload hit suicide timeout"]}),
    ("su", {}),
    ("g/al", {"tests": ["dmesg/alert"]}),
    ("nothing of that kind", {}),
    ("  ", {}),
]


@pytest.mark.parametrize(("words", "expected"), FOUND)
def test_everything_is_found_by_what_it_is_called(archive: Client, words: str, expected: dict[str, Any]) -> None:
    """Parts of names in either size, first digits of revisions, whole ids; groups of nothing are left out."""
    assert expected == found(archive, words)


def test_log_lines_are_found_by_their_words(client: Client, database: Database) -> None:
    """Whichever order they come in, and the address is that of the line."""
    job = make_boot(database, 1)
    make_lines(database, job, [("error", "Kernel panic - not syncing"), ("error", "all is well")])

    (group,) = client.get("/search?q=panic+kernel").json["groups"]

    assert ("lines", 1, True, "/logs/?q=panic+kernel") == tuple(
        group[name] for name in ("name", "count", "exact", "href")
    )
    assert ["Kernel panic - not syncing"] == [hit["text"] for hit in group["hits"]]
    assert group["hits"][0]["href"].endswith("/log#L1")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("4711", f"/runs/{quote(RUN, safe='')}/jobs/4711/"),
        ("4712", None),
        (RUN, f"/runs/{quote(RUN, safe='')}/"),
        ("smithi001", "/nodes/smithi001/"),
        ("smithi", None),
        ("", None),
    ],
)
def test_what_is_meant_without_doubt_is_named(archive: Client, words: str, expected: str | None) -> None:
    """The one job of that id, or the run or machine that is called just so."""
    assert expected == archive.get(f"/search?q={quote(words)}").json["jump"]


def test_addresses_lead_to_what_was_found(archive: Client) -> None:
    """Every hit has an address that answers, and so has the list of all of a group."""
    for words, _ in FOUND:
        for group in archive.get(f"/search?q={quote(words)}").json["groups"]:
            for address in [*(hit["href"] for hit in group["hits"]), *filter(None, [group["href"]])]:
                assert 200 == archive.get(address.partition("#")[0]).status_int, address


def test_many_are_counted_up_to_a_hundred(client: Client) -> None:
    """A group shows ten of them, and says that there are more than it counted."""
    for number in range(finding.MOST + 1):
        make_node(client, f"n{number:03}")

    (group,) = client.get("/search?q=n").json["groups"]

    assert (10, 100, False) == (len(group["hits"]), group["count"], group["exact"])
    assert 101 == len(client.get(group["href"]).json)


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_find_what_they_say(client: Client, words: str) -> None:
    """Wildcards, quotes and markup are letters like others."""
    make_node(client, f"a{words}b")
    make_node(client, "innocent")

    groups = found(client, words)

    assert [f"a{words}b"] == groups.pop("machines")
    assert {} == groups


def test_what_cannot_be_looked_for_is_refused(client: Client) -> None:
    """400 for what is too long or cannot be stored."""
    assert "q has at most 200 characters" == client.refused("GET", f"/search?q={'x' * 201}", 400)
    assert "q must not hold a NUL character" == client.refused("GET", "/search?q=%00", 400)


def test_a_search_takes_as_many_statements_however_much_it_finds(archive: Client) -> None:
    """One for each kind of thing that can be called so."""
    assert 11 == len(statements_of(archive, f"/search?q={SHA1[:8]}"))
    assert 10 == len(statements_of(archive, "/search?q=rados"))
    assert 0 == len(statements_of(archive, "/search?q="))


def test_what_takes_too_long_is_said_to(archive: Client, database: Database) -> None:
    """A group that the server could not finish in its time has no count; the others are there."""
    with database.writer.begin() as session:
        session.execute(text("LOCK TABLE projects IN ACCESS EXCLUSIVE MODE"))
        runs, projects = archive.get("/search?q=rados-main").json["groups"]

    assert ("projects", None, False, []) == tuple(projects[name] for name in ("name", "count", "exact", "hits"))
    assert 0 < runs["count"]


def test_projects_are_shown_to_who_may_see_them(database: Database, settings: Settings) -> None:
    """Where projects ask for a token that this face does not ask for, they are passed over here."""
    strict = Client(serve(database, settings.model_copy(update={"jobserv_access": "token"})))

    assert 9 == len(statements_of(strict, "/search?q=rados"))


def test_browsers_are_told_how_to_look_here(client: Client) -> None:
    """An OpenSearch description names the address of a search; it is kept, and not sent again."""
    answer = client.get("/opensearch.xml")
    (url,) = ElementTree.fromstring(answer.body).iter("{http://a9.com/-/spec/opensearch/1.1/}Url")

    assert "application/opensearchdescription+xml" == answer.content_type
    assert "http://paddles.example/search?q={searchTerms}" == url.attrib["template"]
    assert 304 == client.get("/opensearch.xml", headers={"If-None-Match": answer.headers["ETag"]}).status_int
