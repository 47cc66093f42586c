"""Jobs are done again: as new jobs of a new run, told what the old ones were told, in the same queues."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Row, text

from paddles import plain_yaml
from paddles.archive import job_search, runs
from paddles.archive.names import Scheme
from paddles.boot import block_yaml, jobs
from paddles.boot.hosts import Hosts
from paddles.boot.privacy import private
from paddles.db.session import Session
from paddles.errors import Conflict, Invalid, NotFound, TooLarge
from paddles.lab import queues, reports
from paddles.orders import naming

FAILED, ALL = "failed", "all"
STATUSES: Mapping[str, Sequence[str]] = {
    FAILED: ("fail", "dead"),
    ALL: ("queued", "waiting", "running", "unknown", "pass", "fail", "dead"),
}
# So many jobs are done again at once, and so large a document is edited.
MOST, LARGEST = 500, 256 * 1024
# What is said of a job of a test by who executes it: nothing of that is the new one's.
OUTCOME = frozenset(
    """status success duration failure_reason targets sentry_event pcp_grafana_url pid archive_path name log_href
    comment issue_url""".split()
)
LONGEST_QUEUE = 512

# Ours to do again: what is in a queue of this service, and does not run beside others.
_ABLE = """jobs.kind IN ('test', 'boot') AND jobs.queue_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM members WHERE members.job_id = jobs.id)"""
COUNT = text(f"""
    SELECT {_ABLE} AS able, jobs.status IN ('fail', 'dead') AS failed, count(*) AS number FROM jobs
    WHERE run_id = :run_id AND (CAST(:key AS text) IS NULL OR key = :key) GROUP BY 1, 2
""")
JOBS = text(f"""
    SELECT jobs.id, jobs.key, jobs.kind, queues.name AS queue, jobs.document
    FROM jobs JOIN queues ON queues.id = jobs.queue_id
    WHERE run_id = :run_id AND (CAST(:key AS text) IS NULL OR key = :key) AND jobs.status = ANY (:statuses) AND {_ABLE}
    ORDER BY jobs.id LIMIT :limit
""")


class Prospect(NamedTuple):
    """How many jobs can be done again here: those that failed or are dead, and all; and how many others there are."""

    failed: int
    all: int
    others: int


class Place(NamedTuple):
    """Where new jobs go: into the run of this name, for who is called so, since the moment ``now``."""

    name: str
    by: str
    now: datetime.datetime
    hosts: Hosts
    scheme: Scheme


def prospect(session: Session, run: str, key: str | None = None) -> Prospect:
    """Return which jobs of a run, or whether the one job ``key``, can be done again here. Raises NotFound."""
    rows = session.execute(COUNT, {"run_id": job_search.run_id(session, run), "key": key}).all()
    if key is not None and not rows:
        raise NotFound(f"no job {key} in run {run}")
    able = [row for row in rows if row.able]
    failed = sum(row.number for row in able if row.failed)
    return Prospect(failed, sum(row.number for row in able), sum(row.number for row in rows if not row.able))


def rerun(session: Session, run: str, key: str | None, which: str, place: Place) -> int:
    """Have jobs of a run done again, or the one job ``key``; return how many there are of them.

    ``which`` is ``failed``, for those that failed or are dead, or ``all``. The new run is tagged with the old one's
    name (:func:`tag`). Where a job waits for another that is done again, its new one waits for the new one.

    Raises:
        NotFound: there is no such run, or no such job.
        Conflict: there is a run of the new name already, or no job of these can be done again here.
        Invalid: no run can be called so, there are more than ``MOST`` jobs, or one cannot be run any more.
    """
    rows = _rows(session, run, key, which)
    runs.create(session, place.name, place.now, place.scheme, tags=[tag(run)])
    renumbered: dict[str, str] = {}
    for row in rows:
        renumbered[str(row.id)] = _submit(session, row, fresh(row.kind, orjson.loads(row.document)), place, renumbered)
    _note(session, run, key, place, len(rows))
    return len(rows)


def clone(session: Session, run: str, key: str, document: str, place: Place) -> None:
    """Have a job done again with another ``document``, YAML, in the same queue unless that names another.

    What is private in the old document is not taken over.

    Raises:
        NotFound, Conflict: as :func:`rerun`.
        Invalid: as :func:`rerun`; or the document is none.
    """
    (row,) = _rows(session, run, key, ALL)
    said = plain_yaml.loads(document.replace("\r\n", "\n"))
    if not isinstance(said, dict) or not said:
        raise Invalid("a job is a mapping of YAML")
    runs.create(session, place.name, place.now, place.scheme, tags=[tag(run)])
    _submit(session, row, fresh(row.kind, said), place, {})
    _note(session, run, key, place, 1, edited=True)


def editable(session: Session, run: str, key: str) -> str:
    """Return what a job was told as YAML, without what is private and what became of it.

    Raises:
        NotFound, Conflict: as :func:`rerun`.
        TooLarge: it is too large to be edited.
    """
    (row,) = _rows(session, run, key, ALL)
    if len(row.document) > LARGEST:
        raise TooLarge(f"what job {key} was told has more than {LARGEST} bytes, too many to be edited here")
    said = fresh(row.kind, orjson.loads(row.document))
    return block_yaml.dump({name: value for name, value in said.items() if not private(name)})


def fresh(kind: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a job of a kind was told, without what became of it."""
    fate = jobs.FATE if kind == "boot" else jobs.FATE | OUTCOME
    return {name: value for name, value in document.items() if name not in fate}


def tag(run: str) -> str:
    """Return the tag of a run that does again what another did."""
    return f"rerun of {run}"


def _rows(session: Session, run: str, key: str | None, which: str) -> Sequence[Row[Any]]:
    run_id = job_search.run_id(session, run)
    values = {"run_id": run_id, "key": key, "statuses": list(STATUSES[which]), "limit": MOST + 1}
    rows = session.execute(JOBS, values).all()
    if not rows:
        if key is not None:
            prospect(session, run, key)
        raise Conflict(f"no job of these of run {run} was in a queue of this service: none is done again here")
    if len(rows) > MOST:
        raise Invalid(f"at most {MOST} jobs are done again at once")
    return rows


def _submit(
    session: Session, row: Row[Any], document: Mapping[str, Any], place: Place, renumbered: Mapping[str, str]
) -> str:
    """Store a job as whoever submits such a job does, and return what it is called by."""
    if row.kind == "boot":
        said = _waiting_for(document, renumbered)
        made = jobs.submit(session, said, place.now, place.hosts, place.scheme, run=place.name)
        return str(made["id"])
    queue = _queue(session, document.get("queue") or row.queue, row.queue)
    said = {**document, "name": place.name, "queue": queue, "status": "queued"}
    return reports.submit(session, place.name, None, said, place.now, place.scheme)


def _queue(session: Session, said: Any, known: str) -> str:
    if said == known:
        return known
    if not isinstance(said, str) or not 0 < len(said) <= LONGEST_QUEUE or not queues.listed(session, said, None):
        raise Invalid("queue: there is no such queue")
    return said


def _waiting_for(document: Mapping[str, Any], renumbered: Mapping[str, str]) -> dict[str, Any]:
    wanted = document.get("wait_on")
    if not isinstance(wanted, Mapping):
        return dict(document)
    return {**document, "wait_on": {renumbered.get(old, old): each for old, each in wanted.items()}}


def _note(session: Session, run: str, key: str | None, place: Place, number: int, **more: Any) -> None:
    naming.note(session, "rerun", run, key, place.by, rerun=place.name, jobs=number, **more)
