"""Every page, as people see it: with and without JavaScript, light and dark, wide and narrow.

Axe looks at all of a page before its scripts begin, and when they have. What of it depends on the width is looked at
where it is narrow too, and what depends on the colours in the dark, wide and narrow.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import pytest
from playwright.sync_api import Browser

from paddles.controllers.pages.root import PAGES as ROOT
from paddles.web.resource import Resource
from tests.browser.filled import Names
from tests.browser.looking import NARROW, NARROWEST, WIDE, looking, readable, usable
from tests.browser.pages import OF_USERS, PAGES, Page

EVERY = (*PAGES, *OF_USERS)
each_page = pytest.mark.parametrize("page", EVERY, ids=lambda page: page.address)
SHIFT = 0.02
# Gives the cookies of whoever a page is shown to.
Login = Callable[[Page], Sequence[Any]]
# What has an address and is no page: files, and a part of another page that is text.
NO_PAGES = {"files.StaticController.get_one", "job.BootScriptPage.get_one"}


@each_page
def test_a_page_can_be_used_by_everybody(browser: Browser, url: str, names: Names, page: Page, login: Login) -> None:
    """It shows what it is for; axe finds nothing, before scripts begin and then; these move nothing that is read.

    Nobody scrolls sideways but in tables and logs, at 320 pixels. The dark theme can be read as well.
    """
    with looking(browser, url, theme="light", cookies=login(page)) as seen:
        seen.open_without_scripts(page.address.format(**asdict(names)))
        assert page.seen in seen.page.inner_text("main")
        assert [] == seen.faults()
        seen.start_scripts()
        assert SHIFT > seen.shifted()
        usable(seen)
        seen.darken()
        readable(seen)


@each_page
def test_a_page_needs_no_scripts(browser: Browser, url: str, names: Names, page: Page, login: Login) -> None:
    """Where they are switched off it shows the same, and fits."""
    with looking(browser, url, java_script_enabled=False, cookies=login(page)) as seen:
        seen.open(page.address.format(**asdict(names)))

        assert page.seen in seen.page.inner_text("main")
        for width in (WIDE, NARROW, NARROWEST):
            seen.narrow(width)
            assert 0 >= seen.sideways()


@each_page
def test_a_narrow_page_stays_where_it_is(browser: Browser, url: str, names: Names, page: Page, login: Login) -> None:
    """Where scripts begin when somebody reads already."""
    size = {"width": NARROW, "height": 800}
    with looking(browser, url, viewport=size, cookies=login(page)) as seen:
        seen.open_without_scripts(page.address.format(**asdict(names)))
        seen.start_scripts()

        assert SHIFT > seen.shifted()


def test_every_page_is_here(names: Names) -> None:
    """Each handler of the pages is asked by some row of the table."""
    asked = set()
    for page in EVERY:
        path = page.address.format(**asdict(names)).partition("?")[0]
        handler = ROOT.locate([part for part in path.split("/") if part], "GET").handler
        assert handler is not None, path
        asked.add(_name(handler))

    assert set() == handlers(ROOT) - asked - NO_PAGES


def handlers(resource: Resource) -> set[str]:
    """Return the names of all that shows something at an address below a resource."""
    own = {handler["GET"] for handler in (*resource._handlers, resource._chains) if "GET" in handler}
    found = {_name(getattr(resource, name)) for name in own}
    children = [*resource.words.values(), *resource.nested.values(), *filter(None, [resource.below])]
    return found.union(*map(handlers, children))


def _name(handler: Callable[..., Any]) -> str:
    return f"{handler.__module__.rpartition('.')[2]}.{handler.__qualname__}"
