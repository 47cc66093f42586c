"""A service in which things happen while somebody looks: what changes it, and what the page shows of that."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page, Request, Route

from tests.browser.looking import Seen, looking
from tests.faults.servers import Server
from tests.waiting import until

# Events are told once nothing older is open on the database's server, where other tests may be at work.
PATIENCE_S = 60
STREAM, PARTS = "**/events/stream*", "**/*fragment=*"
# When parts were asked for, in milliseconds since the page was made.
ASKED = """() => performance.getEntriesByType('resource').filter((each) => each.name.includes('fragment='))
    .map((each) => each.startTime)"""
# Has a page count how often a part of it was found to be as it should, or became so.
COUNT = "window.freshened = 0; document.addEventListener('fresh', () => { window.freshened += 1; });"
FRESHENED = "() => window.freshened"
HIDE = """(hidden) => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
}"""


@dataclass(frozen=True)
class Lab:
    """A service, and where it is."""

    server: Server

    @property
    def url(self) -> str:
        """The address that addresses of pages are below of."""
        return f"http://127.0.0.1:{self.server.port}"

    def say(self, run: str, job: int, **said: Any) -> None:
        """Report on a job, which is made with its run when there is none; statuses are what else is said."""
        there, _, _ = self.server.send("PUT", f"/runs/{run}/jobs/{job}/", said)
        if there == 404:
            there, _, body = self.server.send("POST", f"/runs/{run}/jobs/", {"job_id": str(job), **said})
            assert 200 == there, body
        assert 200 == there

    def fill(self, run: str, many: int, status: str = "queued", **said: Any) -> None:
        """Make a run of so many jobs."""
        for job in range(1, many + 1):
            self.say(
                run,
                job,
                **{"status": status, "description": f"suite/{job}", "suite": "suite", "branch": "main", **said},
            )


@contextmanager
def watching(browser: Browser, lab: Lab, address: str, **options: Any) -> Iterator[Seen]:
    """Give a page of the lab that is open and connected, and has heard of what happened right before it was opened."""
    with looking(browser, lab.url, **options) as seen:
        seen.page.add_init_script(COUNT)
        seen.open(address)
        until_badge(seen.page, "live")
        until(lambda: seen.page.evaluate(FRESHENED), PATIENCE_S)
        yield seen


def until_badge(page: Page, words: str) -> None:
    """Wait until the page says how up to date it is in such words."""
    until(lambda: words in page.locator("#live").inner_text(), PATIENCE_S)


def until_shown(page: Page, selector: str, words: str) -> None:
    """Wait until a part of the page says something."""
    until(lambda: words in page.locator(selector).first.inner_text(), PATIENCE_S)


def asked(page: Page) -> list[float]:
    """Return when parts of the page were asked for."""
    return [float(each) for each in page.evaluate(ASKED)]


def said(page: Page) -> str:
    """Return what was told last to who listens instead of looking."""
    return page.locator("#said").inner_text()


def refuse(route: Route) -> None:
    """Answer that something is wrong."""
    route.fulfill(status=500, body="no")


def noted(page: Page, words: str) -> list[str]:
    """Return a list in which addresses that have these words will be noted as the page asks for them."""
    found: list[str] = []

    def note(request: Request) -> None:
        if words in request.url:
            found.append(request.url)

    page.context.on("request", note)
    return found


def forgive(seen: Seen) -> None:
    """Close a page which was not to be given all that it asked for: of that alone the browser may have complained."""
    seen.page.close()
    seen.complaints[:] = [each for each in seen.complaints if "Failed to load resource" not in each]
