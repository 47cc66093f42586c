"""What a page may cost whoever opens it: bytes, requests, and the time until there is something to read."""

from dataclasses import asdict
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.filled import Names
from tests.browser.looking import Seen, looking, painted, resources
from tests.browser.pages import PAGES, Page

CSS, SCRIPT, CHARTS = 12_000, 15_000, 40_000
REQUESTS, PAINT_MS, SHIFT = 4, 600, 0.02
# The machine may be busy: the best of these is what the page takes.
TRIES = 3
SHIFTED = """
    new Promise((done) => {
        let sum = 0;
        new PerformanceObserver((list) => {
            for (const each of list.getEntries()) if (!each.hadRecentInput) sum += each.value;
        }).observe({ type: "layout-shift", buffered: true });
        setTimeout(() => done(sum), 300);
    })"""
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.address)


def size(loaded: list[dict[str, Any]], ending: str) -> int:
    """Return how many bytes files of a kind have as they are sent."""
    return sum(each["encodedBodySize"] for each in loaded if each["name"].endswith(ending))


def settled(seen: Seen, address: str) -> list[dict[str, Any]]:
    """Open a page, wait until it asks for nothing more, and return what it took."""
    seen.open(address)
    seen.page.wait_for_function("performance.getEntriesByType('resource').some((each) => each.name.includes('/live.'))")
    return resources(seen.page)


@each_page
def test_a_page_is_small(browser: Browser, url: str, names: Names, page: Page) -> None:
    """As it is sent: packed HTML, style and scripts; few requests before there is something to read, later one."""
    address = page.address.format(**asdict(names))
    with looking(browser, url) as seen:
        loaded = settled(seen, address)
        first = painted(seen.page)

        assert page.html >= loaded[0]["encodedBodySize"]
        assert CSS >= size(loaded, ".css")
        assert (CHARTS if page.chart else SCRIPT) >= size(loaded, ".js")
        assert REQUESTS >= len([each for each in loaded if each["startTime"] < first])
        again = settled(seen, address)
        assert [] == [each["name"] for each in again[1:] if each["transferSize"] and "/static/" in each["name"]]


@each_page
def test_a_page_is_quick(browser: Browser, url: str, names: Names, page: Page) -> None:
    """There is something to read soon, and then it stays where it is."""
    times, shifts = [], []
    for _ in range(TRIES):
        with looking(browser, url) as seen:
            seen.open(page.address.format(**asdict(names)))
            shifts.append(seen.page.evaluate(SHIFTED))
            times.append(painted(seen.page))

    assert PAINT_MS >= min(times)
    assert SHIFT > min(shifts)
