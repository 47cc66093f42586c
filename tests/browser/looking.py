"""What is looked at of every page: its text, faults that axe finds, complaints of the browser, where it asks."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route

from tests.waiting import until

AXE = Axe()
# WCAG 2.2 in its levels A and AA; what of it depends on the theme, and what on the width.
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
COLOURS = ("color-contrast", "link-in-text-block")
SIZES = ("target-size", "scrollable-region-focusable")
# Rows of a table are alike: axe takes seconds for hundreds of them.
ALIKE = {"exclude": [["tbody tr:nth-child(n+13)"]]}
HAS_AXE = "() => 'axe' in window"
RUN_AXE = "([context, options]) => axe.run(context, options)"
WIDE, NARROW, NARROWEST = 1280, 390, 320
# The script that fetches others, and these; each is there when all that it needs is.
SCRIPT, FETCHED = "**/main.*.js", ["keys", "live", "kept"]
LOADED = """(names) => {
    const all = performance.getEntriesByType("resource").map((each) => each.name);
    const found = names.map((name) => all.find((each) => each.includes(`/static/${name}.`)));
    return found.every(Boolean) && Promise.all(found.map((each) => import(each))).then(() => true);
}"""
SHIFTED = """
    new Promise((done) => {
        let sum = 0;
        new PerformanceObserver((list) => {
            for (const each of list.getEntries()) if (!each.hadRecentInput) sum += each.value;
        }).observe({ type: "layout-shift", buffered: true });
        setTimeout(() => done(sum), 100);
    })"""


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

    def open_whole(self, address: str) -> None:
        """Go to an address of the service, and wait until the page has all its scripts."""
        self.open(address)
        until(lambda: self.page.evaluate(LOADED, FETCHED))

    def open_without_scripts(self, address: str) -> None:
        """Open a page whose scripts are there and do nothing: axe needs what is off where they are switched off."""
        self.page.route(SCRIPT, _nothing)
        self.open(address)
        self.page.unroute(SCRIPT, _nothing)

    def start_scripts(self) -> None:
        """Have the scripts of a page that was opened without begin, and what they change be painted."""
        address = self.page.get_attribute('script[type="module"]', "src")
        # By another name: a module is not fetched twice.
        self.page.add_script_tag(url=f"{address}?late", type="module")
        until(lambda: self.page.evaluate(LOADED, FETCHED))
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))")

    def darken(self) -> None:
        """Choose the dark theme on a page that is light."""
        self.page.locator("#theme").click()

    def leave(self, key: str, path: str) -> None:
        """Press a key that leads somewhere else, and wait until the page is there.

        It stays down: there may be nobody left to be told that it has come up.
        """
        self.page.keyboard.down(key)
        arrived(self.page, path)

    def narrow(self, width: int) -> None:
        """Make the window so many pixels wide."""
        self.page.set_viewport_size({"width": width, "height": 800})

    def faults(self, rules: Sequence[str] = RULES) -> list[str]:
        """Return what axe finds: each rule, and where it is broken."""
        if not self.page.evaluate(HAS_AXE):
            self.page.evaluate(AXE.axe_script)
        only = {"type": "tag" if rules == RULES else "rule", "values": list(rules)}
        # No rule of these looks into style sheets, which axe would fetch by itself.
        options = {"runOnly": only, "resultTypes": ["violations"], "preload": False}
        found = self.page.evaluate(RUN_AXE, [ALIKE, options])["violations"]
        return [
            f"{each['id']}: {node['html'][:200]} {node['failureSummary']}" for each in found for node in each["nodes"]
        ]

    def sideways(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def shifted(self) -> float:
        """Return by how much of the window what is read has moved so far."""
        return float(self.page.evaluate(SHIFTED))

    def _said(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def _asked(self, address: str) -> None:
        if urlsplit(address).scheme in ("http", "https", "ws", "wss") and not address.startswith(f"{self.url}/"):
            self.strangers.append(address)


def arrived(page: Page, path: str) -> None:
    """Wait until a page is somewhere else, as a whole: a window that is closed on the way sometimes never is."""
    page.wait_for_url(lambda address: path.rstrip("/") == urlsplit(address).path.rstrip("/"))


def usable(seen: Seen) -> None:
    """Check that axe finds nothing, wide and narrow, and that nobody scrolls sideways but in tables and logs."""
    assert 1 == seen.page.locator("h1").count()
    assert [] == seen.faults()
    assert 0 >= seen.sideways()
    seen.narrow(NARROW)
    assert [] == seen.faults((*COLOURS, *SIZES))
    assert 0 >= seen.sideways()
    seen.narrow(NARROWEST)
    assert 0 >= seen.sideways()


def readable(seen: Seen) -> None:
    """Check that axe finds no colours that are hard to tell apart, narrow and wide."""
    for width in (NARROW, WIDE):
        seen.narrow(width)
        assert [] == seen.faults(COLOURS)


def _nothing(route: Route) -> None:
    route.fulfill(body="", content_type="text/javascript")


@contextmanager
def looking(browser: Browser, url: str, **options: Any) -> Iterator[Seen]:
    """Give a page in a window of its own, with nothing remembered but ``cookies``, and a ``theme`` that was chosen.

    At the end the browser has complained of nothing, and nothing was asked elsewhere.
    """
    theme, cookies = options.pop("theme", ""), options.pop("cookies", ())
    options.setdefault("viewport", {"width": WIDE, "height": 800})
    context = browser.new_context(**options)
    context.set_default_timeout(10_000)
    context.add_cookies(list(cookies))
    if theme:
        context.add_cookies([{"name": "theme", "value": theme, "url": url}])
    try:
        seen = Seen(context.new_page(), url)
        yield seen
    finally:
        context.close()
    assert ([], []) == (seen.complaints, seen.strangers)


def resources(page: Page) -> list[dict[str, Any]]:
    """Return what the page and its parts took to load, as the browser has measured it."""
    entries = page.evaluate(
        "JSON.stringify([...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')])"
    )
    return list(json.loads(entries))


def painted(page: Page) -> float:
    """Return when the first content was seen, in milliseconds."""
    return float(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
