"""Figures over time as a page."""

import pytest

from tests.client import Client
from tests.controllers.pages.parsing import links, page, told
from tests.controllers.test_statements import statements_of
from tests.factories import make_job, make_node

STATEMENTS = 7
HOSTILE = "<script>alert(1)</script>"


def test_figures_have_their_numbers_beside_them(client: Client) -> None:
    """A table, and the addresses of exactly these points."""
    make_job(client, "r", job_id=1, status="pass", description="rados/basic")
    make_job(client, "r", job_id=2, status="fail", description="rados/basic")

    shown = page(client, "/stats/?since=24h")

    assert "rados/basic" in told(shown)
    assert "/stats/throughput?since=24h&format=csv" in links(shown)
    assert shown.find("svg", attrs={"class": "chart"})


@pytest.mark.parametrize("since", ["24h", "7d", "14d", "30d", "90d"])
def test_nothing_is_no_failure(client: Client, since: str) -> None:
    """In an empty archive there are empty charts; every address answers."""
    shown = page(client, f"/stats/?since={since}")

    assert "Nothing finished in this time." in told(shown)
    for link in links(shown):
        if "format=" in link:
            client.get(link, status=200)


def test_other_times_are_refused(client: Client) -> None:
    """The message says which there are."""
    client.get("/stats/?since=1y&format=html", status=400)


def test_it_takes_as_many_statements_whatever_there_is(client: Client) -> None:
    """However many jobs, suites and machines."""
    empty = len(statements_of(client, "/stats/?format=html"))
    for number in range(4):
        make_job(client, f"r{number}", job_id=1, status="fail", suite=f"s{number}", description=f"d{number}")
        make_node(client, f"m{number}", machine_type=f"t{number}")

    assert STATEMENTS == empty == len(statements_of(client, "/stats/?format=html"))


def test_what_others_have_written_stays_text(client: Client) -> None:
    """Descriptions and types of machines."""
    make_job(client, "r", job_id=1, status="fail", description=HOSTILE)
    make_node(client, "m", machine_type=HOSTILE)

    assert HOSTILE not in client.get("/stats/?format=html").text
