"""Actions as people do them: the form of one is opened, filled in and sent."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson
from bs4 import BeautifulSoup
from sqlalchemy import text
from webtest import TestResponse

from paddles.db.engine import Database
from tests.controllers.pages.browser import Browser
from tests.controllers.pages.parsing import sound


def opened(browser: Browser, what: str, said: Mapping[str, str], *, status: int = 200) -> Any:
    """Return the page of an action's form, parsed, which is sound."""
    soup = BeautifulSoup(browser.get(f"/actions/{what}?{urlencode(said)}", status=status).text, "html.parser")
    sound(soup)
    return soup


def fields(soup: Any) -> dict[str, str]:
    """Return what a browser would send of the form of an action."""
    form = soup.find("form", class_="action")
    found = {each["name"]: each.get("value", "") for each in form.find_all("input", attrs={"name": True})}
    return found | {each["name"]: each.text.removeprefix("\n") for each in form.find_all("textarea")}


def sent(browser: Browser, what: str, said: Any, *, status: int = 303, **environ: Any) -> TestResponse:
    """Send the form of an action."""
    return browser.post(f"/actions/{what}", said, status=status, **environ)


def do(browser: Browser, what: str, **said: str) -> TestResponse:
    """Do an action with what its form holds, and what is typed in."""
    return sent(browser, what, {**fields(opened(browser, what, said)), **said})


def noted(database: Database) -> list[tuple[str, str, dict[str, Any]]]:
    """Return what the log of events says that people did: what, to what, and how."""
    with database.writer.begin() as connection:
        rows = connection.execute(
            text("SELECT type, subject, data FROM events WHERE channel = 'action' ORDER BY id")
        ).all()
    return [(row.type, row.subject, orjson.loads(row.data)) for row in rows]
