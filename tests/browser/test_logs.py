"""The page of a long log in a browser: a window on it, keys, selections, and the same without scripts."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from paddles import settings as configuration
from paddles.db.engine import connect
from tests.browser.looking import Seen, looking, readable, usable
from tests.controllers.results.test_text_logs import put
from tests.faults.servers import Server
from tests.units import rows
from tests.waiting import until

LINES, TROUBLE = 20_000, (9_000, 15_000)
RUN = "a-long-log"
LIVE = "#log.live"
# Whether the first line in the window is near to one, and the page holds few lines besides.
NEAR = """
    (number) => {
        const box = document.getElementById("log");
        const top = box.getBoundingClientRect().top;
        const lines = [...box.querySelectorAll(".line")];
        const first = lines.find((each) => each.getBoundingClientRect().bottom > top);
        return first && Math.abs(Number(first.id.slice(1)) - number) < 300 && lines.length <= 2000;
    }"""


@pytest.fixture(scope="module")
def address(server: Server, pages_url: str, place: Path) -> str:
    """The address of a log with two lines of trouble."""
    status, _, _ = server.send("POST", f"/runs/{RUN}/jobs/", {"job_id": "1", "status": "fail"})
    assert 200 == status
    settings = configuration.load(database_url=pages_url, files_dir=place / "files")
    database = connect(settings)
    said = "".join(f"{'BUG: ' if at in TROUBLE else ''}\x1b[32mline\x1b[0m {at}\n" for at in range(1, LINES + 1))
    job_id = rows(database, "SELECT jobs.id FROM jobs JOIN runs ON runs.id = run_id WHERE runs.name = :run", run=RUN)
    put(database, settings, job_id[0].id, "console.log", said.encode())
    database.dispose()
    return f"/runs/{RUN}/jobs/1/log"


@pytest.fixture
def seen(browser: Browser, url: str, address: str) -> Iterator[Seen]:
    """The page, open, with its scripts at work."""
    with looking(browser, url) as looked:
        looked.open(address)
        looked.page.wait_for_selector(LIVE)
        yield looked


def until_shown(page: Page, number: int) -> None:
    """Wait until a line is in the window of the log."""
    expect(page.locator(f"#L{number}")).to_be_in_viewport()


def test_only_what_is_seen_is_there(seen: Seen) -> None:
    """It opens at the first line of trouble, and wherever one scrolls the lines of that place come, and others go."""
    until_shown(seen.page, TROUBLE[0])

    for share, number in ((1, LINES), (0.5, LINES // 2), (0, 1)):
        scroll = "share => { const box = document.getElementById('log'); box.scrollTop = share * box.scrollHeight; }"
        seen.page.evaluate(scroll, share)
        until(lambda number=number: seen.page.evaluate(NEAR, number))


def test_keys_go_from_trouble_to_trouble(seen: Seen) -> None:
    """There and back; behind a `g` they are those of places; `/` leads to the search of this log."""
    seen.page.keyboard.press("n")
    until_shown(seen.page, TROUBLE[1])
    assert seen.page.url.endswith(f"#L{TROUBLE[1]}")
    seen.page.keyboard.press("p")
    until_shown(seen.page, TROUBLE[0])
    seen.page.keyboard.press("/")
    assert "log-search" == seen.page.evaluate("document.activeElement.id")
    seen.page.locator("#log").focus()
    seen.page.keyboard.press("g")
    seen.leave("n", "/nodes/")


def test_lines_are_selected_and_shared(seen: Seen, url: str, address: str) -> None:
    """By a click, and up to another by one with the shift key; whoever is given the address sees the same."""
    first, last = TROUBLE[0] - 3, TROUBLE[0] + 2
    seen.page.locator(f"#L{first} > a").click()
    seen.page.locator(f"#L{last} > a").click(modifiers=["Shift"])
    assert seen.page.url.endswith(f"{address}#L{first}-L{last}")

    seen.page.goto("about:blank")
    seen.page.goto(f"{url}{address}#L17-L19")
    until_shown(seen.page, 17)
    assert 3 == seen.page.locator(".line.selected").count()


@pytest.mark.parametrize("query", ["", "?search=line+1.*9%24", "?lines=5-9", "?errors=1", "?search=nowhere"])
@pytest.mark.parametrize(("theme", "check"), [("light", usable), ("dark", readable)])
def test_everybody_can_use_it(
    browser: Browser, url: str, address: str, query: str, theme: str, check: Callable[[Seen], None]
) -> None:
    """Axe finds nothing, the browser complains of nothing, and only the log itself scrolls sideways."""
    with looking(browser, url, theme=theme) as looked:
        looked.open(f"{address}{query}")
        looked.page.wait_for_load_state("networkidle")
        check(looked)


def test_it_is_read_without_scripts(browser: Browser, url: str, address: str) -> None:
    """From link to link."""
    with looking(browser, url, java_script_enabled=False) as looked:
        looked.open(address)
        assert looked.page.locator(f"#L{TROUBLE[0]}").is_visible()
        looked.page.locator(".skipped a").first.click()
        assert looked.page.locator("#L500").count()
        looked.page.fill("#log-search", "line 123$")
        looked.page.get_by_role("button", name="Search").click()
        assert 1 == looked.page.locator(".line").count()
