"""What a page may cost whoever opens it: bytes, requests, and the time until there is something to read."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.filled import Names
from tests.browser.looking import Seen, looking, painted, resources
from tests.browser.pages import PAGES, Page

CSS, SCRIPT, CHARTS = 12_000, 15_000, 40_000
REQUESTS = 4


def size(loaded: list[dict[str, Any]], ending: str) -> int:
    """Return how many bytes files of a kind have as they are sent."""
    return sum(each["encodedBodySize"] for each in loaded if each["name"].endswith(ending))


def settled(seen: Seen, address: str) -> list[dict[str, Any]]:
    """Open a page with all its scripts, and return what it took."""
    seen.open_whole(address)
    return resources(seen.page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.address)
def test_a_page_is_small(
    browser: Browser, url: str, names: Names, page: Page, record_property: Callable[[str, object], None]
) -> None:
    """As it is sent: packed HTML, style and scripts; few requests before there is something to read, later one.

    When that is depends on what else the machine does, so the slowest are named at the end and none is judged.
    """
    address = page.address.format(**asdict(names))
    with looking(browser, url) as seen:
        loaded = settled(seen, address)
        first = painted(seen.page)
        record_property("painted_ms", first)

        assert page.html >= loaded[0]["encodedBodySize"]
        assert CSS >= size(loaded, ".css")
        assert (CHARTS if page.chart else SCRIPT) >= size(loaded, ".js")
        assert REQUESTS >= len([each for each in loaded if each["startTime"] < first])
        again = settled(seen, address)
        assert [] == [each["name"] for each in again[1:] if each["transferSize"] and "/static/" in each["name"]]
