"""The page of a log to which more is written while somebody reads it."""

import http.client
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from paddles import settings as configuration
from paddles.db.engine import connect
from tests.browser.living import PATIENCE_S, Lab
from tests.browser.looking import Seen, looking, resources
from tests.projects.held import Held, held
from tests.waiting import until

LINES, MORE = 3000, 400
SCRIPTS = 15_000
# Which line is the last one that can be read in the window of the log.
LAST = """() => {
    const box = document.getElementById('log').getBoundingClientRect();
    const seen = [...document.querySelectorAll('#log .line')].filter((each) => {
        const { top, bottom } = each.getBoundingClientRect();
        return top >= box.top && bottom <= box.bottom + 1;
    });
    return Number(seen.at(-1)?.id.slice(1) ?? 0);
}"""


@pytest.fixture
def job(lab_url: str) -> Iterator[Held]:
    """A job whose machine writes its log."""
    database = connect(configuration.load(database_url=lab_url))
    yield held(database, project="growing")
    database.dispose()


def write(lab: Lab, job: Held, first: int, last: int) -> None:
    """Write lines; the log has one in front of them."""
    said = "".join(f"line {number}\n" for number in range(first, last + 1)).encode()
    connection = http.client.HTTPConnection("127.0.0.1", lab.server.port, timeout=30)
    try:
        connection.request("POST", job.path, said, job.headers)
        assert 200 <= connection.getresponse().status < 300
    finally:
        connection.close()


@pytest.fixture
def seen(browser: Browser, lab: Lab, job: Held) -> Iterator[Seen]:
    """The page, open."""
    write(lab, job, 1, LINES)
    with looking(browser, lab.url) as made:
        made.open(f"/runs/{quote(f'{job.project}/builds/{job.number}', safe='')}/jobs/{job.key}/log?tail=100")
        made.page.wait_for_selector("#log.live")
        yield made
        assert [] == made.complaints


def until_last(page: Page, number: int) -> None:
    """Wait until a line is the last that can be read."""
    until(lambda: number == page.evaluate(LAST), PATIENCE_S)


def test_a_log_is_followed(seen: Seen, lab: Lab, job: Held) -> None:
    """Whoever follows it reads the end as it comes; who does not stays where he is, and little of it is in the page."""
    until_last(seen.page, LINES + 1)
    write(lab, job, 1, MORE)
    until(lambda: str(LINES + MORE + 1) == seen.page.locator("#state").get_attribute("data-lines"), PATIENCE_S)
    assert LINES + 1 == seen.page.evaluate(LAST)

    seen.page.locator("#follow").click()
    until_last(seen.page, LINES + MORE + 1)
    write(lab, job, 1, MORE)
    until_last(seen.page, LINES + 2 * MORE + 1)
    assert 2000 > seen.page.locator("#log .line").count()


def test_its_scripts_are_small(seen: Seen) -> None:
    """All that the page of a log needs, as it is sent."""
    until(lambda: any("/live." in each["name"] for each in resources(seen.page)))

    assert SCRIPTS >= sum(each["encodedBodySize"] for each in resources(seen.page) if each["name"].endswith(".js"))
