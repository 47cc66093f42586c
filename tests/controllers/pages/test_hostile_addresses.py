"""Addresses that strangers write: whatever is in the place of a name or a parameter is never more than text."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from paddles.controllers.pages.root import PAGES
from paddles.web.resource import Resource
from tests.client import Client
from tests.controllers.pages.parsing import BROWSER, harmless
from tests.controllers.pages.test_hostile_runs import EVIL, HOSTILE

NAME = "*"
PARAMETERS = (
    "q",
    "run",
    "job",
    "queue",
    "machine",
    "kind",
    "next",
    "tab",
    "since",
    "sort",
    "after",
    "status",
    "a",
    "b",
)


def routes(resource: Resource, here: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Give the address of every page below a resource, with ``*`` for each name."""
    for handlers, names in zip((*resource._handlers, resource._chains), (0, 1, 2), strict=True):
        if "GET" in handlers:
            yield (*here, *[NAME] * names)
    for word, child in resource.words.items():
        yield from routes(child, (*here, word))
    for word, child in resource.nested.items():
        yield from routes(child, (*here, NAME, word))
    if resource.below is not None:
        yield from routes(resource.below, (*here, NAME))


@pytest.mark.parametrize("text", HOSTILE)
def test_names_and_parameters_are_text(client: Client, text: str) -> None:
    """On every page there is: it shows, refuses or leads on, is sound in each case, and never fails."""
    written = quote(text, safe="")
    said = "&".join(f"{name}={written}" for name in PARAMETERS)
    found = {"/" + "/".join(written if part == NAME else part for part in route) for route in routes(PAGES)}
    assert len(found) > 60
    for address in sorted(found):
        for asked in (address, f"{address}?{written}={written}&-suite={written}&{said}"):
            answer = client.get(asked, headers=BROWSER, status="*")
            assert answer.status_int in (200, 303, 400, 401, 403, 404), asked
            assert EVIL not in answer.text, asked
            if "text/html" == answer.content_type and answer.text:
                harmless(answer.html)
