"""Feeds: what is brought, once each; what fails is left for the next time; one feed at a time."""

import datetime
import json

import pytest
from sqlalchemy import text

from paddles.archive import contents
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.db.work import read, transact
from paddles.feeds import feeding, records
from paddles.feeds.feeding import Busy, Keeping, Total
from paddles.feeds.legacy import Legacy
from paddles.feeds.records import Outcome
from paddles.feeds.sources import Found, Unreached
from paddles.ingest import intake
from paddles.settings import Settings
from tests.conftest import NOW
from tests.feeds import site as pages
from tests.feeds.site import Site
from tests.feeds.units import fed, quietly, received


def feed(database: Database, settings: Settings, source: Legacy, now: datetime.datetime = NOW) -> Total:
    """Feed from a source into this service."""
    return feeding.feed(database, source, Keeping(database, contents.store(settings)), lambda: now, quietly)


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


@pytest.mark.parametrize("name", ["x\0y", "", "a" * 10_000, "a\nb", "\ud7ff\ue000", "'; DROP TABLE fed; --"])
def test_no_id_stops_a_feed(database: Database, settings: Settings, site: Site, source: Legacy, name: str) -> None:
    """What cannot be noted fails, whatever a source calls its documents; the others are brought."""
    site.has("build", 1)
    site.listed["build"][0]["_id"]["$oid"] = name
    site.has("build", 2)

    total = feed(database, settings, source)

    assert 2 == total.outcome.created + total.outcome.failed
    assert ("build", "build-2") in fed(database)


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


def test_a_mistake_in_the_code_shows_itself(
    database: Database, settings: Settings, site: Site, source: Legacy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is no failure of the source is not taken for one; what was brought before it stays."""
    for number in range(6):
        site.has("build", number)
    fetch = source.fetch

    def mistaken(found: Found) -> bytes:
        return fetch(found) if found.id < "build-4" else b"" / 1  # type: ignore[operator]

    monkeypatch.setattr(source, "fetch", mistaken)

    with pytest.raises(TypeError):
        feed(database, settings, source)
    assert 4 == len(fed(database))


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


def test_a_source_that_was_not_reached_is_told_of(
    database: Database, settings: Settings, site: Site, source: Legacy
) -> None:
    """Whoever watches sees that nothing came, and why."""
    site.failing["/"] = [503] * 6

    with pytest.raises(Unreached):
        feed(database, settings, source)

    (row,) = read(database, records.last)
    assert (NOW, 0, f"http://{site.host}/: it answers 503") == (row.ended, row.found, row.fault)


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
