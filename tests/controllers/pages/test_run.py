"""``/runs/<name>`` as a page: where it stands, and its jobs by what they failed of, by two facets, and in time."""

import datetime
from typing import Any
from urllib.parse import quote

import pytest

from paddles.archive import run_context, run_search
from paddles.archive.run_context import Context
from paddles.controllers.pages import run as run_page
from paddles.db import work
from paddles.db.engine import Database
from tests.client import Client
from tests.conftest import NOW
from tests.controllers.pages.parsing import BROWSER, links, page, told
from tests.controllers.test_statements import counted
from tests.factories import make_job

NAME = "u-2026-01-31_10:00:00-rados-main-k-basic-smithi"
BEFORE, AFTER = NAME.replace("01-31", "01-30"), NAME.replace("01-31", "02-01")
STATEMENTS = {"failures": 6, "jobs": 5, "matrix": 4, "timeline": 4, "raw": 3}
DESCRIPTION = "rados/basic/{{clusters/{{fixed-2 openstack}} objectstore/{} workloads/{}}}"


def ended(client: Client, key: str, status: str, run: str = NAME, **said: Any) -> None:
    """Have a job that ran and ended."""
    make_job(client, run, job_id=key, status="running", **said)
    client.put_json(f"/runs/{quote(run, safe='')}/jobs/{key}/", {"status": status})


@pytest.fixture
def filled(client: Client) -> Client:
    """A run with a failure of each kind between two others of its suite and branch."""
    for other in (BEFORE, AFTER):
        ended(client, "1", "pass", other)
    targets = {"u@smithi001": "k", "u@smithi002": "k"}
    where: dict[str, Any] = {"targets": targets, "os_type": "ubuntu", "os_version": "24.04"}
    for key, store, workload in (("1", "bluestore", "cache"), ("2", "filestore", "cache")):
        said = {"failure_reason": f"boom on smithi00{key}", "description": DESCRIPTION.format(store, workload)}
        ended(client, key, "fail", **said, **where)
    ended(client, "3", "dead", failure_reason="lost", targets={"u@smithi003": "k"})
    ended(client, "4", "pass", description=DESCRIPTION.format("bluestore", "snaps"), **where)
    make_job(client, NAME, job_id="5")
    return client


def test_where_a_run_stands(filled: Client) -> None:
    """Its status, its counts, whose it is, and the runs of its suite and branch before and after it."""
    soup = page(filled, f"/runs/{NAME}")
    text = told(soup, "section")

    assert NAME == soup.h1.get_text().strip()
    assert "queued" in text
    assert "4 of 5 jobs ended" in text
    to = links(soup)
    assert {f"/runs/{BEFORE}/", f"/runs/{AFTER}/", "/runs/?suite=rados&branch=main"} <= set(to)
    assert f"/compare?a={quote(BEFORE, safe='')}&b={quote(NAME, safe='')}" in to
    assert f"run:{quote(NAME, safe='')}" == soup.body["data-topics"]
    for each in to:
        if each.startswith(("?", "/runs/")) and "format=" not in each:
            filled.get(each if each.startswith("/") else f"/runs/{NAME}/{each}", headers=BROWSER)


def test_failures_by_their_reasons(filled: Client) -> None:
    """Jobs that failed alike are one row; those that the lab stopped are told apart, and can be hidden."""
    soup = page(filled, f"/runs/{NAME}")
    tests, lab = soup.find_all("table", class_="groups")

    assert ("Failures of tests by their reasons", 1) == (tests.caption.get_text(), len(tests.tbody.find_all("tr")))
    assert "2 boom on HOST only on smithi001 , smithi002 2 jobs boom on smithi001 fail 1" in told(tests, "tbody")
    assert "1 lost 1 job lost dead 3 smithi003" in told(lab, "tbody")
    hidden = page(filled, f"/runs/{NAME}?tab=failures&-status=dead")
    assert 1 == len(hidden.find_all("table", class_="groups"))
    assert "1 group of trouble of the lab left out" in told(hidden)


def test_a_run_without_failures_begins_with_its_jobs(filled: Client) -> None:
    """And says so where failures are asked for."""
    assert "1 job" in told(page(filled, f"/runs/{BEFORE}"))
    assert "No job of this run has failed." in told(page(filled, f"/runs/{BEFORE}?tab=failures"))


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        ("", ["5", "4", "3", "2", "1"]),
        ("&status=fail&status=dead", ["3", "2", "1"]),
        ("&-status=dead", ["5", "4", "2", "1"]),
        ("&machine=smithi001", ["4", "2", "1"]),
        ("&description=filestore", ["2"]),
        ("&~failure=boom", ["2", "1"]),
        ("&key=1&key=3", ["3", "1"]),
        ("&sort=key&count=2", ["1", "2"]),
    ],
)
def test_jobs_are_narrowed_by_the_address(filled: Client, said: str, keys: list[str]) -> None:
    """By status, machine, and parts of texts; only jobs of this run are there."""
    soup = page(filled, f"/runs/{NAME}?tab=jobs{said}")

    rows = soup.find("table", class_="jobs").tbody.find_all("tr")
    assert keys == [row.find("td", attrs={"data-label": "Job"}).get_text().strip() for row in rows]


def test_a_matrix_of_the_descriptions(filled: Client) -> None:
    """Two facets that differ, and all of each value; a cell leads to its jobs, and a pair that never ran has none."""
    soup = page(filled, f"/runs/{NAME}?tab=matrix&rows=objectstore&cols=workloads")
    table = soup.find("table", class_="matrix")
    cells = {
        row.th.get_text(): [" ".join(cell.get_text(" ").split()) for cell in row.find_all("td")]
        for row in table.tbody.find_all("tr")
    }

    assert ["objectstore", "none", "cache", "snaps", "All"] == [head.get_text() for head in table.thead.find_all("th")]
    assert ["", "0/1 fail", "1/1 pass", "1/2 fail"] == cells["bluestore"]
    assert "1 dead" in cells["none"][0]
    for to in links(table, "tbody"):
        page(filled, to)


def test_a_timeline_of_the_machines(filled: Client) -> None:
    """Each machine has a row, and the numbers are in a table; what never began is counted."""
    soup = page(filled, f"/runs/{NAME}?tab=timeline")

    assert "When jobs ran on 3 machines, in UTC" in told(soup)
    assert "1 job of this run never began" in told(soup)
    assert 4 == len(soup.find("section", id="timeline").table.tbody.find_all("tr"))
    assert 7 == len(soup.find("svg", class_="chart").find_all("rect"))
    assert "No job of this run has begun." in told(page(_waiting(filled), "/runs/w?tab=timeline"))


def _waiting(client: Client) -> Client:
    make_job(client, "w", job_id="1")
    return client


@pytest.mark.parametrize("tab", STATEMENTS)
def test_a_run_takes_few_statements(filled: Client, tab: str) -> None:
    """However many jobs it has."""
    for number in range(10, 40):
        make_job(filled, NAME, job_id=number, status="fail", failure_reason=f"boom {chr(number + 60)}")
    with counted() as statements:
        page(filled, f"/runs/{NAME}?tab={tab}")

    assert STATEMENTS[tab] == len(statements)


@pytest.mark.parametrize("part", ["summary", "failures"])
def test_a_part_by_itself(filled: Client, part: str) -> None:
    """It is what stands in the page, with all that it needs."""
    text = filled.get(f"/runs/{NAME}?tab=failures&fragment={part}", headers=BROWSER).text.strip()

    assert text.startswith(f'<section id="{part}"')
    assert text in filled.get(f"/runs/{NAME}?tab=failures", headers=BROWSER).text


@pytest.mark.parametrize(
    ("address", "to"),
    [
        (f"/runs/{NAME}/jobs/?status=fail", f"/runs/{NAME}/?tab=jobs&status=fail"),
        (f"/runs/{NAME}/failures/", f"/runs/{NAME}/?tab=failures"),
        (f"/runs/{NAME}?form=1&tab=jobs&status=", "?tab=jobs"),
    ],
)
def test_addresses_of_parts(filled: Client, address: str, to: str) -> None:
    """They lead to the page of the run."""
    assert filled.get(address, headers=BROWSER, status=303).headers["Location"].endswith(to)


@pytest.mark.parametrize(
    ("address", "status"), [("/runs/none", 404), (f"/runs/{NAME}?tab=x", 400), (f"/runs/{NAME}?sort=x&tab=jobs", 400)]
)
def test_what_is_not_there(filled: Client, address: str, status: int) -> None:
    """It is said on a page."""
    assert "text/html" == filled.get(address, headers=BROWSER, status=status).content_type


def test_when_a_run_will_have_ended(filled: Client, database: Database) -> None:
    """As long after its start as the middle one of the last runs of its suite took; nobody can say of one that has."""
    row = work.read(database, lambda session: run_search.run(session, NAME))
    around = work.read(database, lambda session: run_context.of(session, row))

    assert (BEFORE, AFTER) == (around.before, around.after)
    assert around.usual_s is not None
    began = Context(None, None, 90.0)
    assert datetime.timedelta(seconds=90) == (run_page.expected(row, began) or NOW) - row.started
    assert run_page.expected(row, Context(None, None, None)) is None
    over = work.read(database, lambda session: run_search.run(session, BEFORE))
    assert run_page.expected(over, began) is None
