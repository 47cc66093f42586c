"""What a page asks for anew when something has changed is what it shows."""

import http.client
import re
from dataclasses import asdict
from urllib.parse import quote

import pytest

from tests.browser.filled import Names
from tests.browser.pages import PAGES, Page
from tests.faults.servers import Server

PART = re.compile(r'<\w+ id="([\w-]+)"[^>]* data-fragment')
MARKED = re.compile(r"data-fragment")


def html(server: Server, address: str) -> tuple[int, str]:
    """Return what a browser is answered."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request("GET", address, headers={"Accept": "text/html"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.address)
def test_the_parts_of_a_page_are_in_what_it_asks_for(server: Server, names: Names, page: Page) -> None:
    """Each by itself and all together, with the names by which the page finds them again."""
    address = page.address.format(**asdict(names))
    _, whole = html(server, address)
    parts = PART.findall(whole)
    assert len(MARKED.findall(whole)) == len(parts)
    for wanted in parts and [*parts, ",".join(parts)]:
        status, answer = html(server, f"{address}{'&' if '?' in address else '?'}fragment={quote(wanted)}")

        assert 200 == status
        assert set(wanted.split(",")) <= set(PART.findall(answer) or [""])
