"""Feeds: what is brought, once each; what fails is left for the next time; one feed at a time."""

import datetime
import json
from typing import Any

import pytest
from sqlalchemy import text

from paddles.archive import contents
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.feeds import feeding, records
from paddles.feeds.feeding import Busy, Keeping, Total
from paddles.feeds.fetching import Site as Client
from paddles.feeds.legacy import Legacy
from paddles.feeds.posting import Posting, Rhythm
from paddles.feeds.records import Outcome
from paddles.ingest import intake
from paddles.settings import Settings
from tests.conftest import NOW
from tests.feeds import site as pages
from tests.feeds.site import Site
from tests.sweep.receiver import Receiver, receiving

FED = text("SELECT kind, source_id, digest, at FROM fed ORDER BY kind, source_id")
RECEIPTS = text("SELECT source, digest, origin FROM receipts ORDER BY source, id")


def feed(database: Database, settings: Settings, source: Legacy, now: datetime.datetime = NOW) -> Total:
    """Feed from a source into this service."""
    return feeding.feed(database, source, Keeping(database, contents.store(settings)), lambda: now, quietly)


def quietly(_found: int, _new: int) -> Any:
    """Show nobody how far it is."""
    return lambda _handled: None


def fed(database: Database) -> set[tuple[str, str]]:
    """Return kind and name of every document that was brought."""
    return {(row.kind, row.source_id) for row in read(database, lambda session: session.execute(FED).all())}


def received(database: Database) -> list[tuple[str, bytes]]:
    """Return kind and content of every document that is kept."""
    return [(row.source, bytes(row.digest)) for row in read(database, lambda s: s.execute(RECEIPTS).all())]


def test_what_the_site_has_is_kept(database: Database, settings: Settings, site: Site, source: Legacy) -> None:
    """Each document as it was prepared by the one way in, with its lab, and noted by what the site calls it."""
    for kind in ("build", "boot", "lava"):
        site.has(kind, 1)

    total = feed(database, settings, source)

    assert Total(3, 0, Outcome(created=3), "") == total
    assert {("build", "build-1"), ("boot", "boot-1"), ("lava", "lava-1")} == fed(database)
    said = {"build": pages.build(1), "boot": pages.boot(1), "lava": pages.lava(1)}
    wanted = {kind: intake.prepare(kind, json.dumps(each).encode()) for kind, each in said.items()}
    assert {(kind, each.digest) for kind, each in wanted.items()} == set(received(database))
    for each in wanted.values():
        assert each.content == contents.read(contents.store(settings), each.digest)


def test_jobs_of_lava_come_first_and_boots_last(
    database: Database, settings: Settings, site: Site, source: Legacy
) -> None:
    """As KCING posts them."""
    for kind in ("boot", "build", "lava"):
        site.has(kind, 1)

    feed(database, settings, source)

    assert ["lava-json-board-1.json", "build.json", "boot-board-1.json"] == [
        path.rpartition("/")[2] for path in site.downloads()
    ]


def test_what_is_known_is_not_fetched_again(database: Database, settings: Settings, site: Site, source: Legacy) -> None:
    """A second feed brings what has come since, and asks the storage for nothing else."""
    site.has("build", 1)
    feed(database, settings, source)
    before = len(site.downloads())
    site.has("build", 2)

    total = feed(database, settings, source)

    assert Total(2, 1, Outcome(created=1), "") == total
    assert ["mainline/master/v5.1-2/arm64/build.json"] == [
        path.removeprefix("/storage/") for path in site.downloads()[before:]
    ]


def test_what_came_on_another_way_is_a_duplicate(
    database: Database, settings: Settings, site: Site, source: Legacy
) -> None:
    """It is noted as brought, and kept once."""
    site.has("build", 1)
    site.has("build", 2)
    site.stored = dict.fromkeys(site.stored, json.dumps(pages.build(1)).encode())

    assert Total(2, 0, Outcome(created=1, duplicates=1), "") == feed(database, settings, source)
    assert 1 == len(received(database))
    assert 2 == len(fed(database))


def test_what_fails_is_left_for_the_next_time(
    database: Database, settings: Settings, site: Site, source: Legacy
) -> None:
    """Missing, no JSON, or without what it must say: the others are brought, and nothing is noted of these."""
    for number in range(6):
        site.has("build", number, stored=number != 1)
    paths = [path for path in site.stored if "v5.1-2" in path or "v5.1-3" in path]
    site.stored |= dict(zip(paths, (b"{", b'{"job": "mainline"}'), strict=True))

    assert Total(6, 0, Outcome(created=3, failed=3), "") == feed(database, settings, source)
    assert {("build", f"build-{number}") for number in (0, 4, 5)} == fed(database)

    site.has("build", 1)
    assert Outcome(created=1, failed=2) == feed(database, settings, source).outcome


def test_a_storage_that_is_down_ends_a_kind(database: Database, settings: Settings, site: Site, source: Legacy) -> None:
    """Three in a row, and what was brought before them is noted; the other kinds are tried."""
    for number in range(30):
        site.has("build", number)
    site.has("boot", 1)
    for path in [path for path in site.stored if "build.json" in path][4:]:
        site.failing[path] = [503] * 100

    total = feed(database, settings, source)

    assert Outcome(created=5, failed=4) == total.outcome
    assert "build: 4 in a row failed" in total.fault
    assert {("boot", "boot-1"), *(("build", f"build-{number}") for number in range(4))} == fed(database)


def test_one_that_fails_among_others_ends_nothing(
    database: Database, settings: Settings, site: Site, source: Legacy
) -> None:
    """Only failures in a row count."""
    for number in range(12):
        site.has("build", number)
    for path in list(site.stored)[::2]:
        site.failing[path] = [503] * 6

    assert Total(12, 0, Outcome(created=6, failed=6), "") == feed(database, settings, source)


def test_feeds_are_told_of(database: Database, settings: Settings, site: Site, source: Legacy) -> None:
    """The last one of a source, with its counts."""
    site.has("build", 1)
    feed(database, settings, source)
    site.has("build", 2)
    site.has("build", 3, stored=False)
    later = NOW + datetime.timedelta(days=1)
    feed(database, settings, source, later)

    (row,) = read(database, records.last)

    assert ("kernelci-legacy", later, later, 3, 1, 1, 0, 1, "") == tuple(row)[1:]


def test_a_feed_that_was_cut_short_is_told_of(
    database: Database, settings: Settings, site: Site, source: Legacy
) -> None:
    """The next one closes it."""
    transact(database, lambda session: records.start(session, "kernelci-api", 5, 0, NOW))

    feed(database, settings, source)

    said = {row.source: (row.ended, row.fault) for row in read(database, records.last)}
    assert {"kernelci-api": (NOW, "it was cut short"), "kernelci-legacy": (NOW, "")} == said


def test_one_feed_works_at_a_time(database: Database) -> None:
    """A second one is refused for as long as the first works, and not after."""
    nothing = Total(0, 0, Outcome(), "")

    def second() -> Total:
        with pytest.raises(Busy):
            feeding.alone(database, lambda: nothing)
        return nothing

    assert nothing == feeding.alone(database, second)
    assert nothing == feeding.alone(database, lambda: nothing)


def test_the_lock_of_a_feed_holds_nobody_back(database: Database) -> None:
    """It is no transaction that readers of the event log would wait for, and is not ended for doing nothing."""
    minimum = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS at")
    patience = text("SELECT current_setting('idle_in_transaction_session_timeout') AS said")

    def looked(session: Session) -> tuple[str, int]:
        assert records.alone(session)
        said = session.scalar(patience)
        for _ in range(3):
            transact(database, lambda other: records.start(other, "x", 0, 0, NOW))
        return said, read(database, lambda other: other.scalar(minimum))

    before = read(database, lambda session: session.scalar(minimum))
    said, after = transact(database, looked)

    assert "0" == said
    assert after >= before + 3


def test_what_was_brought_is_forgotten_after_a_time(
    database: Database, settings: Settings, site: Site, source: Legacy
) -> None:
    """Only what is older; a later feed would bring it again."""
    site.has("build", 1)
    feed(database, settings, source)
    site.has("build", 2)
    later = NOW + datetime.timedelta(days=2)
    feed(database, settings, source, later)

    assert 1 == transact(database, lambda session: records.forget(session, NOW + datetime.timedelta(days=1), 100))
    assert {("build", "build-2")} == fed(database)


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
