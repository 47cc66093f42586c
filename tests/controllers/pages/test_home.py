"""The first page: what needs attention."""

import datetime
from urllib.parse import unquote

from tests.client import Client
from tests.controllers.pages.parsing import links, page, told
from tests.controllers.test_statements import statements_of
from tests.factories import make_job, make_node

# Regressions, runs of two kinds, how long these take, queues, machines and branches; of a long list how many there are.
STATEMENTS = 8
HOSTILE = "<script>alert(1)</script>"


def today(name: str) -> str:
    """Return a run's name that says that it is of today."""
    return f"u-{datetime.datetime.now(datetime.UTC):%Y-%m-%d_%H:%M:%S}-{name}-main-k-basic-smithi"


def test_an_empty_service_says_how_to_begin(client: Client) -> None:
    """With a line that works as it stands, for this host."""
    shown = page(client, "/")

    assert "curl -X POST http://localhost:80/runs/my-first-run/jobs/" in told(shown)


def test_it_shows_what_needs_attention(client: Client) -> None:
    """Runs that failed, those that run with how far they are, and machines that are down, each with its address."""
    failed, running, passed = today("rados"), today("fs"), today("rbd")
    make_job(client, failed, job_id=1, status="fail")
    make_job(client, running, job_id=1, status="running")
    make_job(client, running, job_id=2, status="pass")
    make_job(client, passed, job_id=1, status="pass")
    make_node(client, "m1", up=False, description="no power")
    make_node(client, "m2", up=True)

    shown = page(client, "/")

    found = {unquote(link) for link in links(shown)}
    assert {f"/runs/{failed}/", f"/runs/{running}/", "/nodes/m1/"} < found
    assert not {f"/runs/{passed}/", "/nodes/m2/"} & found
    assert "50.0 % done" in told(shown)
    assert "no power" in told(shown)


def test_it_takes_as_many_statements_whatever_there_is(client: Client) -> None:
    """However many runs, machines and queues."""
    few = len(statements_of(client, "/?format=html"))
    for number in range(4):
        make_job(client, today(f"suite{number}"), job_id=1, status="fail")
        make_job(client, today(f"other{number}"), job_id=1, status="running")
        make_node(client, f"m{number}", up=False)

    assert STATEMENTS == len(statements_of(client, "/?format=html"))
    assert few <= STATEMENTS + 1


def test_what_others_have_written_stays_text(client: Client) -> None:
    """Names and descriptions are shown as they are."""
    make_job(client, "hostile", job_id=1, status="fail", branch=HOSTILE, suite=HOSTILE)
    make_node(client, "m1", up=False, description=HOSTILE)

    assert HOSTILE not in client.get("/?format=html").text


def test_programs_are_answered_as_ever(client: Client) -> None:
    """The address says what is here."""
    assert "paddles" == client.get("/").json["name"]
