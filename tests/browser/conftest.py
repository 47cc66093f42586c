"""A filled service, and a browser to look at it with: both once for each test process."""

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import filled
from tests.browser.filled import Names
from tests.browser.living import Lab
from tests.browser.looking import looking
from tests.browser.pages import Page
from tests.conftest import migrated
from tests.faults.servers import Server, served

# What somebody should wait at the most for something to read, on a machine that does nothing else.
PAINT_MS, SHOWN = 600, 3
CHROMIUM = Path("/usr/bin/chromium")
# It speaks to nobody but the service; as root it cannot make a sandbox of its own.
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions"),
)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:  # type: ignore[override]
    """A directory for the files of the server."""
    return tmp_path_factory.mktemp("browser")


@pytest.fixture(scope="session")
def pages_url(server_url: str) -> Iterator[str]:
    """The URL of a migrated database for the pages alone."""
    yield from migrated(server_url)


@pytest.fixture(scope="session")
def server(place: Path, pages_url: str) -> Iterator[Server]:
    """The service with something on every page."""
    files = place / "files"
    with served(place, pages_url, PADDLES_FILES_DIR=str(files), PADDLES_WORKER_COUNT="1") as running:
        filled.fill(running, pages_url, files)
        yield running


@pytest.fixture(scope="session")
def url(server: Server) -> str:
    """Where the service is."""
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture(scope="session")
def names(server: Server) -> Names:
    """Names of what is there."""
    return filled.names(filled.reading(server))


@pytest.fixture(scope="session")
def lab_url(server_url: str) -> Iterator[str]:
    """The URL of another database, empty, for what happens while somebody looks."""
    yield from migrated(server_url)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, lab_url: str) -> Iterator[Lab]:
    """A service of its own in which tests may let things happen."""
    home = tmp_path_factory.mktemp("lab")
    with served(home, lab_url, PADDLES_FILES_DIR=str(home / "files"), PADDLES_WORKER_COUNT="1") as running:
        yield Lab(running)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield made
        made.close()


@pytest.fixture(scope="session")
def login(browser: Browser, url: str) -> Callable[[Page], Sequence[Any]]:
    """Cookies for a page: of who has logged in where it is shown to users, else none."""
    with looking(browser, url) as seen:
        seen.open("/login")
        seen.page.fill("[name=username]", filled.NAME)
        seen.page.fill("[name=password]", filled.PASSWORD)
        seen.page.get_by_role("button", name="Log in").click()
        seen.page.wait_for_url(f"{url}/")
        cookies = seen.page.context.cookies()
    return lambda page: cookies if page.login else ()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the pages that took longest until there was something to read."""
    told = [(each.nodeid, *said) for each in terminalreporter.getreports("passed") for said in each.user_properties]
    found = {test: value for test, name, value in told if name == "painted_ms"}
    for test, milliseconds in sorted(found.items(), key=itemgetter(1), reverse=True)[:SHOWN]:
        terminalreporter.write_line(f"first paint after {milliseconds:.0f} ms, of {PAINT_MS}: {test}")
