"""What is known of KCIDB's checkouts, builds and tests, loaded into the archive: a few jobs in each unit of work.

Whatever order documents come in, and however often, the same rows are the end of it. What is above a thing is loaded
before it; what is not known yet is waited for.
"""

import datetime
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Row

from paddles.analysis import judging
from paddles.archive import jobs, runs, tests
from paddles.archive.names import Scheme
from paddles.db.session import Session
from paddles.ingest import entries, facts, kcidb_facts, kcidb_kernels, load, outside
from paddles.kernels import boots, builds

BATCH = 50


def some(session: Session, now: datetime.datetime, scheme: Scheme) -> int:
    """Load a few things that are to be loaded, and return how many; 0 when there is nothing more to do.

    Raises:
        Invalid: the tests of a build in one place are more than a job may have.
    """
    return _checkouts(session, now, scheme) or _builds(session, now, scheme) or _tests(session, now, scheme)


def give_up(session: Session) -> None:
    """Leave the tests of the build and place whose turn it is as they are loaded: they cannot be loaded as they are."""
    place = entries.place(session)
    if place:
        found = entries.tests(session, place.parent_id, place.place)
        entries.loaded(session, [(row.id, row.job_id, row.suite) for row in found])


def _checkouts(session: Session, now: datetime.datetime, scheme: Scheme) -> int:
    found = entries.checkouts(session, BATCH)
    for row in found:
        said = kcidb_facts.checkout_says(row.external_id, _json(row.said))
        run = runs.ensure(session, kcidb_facts.run_name(row.external_id), said, now, scheme)
        runs.correct(session, run.run_id, run, said)
    if found:
        entries.stir(session, "build", [row.external_id for row in found])
        entries.loaded(session, [(row.id, None, None) for row in found])
    return len(found)


def _builds(session: Session, now: datetime.datetime, scheme: Scheme) -> int:
    found = entries.builds(session, BATCH)
    placed: list[tuple[int, int | None, str | None]] = []
    for row in found:
        checkout, build = _json(row.checkout), _json(row.build)
        document, status = kcidb_facts.build_document(row.build_id, build, row.checkout_id, checkout)
        run = kcidb_facts.run_name(row.checkout_id)
        job_id = outside.state(session, run, kcidb_facts.build_key(row.build_id), document, status, (now, scheme))
        placed.append((row.id, job_id, None))
        if job_id is not None:
            begun = kcidb_kernels.moment(build)
            builds.store(session, job_id, kcidb_kernels.build(build, checkout), now, created=begun)
    if found:
        entries.stir(session, "test", [row.build_id for row in found])
        entries.loaded(session, placed)
        _leave(session, {row.job_id for row in found} - {job_id for _, job_id, _ in placed}, now)
    return len(found)


def _tests(session: Session, now: datetime.datetime, scheme: Scheme) -> int:
    """Load the tests of one build in one place; those of a build of which nothing is known wait."""
    place = entries.place(session)
    if place is None:
        return 0
    found = entries.tests(session, place.parent_id, place.place)
    build = entries.build(session, place.parent_id)
    if build is None:
        entries.loaded(session, [(row.id, None, None) for row in found])
        return len(found)
    said = [_json(row.said) for row in found]
    suites = facts.joined(kcidb_facts.suites(said))
    document, status = kcidb_facts.tests_document(
        build.build_id,
        _json(build.build),
        build.checkout_id,
        _json(build.checkout),
        place.place,
        [case for suite in suites for case in suite.cases],
    )
    run, key = kcidb_facts.run_name(build.checkout_id), kcidb_facts.tests_key(build.build_id, place.place)
    job_id = outside.state(session, run, key, document, status, (now, scheme))
    if job_id is None:
        entries.loaded(session, [(row.id, None, None) for row in found])
        return len(found)
    boot = kcidb_kernels.boot(_json(build.build), _json(build.checkout), place.place, said)
    boots.store(session, job_id, boot, now)
    names = [kcidb_facts.suite_name(each) for each in said]
    _store(session, job_id, found, names, suites, now)
    judging.judge(session, job_id)
    entries.loaded(session, [(row.id, job_id, name) for row, name in zip(found, names, strict=True)])
    _leave(session, {row.job_id for row in found} - {job_id}, now)
    return len(found)


def _store(
    session: Session,
    job_id: int,
    found: Sequence[Row[Any]],
    names: Sequence[str],
    suites: Sequence[facts.Suite],
    now: datetime.datetime,
) -> None:
    """Store the suites of a job; those of which nothing is new stay as they are, unless they are in another job."""
    new = {
        name
        for row, own in zip(found, names, strict=True)
        if row.due > 1 or row.job_id != job_id
        for name in (own, row.suite)
    }
    tests.forget(session, job_id, [name for name in new - {suite.name for suite in suites} if name])
    load.store(session, job_id, [suite for suite in suites if suite.name in new], now)


def _leave(session: Session, job_ids: set[int | None], now: datetime.datetime) -> None:
    """Take away jobs out of which everything went elsewhere."""
    old: Sequence[int] = [job_id for job_id in job_ids if job_id is not None]
    for job in entries.left(session, old) if old else ():
        judging.retract(session, job.id)
        jobs.delete(session, job.run, job.key, now)


def _json(said: Any) -> dict[str, Any]:
    return orjson.loads(said) if said else {}
