"""Badges of runs, of suites on branches, and of tests."""

import datetime
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from paddles.db.engine import Database
from tests.analysis.boots import Boot, tell
from tests.client import Client
from tests.conftest import NOW
from tests.controllers.test_statements import statements_of
from tests.factories import make_job, make_run

OLD = "ann-2026-01-01_10:00:00-rados-wip/x-distro-default-smithi"
NEW = "bob-2026-01-02_10:00:00-rados-wip/x-distro-default-smithi"


@pytest.fixture
def archive(client: Client, database: Database) -> Client:
    """A run that failed, a newer one that still runs, a test that fails in one of two places, and one that passes."""
    make_job(client, OLD, status="fail")
    make_job(client, NEW, status="running")
    return client


def said(client: Client, path: str) -> str:
    """Return what a badge says, as somebody hears it who cannot see it."""
    answer = client.get(path)
    assert "image/svg+xml" == answer.content_type
    return str(ElementTree.fromstring(answer.body).attrib["aria-label"])


def test_runs_have_badges(archive: Client) -> None:
    """Of one run as it is; of a suite and branch how the newest run ended that has ended."""
    assert "rados wip/x: running" == said(archive, f"/badges/runs/{quote(NEW, safe='')}.svg")
    assert "rados wip/x: finished fail" == said(archive, f"/badges/runs/{quote(OLD)}.svg")
    assert "rados wip/x: finished fail" == said(archive, "/badges/suites/rados/wip/x.svg")
    make_job(archive, NEW, job_id=2, status="pass")
    archive.put_json(f"/runs/{quote(NEW, safe='')}/jobs/1/", {"status": "pass"})
    assert "rados wip/x: finished pass" == said(archive, "/badges/suites/rados/wip%2Fx.svg")


def test_tests_have_badges(client: Client, database: Database) -> None:
    """In how many of the places where it ran lately the last result is a failure."""
    lately = (datetime.datetime.now(datetime.UTC) - NOW).total_seconds() - 60
    tell(database, Boot("0", 1, {"dmesg/old": "fail"}))
    tell(database, Boot("1", lately, {"dmesg/alert": "pass", "dmesg/crit": "pass"}))
    tell(database, Boot("2", lately, {"dmesg/alert": "fail"}, place={"board": "pine"}))

    words = [said(client, f"/badges/tests/dmesg/{name}.svg") for name in ("alert", "crit", "old")]

    assert ["dmesg/alert: fail in 1 of 2", "dmesg/crit: pass", "dmesg/old: not run lately"] == words


def test_badges_are_kept_for_a_moment(archive: Client) -> None:
    """They have a version, and are not sent again to who has it."""
    answer = archive.get("/badges/suites/rados/wip/x.svg")

    assert "public, max-age=30" == answer.headers["Cache-Control"]
    known = {"If-None-Match": answer.headers["ETag"]}
    assert 304 == archive.get("/badges/suites/rados/wip/x.svg", headers=known).status_int


def test_hostile_names_are_text(client: Client) -> None:
    """Nothing in a name becomes markup."""
    name = "<script>alert(1)</script>-2026-01-01_10:00:00-<b>-\"&'-distro-default-x"
    make_run(client, name)

    answer = client.get(f"/badges/runs/{quote(name, safe='')}.svg")

    assert b"<script" not in answer.body
    assert ElementTree.fromstring(answer.body).attrib["aria-label"].endswith(": empty")


@pytest.mark.parametrize(
    "path",
    ["runs/nope.svg", "runs", "runs/x", "suites/rados.svg", "suites/rados/main.svg", "suites", "tests/x.svg", "", "x"],
)
def test_what_is_not_there_has_none(archive: Client, path: str) -> None:
    """404: a page that shows a badge shows nothing wrong."""
    archive.refused("GET", f"/badges/{path}", 404)


def test_jobservs_badges_stay_where_they_are(archive: Client) -> None:
    """Their addresses begin otherwise."""
    assert "rados: running" == said(archive, f"/badge/run/{quote(NEW, safe='')}.svg")


def test_badges_take_one_statement(archive: Client) -> None:
    """However many runs there are."""
    assert 1 == len(statements_of(archive, f"/badges/runs/{quote(OLD, safe='')}.svg"))
    assert 1 == len(statements_of(archive, "/badges/suites/rados/wip/x.svg"))
