"""What scripts add to a page that is read: the theme, times, what is copied, charts that can be zoomed."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.filled import Names
from tests.browser.living import said
from tests.browser.looking import Seen, looking
from tests.waiting import until

COLOUR = "() => getComputedStyle(document.documentElement).colorScheme"
CLIPBOARD = "() => navigator.clipboard.readText()"
# The theme of each frame that was painted, from the first one on.
PAINTED = """
    window.painted = [];
    const look = () => {
        const root = document.documentElement;
        if (document.body) window.painted.push(getComputedStyle(document.body).backgroundColor);
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);"""
UTC = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")


@pytest.fixture
def seen(browser: Browser, url: str) -> Iterator[Seen]:
    """A window somewhere in Asia, of somebody whose system is dark."""
    with looking(browser, url, timezone_id="Asia/Kolkata", color_scheme="dark", locale="en-GB") as made:
        yield made
        assert ([], []) == (made.complaints, made.strangers)


def test_a_theme_is_chosen_and_stays(seen: Seen) -> None:
    """Auto, light, dark and auto again, by the button or its key; the next page is so from the beginning."""
    seen.open("/help/keys")
    button = seen.page.locator("#theme")
    assert ("Theme: auto", "light dark") == (button.inner_text(), seen.page.evaluate(COLOUR))
    button.click()
    assert ("Theme: light", "light") == (button.inner_text(), seen.page.evaluate(COLOUR))
    seen.page.add_init_script(PAINTED)
    seen.open("/about")
    until(lambda: seen.page.evaluate("() => window.painted.length > 2"))

    assert "light" == seen.page.evaluate(COLOUR)
    assert 1 == seen.page.evaluate("() => new Set(window.painted).size")
    for theme in ("dark", "auto"):
        button.click()
        assert f"Theme: {theme}" == button.inner_text() == said(seen.page)


def test_times_are_those_of_who_looks(seen: Seen, names: Names) -> None:
    """How long ago, and exactly in the zone at hand with its name, and in UTC."""
    seen.open(f"/runs/{names.run}/")
    time = seen.page.locator("dl.facts time").first
    assert re.search(r"ago|^\d{4}-\d\d-\d\d$", time.inner_text())
    title = time.get_attribute("title") or ""
    assert "GMT+5:30" in title or "IST" in title
    assert UTC.search(title)


def test_times_are_in_utc_without_scripts(browser: Browser, url: str, names: Names) -> None:
    """As the server knows them."""
    with looking(browser, url, java_script_enabled=False, timezone_id="Asia/Kolkata") as seen:
        seen.open(f"/runs/{names.run}/")
        assert UTC.fullmatch(seen.page.locator("dl.facts time").first.inner_text())


def test_addresses_are_copied(browser: Browser, url: str) -> None:
    """The page's own by its key, the line for a shell by its button, which says so for a while."""
    with looking(browser, url, permissions=["clipboard-read", "clipboard-write"]) as seen:
        seen.open("/runs/?suite=rados")
        button = seen.page.locator("[data-copy]").first
        button.click()
        until(lambda: "Copied" == button.inner_text())
        assert seen.page.evaluate(CLIPBOARD).startswith("curl ")
        until(lambda: _copied(seen.page) == f"{url}/runs/?suite=rados")
        assert "Copied" == said(seen.page)


def _copied(page: Page) -> str:
    page.keyboard.press("y")
    return str(page.evaluate(CLIPBOARD))


def test_lines_over_time_can_be_zoomed(seen: Seen) -> None:
    """In place of the picture stands one that is drawn of the same numbers; they stay in their table."""
    seen.open("/stats/")
    drawn = seen.page.locator("figure[data-zoom] .uplot canvas")
    until(drawn.count)
    assert 0 == seen.page.locator("figure[data-zoom] > svg.chart").count()
    assert seen.page.locator("figure[data-zoom] table td").count() > 0
    assert seen.page.locator("figure:not([data-zoom]) > svg.chart").count() > 0


def test_charts_are_there_without_scripts(browser: Browser, url: str) -> None:
    """As pictures."""
    with looking(browser, url, java_script_enabled=False) as seen:
        seen.open("/stats/")
        assert seen.page.locator("figure[data-zoom] > svg.chart").count() > 0


def test_what_was_looked_at_is_kept(seen: Seen, names: Names) -> None:
    """In this browser: what is pinned, until it is not, and what was looked at lately, the last one first."""
    seen.open("/")
    assert (0, 0) == tuple(seen.page.locator(f"#kept-{each} li:visible").count() for each in ("pinned", "recent"))
    for address in (f"/runs/{names.run}/", f"/nodes/{names.machine}/"):
        seen.open(address)
        pin = seen.page.locator("#pin")
        pin.wait_for()
    pin.click()
    assert "true" == pin.get_attribute("aria-pressed")
    seen.open("/")
    recent = seen.page.locator("#kept-recent li a")
    recent.first.wait_for()
    assert [f"/nodes/{names.machine}/", f"/runs/{names.run}/"] == [
        recent.nth(at).get_attribute("href") for at in range(recent.count())
    ]
    pinned = seen.page.locator("#kept-pinned li")
    assert f"/nodes/{names.machine}/" == pinned.locator("a").get_attribute("href")
    pinned.get_by_role("button").click()
    assert not seen.page.locator("#kept-pinned").is_visible()


def test_what_others_put_into_the_browser_is_not_followed(seen: Seen) -> None:
    """Addresses elsewhere, scripts, and what is no list at all."""
    for kept in ('[{"to": "//elsewhere/", "name": "x"}, {"to": "javascript:alert(1)", "name": "<b>y</b>"}]', "{", "3"):
        seen.open("/about")
        seen.page.evaluate("(kept) => localStorage.setItem('paddles:recent', kept)", kept)
        seen.open("/")
        until(lambda: seen.page.evaluate("() => performance.getEntriesByType('resource').length > 3"))

        assert 0 == seen.page.locator("#kept-recent a").count()
