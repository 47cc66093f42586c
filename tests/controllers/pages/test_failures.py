"""``/failures/`` and ``/jobs/`` as pages: what jobs of all runs failed of, and which jobs these are."""

from typing import Any

import pytest

from tests.client import Client
from tests.controllers.pages.parsing import BROWSER, links, page, told
from tests.controllers.test_statements import counted
from tests.factories import make_job

STATEMENTS = {"/failures/": 3, "/failures/{}": 6, "/jobs/": 1, "/jobs/?count=5": 2}


def fail(client: Client, run: str, key: str, reason: str, **said: Any) -> None:
    """Have a job that failed on a machine."""
    make_job(client, run, job_id=key, status="fail", failure_reason=reason, **said)


@pytest.fixture
def filled(client: Client) -> Client:
    """Three jobs that failed alike, on one machine, and another one."""
    for run, key in (("r1", "1"), ("r1", "2"), ("r2", "1")):
        where = {"targets": {"u@smithi001": "k"}, "branch": "main", "suite": "rados", "machine_type": "smithi"}
        fail(client, run, key, f"boom in pid {key}", **where)
    fail(client, "r3", "1", "once", branch="wip")
    return client


def one(client: Client) -> str:
    """Return the address of the kind of failure that came most often."""
    return str(client.get("/failures/").json[0]["href"].removeprefix("http://paddles.example"))


@pytest.mark.parametrize("said", ["", "branch=main", "suite=rados&branch=wip", "count=1", "count=1&page=2", "since=7d"])
def test_all_forms_show_the_same_failures(filled: Client, said: str) -> None:
    """The page has what the JSON has, in its order, and each row leads to one kind."""
    wanted = [each["text"] for each in filled.get(f"/failures/?{said}").json]
    shown = page(filled, f"/failures/?{said}").find_all("a", class_="reason")

    assert wanted == [each.get_text() for each in shown]
    for each in shown:
        page(filled, each["href"])


def test_a_kind_of_failure(filled: Client) -> None:
    """How often it came, where, since when, and the jobs with what each of them said."""
    soup = page(filled, one(filled))
    text = told(soup)

    assert "only on smithi001" in text
    for said in ("Jobs 3", "Runs 2", "Branches main", "Suites rados", "boom in pid 2"):
        assert said in text
    assert ["/runs/r2/jobs/1/", "/runs/r1/jobs/2/", "/runs/r1/jobs/1/"] == [
        row["data-href"] for row in soup.find_all("tr", attrs={"data-row": True})
    ]
    assert 3 == len(
        page(filled, next(to for to in links(soup) if "failure_id" in to)).find_all(attrs={"data-row": True})
    )
    assert "1 job" not in told(page(filled, "/failures/?count=1&page=2"))


def test_failures_are_narrowed_by_the_address(filled: Client) -> None:
    """Each filter can be dropped; where nothing is left, farther back is offered."""
    soup = page(filled, "/failures/?branch=none&suite=rados&x=1")

    assert "Branch: none × Suite: rados × ignored: x" in told(soup)
    assert "No failures match." in told(soup)
    assert "?branch=none&suite=rados&x=1&since=30d" in links(soup)
    assert filled.get("/failures/?form=1&branch=&suite=a", headers=BROWSER, status=303).location.endswith("?suite=a")


@pytest.mark.parametrize("address", ["/failures/nothing", "/failures/0000000000000000", "/failures/zz"])
def test_a_failure_that_is_not_there(client: Client, address: str) -> None:
    """It is 404."""
    client.get(address, headers=BROWSER, status=404)


@pytest.mark.parametrize(
    "said",
    ["", "status=fail", "-branch=main", "machine=smithi001", "sort=key&count=2", "run=r1", "~failure=boom&sha1="],
)
def test_jobs_of_all_runs(filled: Client, said: str) -> None:
    """The page has the rows of the JSON, in their order."""
    jobs = filled.get(f"/jobs/?count=100&{said}&fields=href").json
    wanted = [job["href"].removeprefix("http://paddles.example") for job in jobs]
    shown = [row["data-href"] for row in page(filled, f"/jobs/?{said}").find_all("tr", attrs={"data-row": True})]

    assert wanted == shown


@pytest.mark.parametrize("address", STATEMENTS)
def test_lists_take_few_statements(filled: Client, address: str) -> None:
    """However much there is."""
    for number in range(30):
        fail(filled, "many", str(number), f"reason {chr(97 + number)}", targets={"u@smithi002": "k"})
    path = address.format(one(filled).split("/")[-2])
    with counted() as statements:
        page(filled, path)

    assert STATEMENTS[address] == len(statements)
