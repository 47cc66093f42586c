"""What documents have said of single things: kept under their ids, joined, and found when it is to be loaded."""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Row, text

from paddles.db.session import Session
from paddles.ingest.kcidb import Entry

BATCH = 1000

# What is said again, and in the same words, changes nothing. A place that was known once is not forgotten.
KEEP = text("""
    INSERT INTO entries (kind, external_id, parent_id, place, said, due, updated)
    SELECT kind, external_id, parent_id, place, said, 2, CAST(:now AS timestamptz)
    FROM json_to_recordset(CAST(:rows AS json))
        AS new (kind text, external_id text, parent_id text, place text, said jsonb)
    ORDER BY kind, external_id
    ON CONFLICT (kind, external_id) DO UPDATE SET said = entries.said || EXCLUDED.said, due = 2,
        parent_id = EXCLUDED.parent_id, place = COALESCE(NULLIF(EXCLUDED.place, ''), entries.place),
        updated = EXCLUDED.updated
    WHERE entries.said || EXCLUDED.said <> entries.said
        OR EXCLUDED.place NOT IN ('', entries.place)
""")
_BUILT = """
    build.external_id AS build_id, build.said AS build, build.parent_id AS checkout_id, checkout.said AS checkout"""
_WITH_CHECKOUT = (
    "LEFT JOIN entries AS checkout ON checkout.kind = 'checkout' AND checkout.external_id = build.parent_id"
)
CHECKOUTS = text("""
    SELECT id, external_id, said FROM entries WHERE kind = 'checkout' AND due > 0
    ORDER BY id LIMIT :limit FOR UPDATE
""")
BUILDS = text(f"""
    SELECT build.id, build.job_id, {_BUILT} FROM entries AS build {_WITH_CHECKOUT}
    WHERE build.kind = 'build' AND build.due > 0 ORDER BY build.id LIMIT :limit FOR UPDATE OF build
""")
BUILD = text(
    f"SELECT {_BUILT} FROM entries AS build {_WITH_CHECKOUT} WHERE build.kind = 'build' AND build.external_id = :id"
)
PLACE = text("SELECT parent_id, place FROM entries WHERE kind = 'test' AND due > 0 ORDER BY id LIMIT 1")
TESTS = text("""
    SELECT id, said, suite, due, job_id FROM entries WHERE kind = 'test' AND parent_id = :build AND place = :place
    ORDER BY id FOR UPDATE
""")
# Those in an index of what is due alone: a thing that was loaded is looked at no more.
LOADED = text("""
    UPDATE entries SET due = 0, job_id = new.job_id, suite = new.suite
    FROM unnest(CAST(:ids AS bigint[]), CAST(:job_ids AS bigint[]), CAST(:suites AS text[])) AS new (id, job_id, suite)
    WHERE entries.id = new.id
""")
STIR = text("""
    UPDATE entries SET due = 1 WHERE kind = :kind AND parent_id = ANY (:parents) AND due = 0
""")
STIR_JOBS = text("UPDATE entries SET due = 2 WHERE job_id = ANY (:job_ids) AND due < 2")
EMPTY = text("""
    SELECT jobs.id, runs.name AS run, jobs.key FROM jobs JOIN runs ON runs.id = jobs.run_id
    WHERE jobs.id = ANY (:job_ids) AND NOT EXISTS (SELECT FROM entries WHERE entries.job_id = jobs.id)
""")
FORGET = text("""
    DELETE FROM entries WHERE id IN (
        SELECT id FROM entries WHERE job_id IS NULL AND kind <> 'checkout' AND updated < :before
        ORDER BY updated LIMIT :limit)
""")


def batches(found: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Yield entries, as many at a time as one statement takes."""
    left = iter(found)
    while some := list(islice(left, BATCH)):
        yield some


def keep(session: Session, found: Sequence[Entry], now: datetime.datetime) -> None:
    """Join what is said of things, each of which is named once, with what was said before: what comes later counts."""
    rows = [
        {"kind": e.kind, "external_id": e.id, "parent_id": e.parent, "place": e.place, "said": e.said} for e in found
    ]
    session.execute(KEEP, {"rows": orjson.dumps(rows).decode(), "now": now})


def checkouts(session: Session, limit: int) -> Sequence[Row[Any]]:
    """Return checkouts that are to be loaded, locked: ``id``, ``external_id``, ``said``."""
    return session.execute(CHECKOUTS, {"limit": limit}).all()


def builds(session: Session, limit: int) -> Sequence[Row[Any]]:
    """Return builds that are to be loaded, locked: ``id``, ``job_id`` and what :func:`build` returns."""
    return session.execute(BUILDS, {"limit": limit}).all()


def build(session: Session, build_id: str) -> Row[Any] | None:
    """Return a build, None where nothing is known of it: the ids and what is said of it and of its checkout."""
    return session.execute(BUILD, {"id": build_id}).first()


def place(session: Session) -> Row[Any] | None:
    """Return the build (``parent_id``) and ``place`` of tests that are to be loaded, None where there are none."""
    return session.execute(PLACE).first()


def tests(session: Session, build_id: str, place: str) -> Sequence[Row[Any]]:
    """Return all tests of a build in a place, locked: ``id``, ``said``, ``suite``, ``due`` and ``job_id``."""
    return session.execute(TESTS, {"build": build_id, "place": place}).all()


def loaded(session: Session, found: Sequence[tuple[int, int | None, str | None]]) -> None:
    """Note that entries are loaded, each as id, job and suite; without a job one waits for what is above it."""
    ids, job_ids, suites = zip(*found, strict=True)
    session.execute(LOADED, {"ids": list(ids), "job_ids": list(job_ids), "suites": list(suites)})


def stir(session: Session, kind: str, parents: Sequence[str]) -> None:
    """Have all things of a kind be loaded again that are below some: what is above them is new."""
    session.execute(STIR, {"kind": kind, "parents": list(parents)})


def left(session: Session, job_ids: Sequence[int]) -> Sequence[Row[Any]]:
    """Have what is still in jobs that others left be loaded again; return those that are empty: id, run and key."""
    session.execute(STIR_JOBS, {"job_ids": list(job_ids)})
    return session.execute(EMPTY, {"job_ids": list(job_ids)}).all()


def forget(session: Session, before: datetime.datetime, limit: int) -> int:
    """Delete up to ``limit`` things that waited since before then for what is above them; return how many."""
    return int(session.execute(FORGET, {"before": before, "limit": limit}).rowcount)
