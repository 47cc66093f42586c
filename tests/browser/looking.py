"""What is looked at of every page: its text, faults that axe finds, complaints of the browser, where it asks."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

AXE = Axe()
# WCAG 2.2 in its levels A and AA.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
WIDE, NARROW, NARROWEST = 1280, 390, 320


class Seen:
    """A page that is open, and what the browser has complained of and asked elsewhere since."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        page.on("console", lambda said: self._said(said.type, said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._asked(request.url))

    def open(self, address: str) -> None:
        """Go to an address of the service."""
        answer = self.page.goto(f"{self.url}{address}")
        assert answer is not None
        assert 200 == answer.status, address

    def without_scripts(self) -> None:
        """Have the page's scripts do nothing; axe needs what is off where scripts are switched off."""
        self.page.route("**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))

    def faults(self) -> list[str]:
        """Return what axe finds: each rule, and where it is broken."""
        found = AXE.run(self.page, options=RULES).response["violations"]
        return [
            f"{each['id']}: {node['html'][:200]} {node['failureSummary']}" for each in found for node in each["nodes"]
        ]

    def sideways(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def _said(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def _asked(self, address: str) -> None:
        if urlsplit(address).scheme in ("http", "https", "ws", "wss") and not address.startswith(f"{self.url}/"):
            self.strangers.append(address)


@contextmanager
def looking(browser: Browser, url: str, **options: Any) -> Iterator[Seen]:
    """Give a page in a window of its own, with nothing remembered; ``theme`` is one that was chosen before."""
    theme = options.pop("theme", "")
    options.setdefault("viewport", {"width": WIDE, "height": 800})
    context = browser.new_context(**options)
    context.set_default_timeout(10_000)
    if theme:
        context.add_cookies([{"name": "theme", "value": theme, "url": url}])
    try:
        yield Seen(context.new_page(), url)
    finally:
        context.close()


def resources(page: Page) -> list[dict[str, Any]]:
    """Return what the page and its parts took to load, as the browser has measured it."""
    entries = page.evaluate(
        "JSON.stringify([...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')])"
    )
    return list(json.loads(entries))


def painted(page: Page) -> float:
    """Return when the first content was seen, in milliseconds."""
    return float(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))


def open_page(context: BrowserContext, address: str) -> Page:
    """Open another tab of the same browser."""
    page = context.new_page()
    page.goto(address)
    return page
