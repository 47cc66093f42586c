"""Machines as pages."""

import pytest

from tests.client import Client
from tests.controllers.pages.parsing import links, page, told
from tests.controllers.test_statements import statements_of
from tests.factories import make_job, make_node

HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def filled(client: Client) -> Client:
    """A machine that is locked, and one that is down."""
    make_node(client, "m1", machine_type="smithi", up=True, locked=True, locked_by="bea@x", description="why not")
    make_node(client, "m2", machine_type="mira", up=False)
    return client


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("", "m1 m2"),
        ("up=no", "m2"),
        ("locked=yes&machine_type=smithi", "m1"),
        ("-machine_type=mira", "m1"),
        ("up=0", "m2"),
    ],
)
def test_lists_are_those_of_the_api(filled: Client, asked: str, names: str) -> None:
    """Whatever is asked, the page has the machines of the JSON."""
    shown = page(filled, f"/nodes/?{asked}").find_all("tr", attrs={"data-row": True})

    assert names.split() == [row.find("td", attrs={"data-label": "Name"}).get_text().strip() for row in shown]
    assert names.split() == [machine["name"] for machine in filled.get(f"/nodes/?{asked}").json]


def test_a_list_says_who_has_what(filled: Client) -> None:
    """By whom a machine is locked, and which are down."""
    said = told(page(filled, "/nodes/"))

    assert "bea@x" in said
    assert "down" in said


def test_a_machine_has_its_jobs(client: Client) -> None:
    """With how they ended; one that there is not is 404."""
    make_node(client, "m1.example.com", up=True)
    make_job(client, "r", job_id=1, status="fail", targets={"ubuntu@m1.example.com": "key"})

    shown = page(client, "/nodes/m1.example.com/")

    assert "/runs/r/jobs/1/" in links(shown)
    client.get("/nodes/nobody/?format=html", status=404)


def test_pages_take_as_many_statements_whatever_there_is(client: Client) -> None:
    """A list takes one, a machine five: itself, its jobs by status, those that are shown and drawn, its notes."""
    for number in range(3):
        make_node(client, f"m{number}.example.com", up=True)
        make_job(client, "r", job_id=number, status="pass", targets={"ubuntu@m0.example.com": "key"})

    assert 1 == len(statements_of(client, "/nodes/?format=html"))
    assert 5 == len(statements_of(client, "/nodes/m0.example.com?format=html"))


def test_what_others_have_written_stays_text(client: Client) -> None:
    """Of a machine and of its jobs."""
    make_node(client, "m1.example.com", up=True, description=HOSTILE, locked=True, locked_by=HOSTILE, os_type=HOSTILE)
    make_job(client, "r", job_id=1, status="fail", failure_reason=HOSTILE, targets={"ubuntu@m1.example.com": "key"})

    for address in ("/nodes/", "/nodes/m1.example.com/"):
        assert HOSTILE not in client.get(f"{address}?format=html").text
