"""Machines as pages."""

import datetime

import pytest

from tests.client import Client
from tests.controllers.pages.parsing import links, page, told, words
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


def test_a_machine_on_which_far_more_fails_is_marked(client: Client) -> None:
    """In the list and on its own page, with what passed on it and on its type; the others are not."""
    for number in range(40):
        name, status = ("bad", "fail") if number < 8 else (f"good{number % 4}", "pass")
        make_job(client, "r", job_id=number, status=status, machine_type="smithi", targets={f"u@{name}": "k"})

    row = page(client, "/nodes/?name=bad").find("tr", attrs={"data-row": True})
    assert row.find(class_="s-fail")["title"].startswith("of the last 14 days 0 passed, 8 failed, 0 died")
    assert "fails" not in told(page(client, "/nodes/?-name=bad"))
    assert "Far more fails or dies here" in told(page(client, "/nodes/bad/"))
    assert "100 % of 8, 80.0 % on all smithi" in told(page(client, "/nodes/good1/"))


def test_a_machine_on_which_far_more_dies_is_marked(client: Client) -> None:
    """What a lab breaks is told of its machines."""
    for number in range(40):
        name, status = ("bad", ("pass", "dead")[number % 2]) if number < 16 else (f"good{number % 4}", "pass")
        make_job(client, "r", job_id=number, status=status, machine_type="smithi", targets={f"u@{name}": "k"})

    assert "8 of 16 jobs died" in told(page(client, "/nodes/bad/"))
    assert "dies here" not in told(page(client, "/nodes/good1/"))


def test_when_a_machine_was_locked_and_down(client: Client) -> None:
    """Beside its jobs, who had it."""
    make_node(client, "m1", up=True)
    client.put_json("/nodes/m1/lock/", {"name": "m1", "locked": True, "locked_by": "bea@x"})
    client.put_json("/nodes/m1/", {"name": "m1", "up": False})

    drawn = page(client, "/nodes/m1/").find("svg", class_="chart")

    assert ["locked by bea@x", "down"] == [each.get_text() for each in drawn.find_all("title")]
    assert {"f-locked", "f-down"} == {each["class"][0] for each in drawn.find_all("rect")}


def test_a_machine_tells_of_its_health_checks(client: Client) -> None:
    """The last ten that ended, the last one first and in the list of machines; of others none, nor of old ones."""
    for number in range(12):
        said = {"status": "pass", "duration": 60, "updated": f"{ago(hours=20 - number):%Y-%m-%d %H:%M:%S}"}
        make_job(client, "checks", job_id=number, suite="health-check", targets={"u@m1": "k"}, **said)
    make_job(client, "checks", job_id=90, suite="health-check", status="running", targets={"u@m1": "k"})
    old = f"{ago(days=15):%Y-%m-%d %H:%M:%S}"
    make_job(client, "before", job_id=1, suite="health-check", status="pass", updated=old, targets={"u@m2": "k"})
    failed = {"failure_reason": "no carrier", "status": "fail"}
    make_job(client, "checks", job_id=99, suite="health-check", targets={"u@m1": "k"}, **failed)
    make_job(client, "other", job_id=1, suite="rados", status="dead", targets={"u@m1": "k"})

    checks = page(client, "/nodes/m1/").find(id="checks")
    assert ["99", *map(str, range(11, 2, -1))] == [link.get_text() for link in checks.select("tbody a")]
    assert "no carrier" in words(checks)
    assert "/nodes/m1/?suite=health-check" in [link["href"] for link in checks.select("p a")]
    assert page(client, "/nodes/m2/").find(id="checks") is None
    listed = page(client, "/nodes/?name=m1").find("td", attrs={"data-label": "State"})
    assert "health check fail" in words(listed)
    assert "health check" not in told(page(client, "/nodes/?name=m2"))


def ago(**how_long: int) -> datetime.datetime:
    """Return a moment that is over."""
    return datetime.datetime.now(datetime.UTC) - datetime.timedelta(**how_long)


def test_pages_take_as_many_statements_whatever_there_is(client: Client) -> None:
    """A list takes three: machines, how they fared and stood checks; a machine eight: what is shown of it and drawn."""
    for number in range(3):
        make_node(client, f"m{number}.example.com", up=True)
        for suite in ("s", "health-check"):
            targets = {"ubuntu@m0.example.com": "key"}
            make_job(client, suite, job_id=number, status="pass", suite=suite, targets=targets)

    assert 3 == len(statements_of(client, "/nodes/?format=html"))
    assert 8 == len(statements_of(client, "/nodes/m0.example.com?format=html"))


def test_what_others_have_written_stays_text(client: Client) -> None:
    """Of a machine, of its jobs and of its health checks."""
    make_node(client, "m1.example.com", up=True, description=HOSTILE, locked=True, locked_by=HOSTILE, os_type=HOSTILE)
    said = {"status": "fail", "failure_reason": HOSTILE, "suite": "health-check"}
    make_job(client, "r", job_id=1, targets={"ubuntu@m1.example.com": "key"}, **said)

    for address in ("/nodes/", "/nodes/m1.example.com/"):
        assert HOSTILE not in client.get(f"{address}?format=html").text
    assert HOSTILE in page(client, "/nodes/m1.example.com/").find(id="checks").get_text()
