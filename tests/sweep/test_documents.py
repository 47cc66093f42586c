"""Documents read by the sweep: each to its end or to its reason, whoever dies over it."""

import datetime

import pytest
from sqlalchemy import text

from paddles.archive import contents, receipts
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.ingest import entries, kcidb, kcidb_load
from paddles.settings import Settings
from paddles.sweep import documents, loop, tasks
from tests.conftest import NOW
from tests.ingest.kcidb_units import BUILD, BUILD_KEY, CHECKOUT, RUN, TEST, document, load, reason_of, submit, thing
from tests.units import SCHEME, inexact, job_of, rows

WHOLE = document(checkouts=[CHECKOUT], builds=[BUILD], tests=[TEST])


def states(database: Database) -> list[str]:
    """Return the state of each document, the oldest first."""
    return [row.state for row in rows(database, "SELECT state FROM receipts ORDER BY id")]


def test_the_sweep_reads_what_was_submitted(database: Database, settings: Settings) -> None:
    """All that waits, in one round."""
    for number in range(3):
        submit(database, settings, thing("builds", id=f"o:b{number}"))

    assert 3 <= loop.once(database, settings, datetime.datetime.now(datetime.UTC))

    assert ["processed"] * 3 == states(database)
    assert 3 == len(rows(database, "SELECT FROM jobs"))


def test_one_that_cannot_be_read_keeps_nobody_up(database: Database, settings: Settings) -> None:
    """It fails with its reason, and nothing of it is loaded; those behind it are read."""
    bad = submit(database, settings, document(builds=[BUILD, {"id": "x"}]))
    foreign = submit(database, settings, WHOLE, origin="somebody")
    submit(database, settings, thing("builds", id="o:good"))

    assert 3 == documents.read(database, settings, NOW)

    assert ["failed", "failed", "processed"] == states(database)
    assert "builds.1: " in reason_of(database, bad)
    assert "does not speak for 'o'" in reason_of(database, foreign)
    assert [("build:o:good",)] == [tuple(row) for row in rows(database, "SELECT key FROM jobs")]


def test_one_that_failed_is_read_again_when_asked(database: Database, settings: Settings) -> None:
    """The file store was away, for instance."""
    name = submit(database, settings, WHOLE)
    digest = bytes(rows(database, "SELECT digest FROM receipts")[0].digest)
    content = contents.read(contents.store(settings), digest)
    contents.forget(contents.store(settings), [digest])
    documents.read(database, settings, NOW)
    assert "the file store does not have it" in reason_of(database, name)

    contents.keep(contents.store(settings), content)
    transact(database, lambda session: receipts.again(session, documents.KCIDB, name, NOW))
    documents.read(database, settings, NOW)

    assert ["processed"] == states(database)
    assert "pass" == job_of(database, RUN, BUILD_KEY).status


@pytest.mark.parametrize("steps", range(6))
def test_whoever_dies_in_the_middle_is_followed_by_another(database: Database, settings: Settings, steps: int) -> None:
    """What was loaded stays, the rest is loaded by the next one, and the end is the same."""
    submit(database, settings, WHOLE)
    taken = transact(database, lambda session: receipts.take(session, NOW - 2 * receipts.PATIENCE))
    assert taken is not None
    if steps:
        found = kcidb.parse(contents.read(contents.store(settings), bytes(taken.digest)))
        transact(database, lambda session: entries.keep(session, found, NOW))
    for _ in range(steps - 1):
        transact(database, lambda session: kcidb_load.some(session, NOW, SCHEME))

    assert 1 == documents.read(database, settings, NOW)

    assert ["processed"] == states(database)
    assert ["pass", "pass"] == [row.status for row in rows(database, "SELECT status FROM jobs")]
    assert 1 == len(rows(database, "SELECT FROM cases"))
    assert [] == inexact(database)


def test_one_over_which_everybody_dies_is_given_up(database: Database, settings: Settings) -> None:
    """After as many attempts as a job has."""
    name = submit(database, settings, WHOLE)
    tried = text("UPDATE receipts SET attempt = :attempts")
    transact(database, lambda session: session.execute(tried, {"attempts": settings.max_attempts}))

    documents.read(database, settings, NOW)

    assert f"given up after {settings.max_attempts} attempts" == reason_of(database, name)


def test_what_waits_in_vain_and_what_was_read_goes(database: Database, settings: Settings) -> None:
    """After ``receipts_keep_days``; what was loaded stays."""
    load(database, settings, WHOLE, thing("tests", id="o:t9", build_id="o:never"))
    days = datetime.timedelta(days=settings.receipts_keep_days)
    now = datetime.datetime.now(datetime.UTC)

    def forget(moment: datetime.datetime, **said: int) -> int:
        chosen = settings.model_copy(update=said)
        return transact(database, lambda session: tasks.forget_receipts(session, moment, 100, chosen))

    assert 0 == forget(now + 2 * days, receipts_keep_days=0)
    assert 2 == forget(NOW + days + datetime.timedelta(hours=1))
    assert 1 == forget(now + days + datetime.timedelta(hours=1))
    assert ["o:b1", "o:c1", "o:t1"] == [
        row.external_id for row in rows(database, "SELECT external_id FROM entries ORDER BY external_id")
    ]
    assert 2 == len(rows(database, "SELECT FROM jobs"))


def test_a_large_document_is_many_small_units(database: Database, settings: Settings) -> None:
    """No transaction is long, so that readers of the log do not wait for it."""
    builds = [{**BUILD, "id": f"o:b{number}"} for number in range(3 * kcidb_load.BATCH)]
    load(database, settings, document(builds=builds))

    per_unit = rows(database, "SELECT count(*) AS n FROM events WHERE channel = 'job' GROUP BY xid")
    assert [kcidb_load.BATCH] * 3 == [row.n for row in per_unit]
    assert entries.BATCH >= kcidb_load.BATCH
