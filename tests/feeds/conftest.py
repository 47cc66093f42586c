"""A site at work, and what feeds from it without ever waiting."""

from collections.abc import Iterator

import pytest

from paddles.feeds.fetching import Site as Client
from paddles.feeds.legacy import Legacy
from paddles.feeds.sources import Wanted
from tests.feeds.site import NON_LAVA, Site, working


@pytest.fixture
def site() -> Iterator[Site]:
    """A site with nothing in it."""
    with working() as made:
        yield made


@pytest.fixture
def waits() -> list[float]:
    """How long was waited, each time."""
    return []


@pytest.fixture
def source(site: Site, waits: list[float]) -> Legacy:
    """The site as a source."""
    return legacy(site, waits)


def legacy(site: Site, waits: list[float], how_many: int = 0) -> Legacy:
    """Return the site as a source of so many documents of each kind."""
    client = Client(waits.append, 1_000_000)
    url = f"http://{site.host}"
    return Legacy(client, url, f"{url}/storage", NON_LAVA, Wanted(2, how_many))
