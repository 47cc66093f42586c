"""Every page, as people see it: with and without JavaScript, light and dark, wide and narrow."""

from dataclasses import asdict

import pytest
from playwright.sync_api import Browser

from tests.browser.filled import Names
from tests.browser.looking import NARROW, NARROWEST, WIDE, looking
from tests.browser.pages import PAGES, Page

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.address)


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("theme", ["light", "dark"])
@each_page
def test_a_page_can_be_used_by_everybody(
    browser: Browser, url: str, names: Names, page: Page, theme: str, width: int, script: bool
) -> None:
    """Axe finds nothing, the browser complains of nothing, nothing is asked elsewhere, and it fits the window."""
    with looking(browser, url, theme=theme, viewport={"width": width, "height": 800}) as seen:
        if not script:
            seen.without_scripts()
        seen.open(page.address.format(**asdict(names)))

        assert 1 == seen.page.locator("h1").count()
        assert [] == seen.faults()
        assert ([], []) == (seen.complaints, seen.strangers)
        assert 0 >= seen.sideways()


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
@each_page
def test_a_page_shows_what_it_is_for(browser: Browser, url: str, names: Names, page: Page, script: bool) -> None:
    """Whether the browser runs scripts or not."""
    with looking(browser, url, java_script_enabled=script) as seen:
        seen.open(page.address.format(**asdict(names)))

        assert page.seen in seen.page.inner_text("main")
        assert ([], []) == (seen.complaints, seen.strangers)


@each_page
def test_a_page_fits_the_narrowest_window(browser: Browser, url: str, names: Names, page: Page) -> None:
    """320 pixels: nobody scrolls sideways but in tables and logs."""
    with looking(browser, url, viewport={"width": NARROWEST, "height": 800}) as seen:
        seen.open(page.address.format(**asdict(names)))

        assert 0 >= seen.sideways()
