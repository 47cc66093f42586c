"""Tasks: jobs that programs pass from queue to queue; added, consumed, handed over, deleted.

A queue is called ``<service>/<more>``. The tasks of a service are the jobs of a run of that name: queued while they are
ready, running while somebody has them in process, and gone when they have left the service.
"""

import datetime
import fnmatch
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Row, text

from paddles.archive import jobs
from paddles.archive.jobs import Waits
from paddles.archive.names import Scheme
from paddles.db.pages import prefix
from paddles.db.session import Session
from paddles.errors import Conflict, Invalid, TooLarge
from paddles.lab import leases, queues

LONGEST_QUEUE = 256
MOST_NAMES = 10_000
LAB = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
NUMBER = re.compile(r"(?:.*\.)?([0-9]{1,18})", re.DOTALL)
# Below the queue proper: tasks for when there is nothing else, and batches, called by a UUID, that stand behind what is
# asked for singly.
IDLE = "/idle"
BATCH = re.compile(r"/[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
SINGLY, IN_A_BATCH = 0, 1
WILD = re.compile(r"[*?\[]")

NEXT = text("SELECT nextval(pg_get_serial_sequence('jobs', 'id'))")
LATEST = text("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM jobs_id_seq")
# Few at a time are in process: their leases lead to them.
IN_PROCESS = text("""
    SELECT EXISTS (
        SELECT FROM leases JOIN jobs ON jobs.id = leases.job_id
        WHERE leases.ended IS NULL AND jobs.kind = 'task' AND jobs.status = 'running' AND jobs.key = :key)
""")
BUSY = text("""
    SELECT queues.name, 'ready' AS state FROM queues
    WHERE name LIKE :prefix AND EXISTS (
        SELECT FROM jobs WHERE queue_id = queues.id AND status = 'queued' AND NOT leased AND kind = 'task')
    UNION ALL
    SELECT DISTINCT queues.name, 'in_process' FROM leases JOIN jobs ON jobs.id = leases.job_id
    JOIN queues ON queues.id = jobs.queue_id
    WHERE leases.ended IS NULL AND jobs.kind = 'task' AND jobs.status = 'running' AND queues.name LIKE :prefix
    ORDER BY name, state DESC LIMIT :limit
""")


class Place(NamedTuple):
    """Where a task waits: the queue that stores it, the one that consumers ask, its service, how urgent it is there."""

    stored: str
    asked: str
    service: str
    priority: int | None


class Task(NamedTuple):
    """A task that was consumed."""

    id: str
    content: dict[str, Any]


def place(queue: str) -> Place:
    """Return where a task of this queue waits. Raises Invalid when no queue can be called so."""
    if len(queue) > LONGEST_QUEUE or not queue.isprintable() or not all(queue.split("/")):
        raise Invalid(f"a queue is called like service/name, by at most {LONGEST_QUEUE} characters")
    service = queue.partition("/")[0]
    if queue.endswith(IDLE):
        return Place(queue, queue.removesuffix(IDLE), service, None)
    batch = BATCH.search(queue)
    asked = queue[: batch.start()] if batch and batch.end() == len(queue) else queue
    return Place(asked, asked, service, SINGLY if asked == queue else IN_A_BATCH)


def add(session: Session, queue: str, content: Mapping[str, Any], now: datetime.datetime, scheme: Scheme) -> str:
    """Store a task as ready in a queue and return its id: the one in ``content``, or the next of its lab.

    Raises:
        Invalid: no queue can be called so.
        Conflict: it names no lab; or an id that was never given, or that is in the queue or in process.
    """
    to = place(queue)
    lab = content.get("lab")
    if not isinstance(lab, str) or not LAB.fullmatch(lab):
        raise Conflict("Need the lab in the task content")
    said = content.get("id")
    task_id = f"{lab}.{session.scalar(NEXT)}" if said is None else _given(session, to, said)
    _store(session, to, task_id, {**content, "id": task_id}, now, scheme)
    return task_id


def consume(session: Session, queue: str, now: datetime.datetime, ttl: datetime.timedelta) -> Task | None:
    """Take the oldest task that is ready in a queue, or in its idle list, and return it, or None when there is none.

    It is in process, and nobody else's, until ``ttl`` has passed; then it is ready again, where it was.
    """
    asked = place(queue).asked
    found = leases.take(session, [asked, asked + IDLE], "task", now, ttl)
    return None if found is None else Task(found.key, orjson.loads(found.document)["content"])


def hand_over(session: Session, source: str, target: str, task_id: str, now: datetime.datetime, scheme: Scheme) -> None:
    """Make a task that is in process in ``source`` ready in the queue ``target``, as the last there.

    Raises:
        Invalid: no queue can be called so.
        Conflict: it is not in process there, or the other service has one of that id.
    """
    old, new = place(source), place(target)
    content = orjson.loads(_held(session, old, source, task_id).document)["content"]

    def leave() -> None:
        jobs.delete(session, old.service, task_id, now)

    def arrive() -> None:
        _store(session, new, task_id, content, now, scheme)

    # The runs of both change: in the order of their names, so that two who swap tasks do not wait for each other.
    for step in (leave, arrive) if old.service <= new.service else (arrive, leave):
        step()


def delete(session: Session, queue: str, task_id: str, now: datetime.datetime) -> None:
    """Delete a task, ready or in process, of the service that ``queue`` belongs to. Raises Invalid, Conflict."""
    service = place(queue).service
    if _locked(session, service, task_id) is None:
        raise Conflict(f"Can not find id <{task_id}> in queue <{queue}>")
    jobs.delete(session, service, task_id, now)


def keys(session: Session, pattern: str) -> list[str]:
    """Return ``<queue>/ready`` and ``<queue>/in_process`` of the queues that have such tasks, where a pattern fits.

    ``*`` is anything, ``?`` one character, ``[..]`` one of some, ``[^..]`` one of all others.

    Raises:
        TooLarge: there are more than ``MOST_NAMES`` to look at.
    """
    # The last part may be the state, which is no part of the queue's own name.
    begins = WILD.split(pattern, maxsplit=1)[0].rpartition("/")[0]
    found = session.execute(BUSY, {"prefix": prefix(begins), "limit": MOST_NAMES + 1}).all()
    if len(found) > MOST_NAMES:
        raise TooLarge(f"more than {MOST_NAMES} queues begin with <{begins}>")
    fits = re.compile(fnmatch.translate(pattern.replace("[^", "[!")))
    return [name for name in dict.fromkeys(_names(found)) if fits.match(name)]


def _names(found: Any) -> Iterator[str]:
    for row in found:
        # An idle list is the list itself while its tasks are ready; in process they are the queue's.
        if row.name.endswith(IDLE):
            yield row.name if row.state == "ready" else f"{row.name.removesuffix(IDLE)}/{row.state}"
        else:
            yield f"{row.name}/{row.state}"


def _given(session: Session, to: Place, said: Any) -> str:
    """Return an id that a task had before and is to have again. Raises Conflict where it is not free."""
    task_id = str(said) if isinstance(said, str | int) and not isinstance(said, bool) else ""
    number = NUMBER.fullmatch(task_id)
    if number is None or not task_id.isprintable() or int(number[1]) > int(session.scalar(LATEST) or 0):
        raise Conflict(f"Add with error id <{said}>")
    there = _locked(session, to.service, task_id)
    if there is not None and there.status == "running":
        raise Conflict(f"Service <{to.service}> still has id <{task_id}> in process")
    if there is None and session.scalar(IN_PROCESS, {"key": task_id}):
        raise Conflict(f"TaskQueue still has id <{task_id}> in process")
    return task_id


def _store(
    session: Session, to: Place, task_id: str, content: Mapping[str, Any], now: datetime.datetime, scheme: Scheme
) -> None:
    waits = Waits(queues.ensure(session, to.stored), "task")
    said = {"queue": to.stored, "content": content, "priority": to.priority, "status": "queued"}
    try:
        jobs.create(session, to.service, task_id, said, now, scheme, waits=waits)
    except Conflict:
        raise Conflict(f"Queue <{to.stored}> already has id <{task_id}>") from None


def _held(session: Session, at: Place, queue: str, task_id: str) -> Row[Any]:
    job = _locked(session, at.service, task_id)
    if job is None or job.status != "running" or place(orjson.loads(job.document)["queue"]).asked != at.asked:
        raise Conflict(f"Can not find id <{task_id}> in queue <{queue}>")
    return job


def _locked(session: Session, service: str, task_id: str) -> Row[Any] | None:
    job = jobs.lock(session, service, task_id)
    return job if job is not None and job.kind == "task" and job.status in ("queued", "running") else None
