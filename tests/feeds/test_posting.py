"""Documents that are fetched here and posted elsewhere, as KCING's crawler does."""

import json
from typing import Any

from paddles.db.engine import Database
from paddles.feeds import feeding
from paddles.feeds.feeding import Total
from paddles.feeds.fetching import Site as Client
from paddles.feeds.legacy import Legacy
from paddles.feeds.posting import Posting, Rhythm
from paddles.feeds.records import Outcome
from tests.conftest import NOW
from tests.feeds import site as pages
from tests.feeds.site import Site
from tests.feeds.units import fed, quietly, received
from tests.sweep.receiver import Receiver, receiving


def posting(database: Database, receiver: Receiver, waits: list[float], **rhythm: Any) -> Posting:
    """Return what posts all kinds to a receiver."""
    addresses = dict.fromkeys(("lava", "build", "boot"), receiver.url)
    beat = Rhythm(**{"attempts": 3, "batch": 100, "pause_s": 5, **rhythm})
    return Posting(database, Client(waits.append, 1000), addresses, "sesame", beat, waits.append)


def test_documents_are_posted_as_they_are(database: Database, site: Site, source: Legacy, waits: list[float]) -> None:
    """Byte by byte, without a type, with their lab and the token; they are noted, and not kept here."""
    site.has("lava", 1)
    site.has("build", 1)
    with receiving() as receiver:
        total = feeding.feed(database, source, posting(database, receiver, waits), lambda: NOW, quietly)

    assert Total(2, 0, Outcome(created=2), "") == total
    (job, said_of_job), (kernel, said_of_kernel) = receiver.told
    assert (pages.lava(1), pages.build(1)) == (json.loads(said_of_job), json.loads(said_of_kernel))
    assert "/hook?x=1&lab_name=lab-a" == job["path"]
    assert "sesame" == kernel["Authorization"]
    assert "Content-Type" not in kernel
    assert [] == received(database)
    assert {("lava", "lava-1"), ("build", "build-1")} == fed(database)


def test_posts_rest(database: Database, site: Site, source: Legacy, waits: list[float]) -> None:
    """After so many of them, for so long."""
    for number in range(5):
        site.has("build", number)
    with receiving() as receiver:
        feeding.feed(database, source, posting(database, receiver, waits, batch=2), lambda: NOW, quietly)

    assert [5, 5] == waits


def test_three_posts_in_a_row_that_fail_end_a_kind(
    database: Database, site: Site, source: Legacy, waits: list[float]
) -> None:
    """Three, each tried as often as is configured; what was posted before is noted and not posted again."""
    for number in range(9):
        site.has("build", number)
    with receiving() as receiver:
        feeding.feed(database, source, posting(database, receiver, waits), lambda: NOW, quietly)
        for number in range(9, 18):
            site.has("build", number)
        before, receiver.status = len(receiver.told), 503
        total = feeding.feed(database, source, posting(database, receiver, waits, attempts=2), lambda: NOW, quietly)

    assert Outcome(failed=3) == total.outcome
    assert "build: 3 in a row failed" in total.fault
    assert 3 * 2 == len(receiver.told) - before
    assert 9 == len(fed(database))


def test_a_post_that_is_refused_ends_nothing(
    database: Database, site: Site, source: Legacy, waits: list[float]
) -> None:
    """What is refused for what it is counts as failed, is not tried again, and the next one is."""
    for number in range(5):
        site.has("build", number)
    with receiving() as receiver:
        receiver.status = 400
        total = feeding.feed(database, source, posting(database, receiver, waits), lambda: NOW, quietly)

    assert Total(5, 0, Outcome(failed=5), "") == total
    assert 5 == len(receiver.told)


def test_a_post_that_is_sent_elsewhere_was_not_taken(
    database: Database, site: Site, source: Legacy, waits: list[float]
) -> None:
    """A client that followed would ask for a page and take that for the answer."""
    site.has("build", 1)
    with receiving() as receiver:
        receiver.status = 302
        total = feeding.feed(database, source, posting(database, receiver, waits), lambda: NOW, quietly)

    assert Outcome(failed=1) == total.outcome
    assert 1 == len(receiver.told)
    assert set() == fed(database)
