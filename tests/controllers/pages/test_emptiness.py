"""Lists in which nothing is: what they are narrowed by, the nearest there is, and how the first comes."""

import re
import shlex

import pytest

from paddles.accounts import grants
from paddles.app import serve
from paddles.db import work
from paddles.db.engine import Database
from paddles.settings import Settings
from tests.client import Client
from tests.conftest import NOW
from tests.controllers.pages.parsing import links, page, told
from tests.factories import make_job, make_node

LINE = re.compile(r"curl -X POST .*")


@pytest.mark.parametrize("address", ["/", "/runs/", "/jobs/"])
def test_the_line_that_brings_the_first_run_works(client: Client, address: str) -> None:
    """As it stands, with the host of whoever looks; then it is gone."""
    line = LINE.search(page(client, address).find("pre").get_text())
    assert line
    words = shlex.split(line[0])
    assert ["curl", "-X", "POST", "-d"] == [*words[:3], words[4]]

    client.send("POST", words[3].removeprefix("http://localhost:80"), words[5].encode())

    assert "curl -X POST" not in told(page(client, address))
    assert "/runs/my-first-run/" in links(page(client, "/runs/"))


def test_where_a_token_is_asked_for_the_line_has_one(database: Database, settings: Settings) -> None:
    """Whoever has a token that reads is told where one that reports stands."""
    client = Client(serve(database, settings.model_copy(update={"results_access": "token"})))
    token = work.transact(database, lambda session: grants.make(session, "somebody", "read", NOW))

    shown = client.get("/runs/?format=html", headers={"Authorization": f"Bearer {token}"}).html

    assert "-H 'Authorization: Bearer TOKEN' -d" in shown.find("pre").get_text()


@pytest.mark.parametrize(
    ("address", "to", "also"),
    [
        ("/runs/?suite=none", "/runs/r/", "?"),
        ("/runs/?until=2001-01-01", "/runs/r/", "?"),
        ("/jobs/?status=dead", "/runs/r/jobs/1/", "?"),
        ("/jobs/?status=pass&until=2001-01-01", "/runs/r/jobs/1/", "?status=pass"),
        ("/jobs/?status=dead&until=2001-01-01", "/runs/r/jobs/1/", "?"),
        ("/runs/r/?tab=jobs&status=dead", "/runs/r/jobs/1/", "?tab=jobs"),
        ("/nodes/?machine_type=none", "/nodes/", "?"),
        ("/nodes/m1/?status=dead", "/runs/r/jobs/1/", "?"),
    ],
)
def test_the_nearest_there_is(client: Client, address: str, to: str, also: str) -> None:
    """It is offered with the rows that it is one of; what matches but for its time comes before what does not."""
    make_job(client, "r", status="pass", targets={"u@m1": "k"})
    make_job(client, "other", status="fail")
    make_job(client, "r", job_id=2, status="fail")
    client.delete("/runs/other/")
    client.delete("/runs/r/jobs/2/")

    shown = page(client, address)

    found = [each["href"] for each in shown.find(class_="empty").find_all("a")]
    assert also in found
    assert to in [*found, *links(shown, "header")]


def test_where_there_is_nothing_at_all_there_is_nothing_near(client: Client) -> None:
    """And no line for a first run where that is not what is looked for."""
    make_node(client, "m1")

    for address in ("/nodes/m1/", "/builds", "/boots", "/tests/", "/regressions/", "/flaky/", "/logs/"):
        shown = told(page(client, address))
        assert "No " in shown
        assert "The newest" not in shown
        assert "curl -X POST" not in shown
