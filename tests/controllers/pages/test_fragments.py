"""Parts of pages: each can be fetched by itself, by whoever asks for it by name."""

import re

import pytest

from tests.client import Client
from tests.factories import make_job

RUN = "r,%_"
ADDRESSES = (
    "/ /runs/ /jobs/ /failures/ /queue/ /nodes/ /stats/ /flaky/ /regressions/ /matrix/ /tests/ /builds/ /boots/ /logs/ "
    "/compare /search?q=x /about /help/keys /projects/ /workers/ /latest/nodes /latest/events /dashboards/ /login "
    "/runs/r,%25_ /runs/r,%25_?tab=jobs /runs/r,%25_?tab=matrix /runs/r,%25_?tab=timeline /runs/r,%25_?tab=raw "
    "/runs/r,%25_/jobs/1 /nodes/m1"
).split()


@pytest.mark.parametrize("address", ADDRESSES)
def test_parts_that_follow_what_happens_are_fetched(client: Client, address: str) -> None:
    """Each section that a page says to be one of its parts, and what stands between its frame's head and foot."""
    make_job(client, RUN, job_id=1, status="fail", targets={"m1": "key"}, description="a b")
    browser = {"HTTP_ACCEPT": "text/html"}
    page = client.send("GET", address, **browser)
    parts = re.findall(r'<section id="(\w+)" [^>]*data-fragment', page.text)

    for part in ("content", *parts):
        mark = "&" if "?" in address else "?"
        found = client.send("GET", f"{address}{mark}fragment={part}", status="*", **browser)
        # Pages that are a list have no other part than it.
        assert found.status_int in ((200, 404) if part == "content" else (200,))
