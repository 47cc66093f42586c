"""How a page hears of what has changed: one connection for all tabs, one that is found dead, and none at all."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.living import HIDE, PARTS, STREAM, Lab, noted, refuse, until_badge, until_shown
from tests.browser.looking import looking
from tests.faults.servers import Server, served
from tests.waiting import until

SUBJECT = "#summary [data-subject]"
POLL, GRACE, STALE, DEAD = "00:30", 5_000, 61_000, 46_000
TABS = 4


@pytest.fixture
def another(tmp_path: Path, lab_url: str) -> Callable[..., AbstractContextManager[Server]]:
    """Run another server on the same database, with other settings."""
    return partial(served, tmp_path, lab_url, PADDLES_WORKER_COUNT="1")


@pytest.fixture
def frugal(another: Callable[..., AbstractContextManager[Server]]) -> Iterator[Lab]:
    """A server that keeps one connection and no more."""
    with another(PADDLES_LIVE_CONNECTIONS="1") as server:
        yield Lab(server)


def test_tabs_share_a_connection(browser: Browser, frugal: Lab) -> None:
    """All are live where the server keeps but one, and go on when the tab that keeps it is closed."""
    frugal.fill("tabs", 1)
    with looking(browser, frugal.url) as seen:
        seen.open("/runs/tabs/?tab=jobs")
        tabs = [seen.page, *(seen.page.context.new_page() for _ in range(TABS))]
        for tab in tabs[1:]:
            tab.goto(f"{frugal.url}/runs/tabs/?tab=jobs")
        for tab in tabs:
            until_badge(tab, "live")
        frugal.say("tabs", 1, status="running")
        for tab in tabs:
            until_shown(tab, SUBJECT, "running")
        keeper, *others = tabs
        keeper.close()
        frugal.say("tabs", 1, status="pass")

        for tab in others:
            until_shown(tab, SUBJECT, "finished pass")
            until_badge(tab, "live")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """What is left at the end of a test, in the reverse of its order."""
    with ExitStack() as made:
        yield made


def test_nothing_is_missed_while_the_server_is_away(
    browser: Browser, lab: Lab, another: Callable[..., AbstractContextManager[Server]], stack: ExitStack
) -> None:
    """It ends and begins anew, and something happens between."""
    lab.fill("away", 1)
    with another() as server:
        port = str(server.port)
        seen = stack.enter_context(looking(browser, Lab(server).url))
        seen.open("/runs/away/?tab=jobs")
        until_badge(seen.page, "live")
    until_badge(seen.page, "reconnecting")
    lab.say("away", 1, status="fail")
    assert "queued" in seen.page.locator(SUBJECT).inner_text()
    stack.enter_context(another(PADDLES_SERVER_PORT=port))
    until_badge(seen.page, "live")
    until_shown(seen.page, SUBJECT, "finished fail")


def test_a_dead_connection_is_found(browser: Browser, lab: Lab) -> None:
    """Nobody has closed it, and nothing comes on it: another one is opened."""
    lab.fill("dead", 1)
    with looking(browser, lab.url) as seen:
        seen.page.clock.install()
        streams = noted(seen.page, "/events/stream")
        seen.open("/runs/dead/?tab=jobs")
        until_badge(seen.page, "live")
        before = len(streams)
        seen.page.clock.fast_forward(DEAD)

        until(lambda: len(streams) > before)
        assert "after=" in streams[-1]
        until_badge(seen.page, "live")
        lab.say("dead", 1, status="running")
        until_shown(seen.page, SUBJECT, "running")


def test_the_page_says_how_up_to_date_it_is(browser: Browser, lab: Lab) -> None:
    """It connects again, then says since when it is stale; when it is connected it is live."""
    lab.fill("badge", 1)
    with looking(browser, lab.url) as seen:
        seen.page.clock.install()
        for address in (STREAM, PARTS):
            seen.page.route(address, refuse)
        seen.open("/runs/badge/?tab=jobs")
        assert "" == seen.page.locator("#live").inner_text()
        seen.page.clock.fast_forward(GRACE)
        until_badge(seen.page, "reconnecting")
        seen.page.clock.fast_forward(STALE)
        until_badge(seen.page, "stale since ")
        for address in (STREAM, PARTS):
            seen.page.unroute(address)
        seen.page.clock.fast_forward(2 * STALE)

        until_badge(seen.page, "live")


def hidden(page: Page, is_hidden: bool) -> None:
    """Have the page believe that nobody looks at it, or that somebody does again."""
    page.evaluate(HIDE, is_hidden)


def test_who_cannot_be_connected_asks_from_time_to_time(browser: Browser, lab: Lab) -> None:
    """Every 30 seconds, while somebody looks; who comes back to a page that was hidden need not wait."""
    lab.fill("polls", 1)
    with looking(browser, lab.url) as seen:
        seen.page.clock.install()
        seen.page.route(STREAM, lambda route: route.abort())
        asked = noted(seen.page, "fragment=")
        seen.open("/runs/polls/?tab=jobs")
        seen.page.clock.fast_forward(GRACE)
        until_badge(seen.page, "reconnecting")
        assert [] == asked
        lab.say("polls", 1, status="running")
        seen.page.clock.fast_forward(POLL)
        until_shown(seen.page, SUBJECT, "running")

        hidden(seen.page, True)
        before = len(asked)
        lab.say("polls", 1, status="pass")
        for _ in range(3):
            seen.page.clock.run_for(31_000)
        assert before == len(asked)
        hidden(seen.page, False)
        until_shown(seen.page, SUBJECT, "finished pass")
        assert before + 1 == len(asked)
