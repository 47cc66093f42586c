"""What a lab says of a job of a node after its end: received and kept first, acted on later, once.

The document is a file of the job behind the node; a task of the service waits until somebody reads it.
"""

import contextlib
import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Row, text

from paddles.accounts.access import Principal
from paddles.archive import files, jobs
from paddles.archive.jobs import Left, Waits
from paddles.db.session import Session
from paddles.errors import Conflict, Invalid, NotFound, Unauthenticated
from paddles.lab import leases, queues, statistics
from paddles.nodes import backing, editors, nodes, planting, statements
from paddles.nodes.backing import Lab
from paddles.nodes.planting import Outcome
from paddles.nodes.verdicts import ERRORS

# The queue, and the run that its tasks are the jobs of.
QUEUE = "callbacks"
# For so long a task is nobody else's; whoever dies over it is not waited for any longer.
LEASE = datetime.timedelta(minutes=2)
SERVICE = Principal(id="0" * 24, username="service", is_superuser=True)
DIGEST = re.compile(r"[0-9a-f]{64}")
STATUS = {"pass": "pass", "fail": "fail", "incomplete": "dead"}

OF_NODE = text("SELECT id, kind, owner, user_groups, data ->> 'runtime' AS runtime FROM nodes WHERE id = :id")
ADDRESS = text("SELECT runs.name AS run, jobs.key FROM jobs JOIN runs ON runs.id = run_id WHERE jobs.id = :id")


class Taken(NamedTuple):
    """A callback to be acted on: its task, how often that was taken, the node, and the digest of the document.

    These two are blank in a task that says nothing of the kind: anybody may have added it.
    """

    task_id: int
    attempt: int
    node_id: str
    digest: bytes


class Kept(NamedTuple):
    """A file of a job: where it is in the store, how large, and the path that it has below the job's results."""

    path: str
    digest: bytes
    size: int


@dataclass(frozen=True)
class Word:
    """What a callback comes to.

    ``said`` is for the node's data, of which ``error_code`` and ``error_msg`` go where it says none; ``artifacts`` are
    addresses by name, ``outcomes`` go below the node, ``log`` to the job.
    """

    result: str
    said: Mapping[str, Any] = field(default_factory=dict)
    artifacts: Mapping[str, str] = field(default_factory=dict)
    outcomes: Sequence[Outcome] = ()
    log: Kept | None = None


def path_of(digest: bytes) -> str:
    """Return the path of a document among the files of its job."""
    return f"lava-callback-{digest.hex()[:12]}.json"


def admit(session: Session, node_id: str, asker: Principal) -> None:
    """Do nothing where somebody may say how the job of a node ended: who may change it, or a program of its runtime.

    A program is of a runtime when its grant, of the scope ``report``, is called as ``data.runtime``.

    Raises:
        NotFound: there is no such node.
        Invalid: it is no job.
        Unauthenticated: it is somebody else's.
    """
    node = session.execute(OF_NODE, {"id": node_id}).first()
    if node is None:
        raise NotFound(f"Node not found with id: {node_id}")
    ours = asker.scope == "report" and asker.username == node.runtime
    if not ours and not editors.may_edit(asker, node.owner, node.user_groups, node.runtime):
        raise Unauthenticated("Unauthorized to complete the operation")
    if node.kind != "job":
        raise Invalid(f"a callback is for a job, and node {node_id} is a {node.kind}")


def record(session: Session, node_id: str, kept: Kept, lab: Lab, now: datetime.datetime) -> None:
    """Note a document that is in the file store, and was expected there, to be acted on; a second time is none.

    A node that has no job behind it gets one, for what the lab says is the archive's too.

    Raises:
        NotFound: the node is gone.
        Unavailable: the document is not there any more.
    """
    node = session.execute(statements.LOCK, {"id": node_id}).first()
    if node is None:
        raise NotFound(f"Node not found with id: {node_id}")
    job = _locked(session, node.job_id or _outside(session, node, lab, now))
    if files.wanted(session, job.id, kept.path, kept.digest):
        files.add(session, job.id, kept.path, kept.digest, now)
    content = {"node": node_id, "document": kept.digest.hex()}
    said = {"queue": QUEUE, "content": content, "priority": 0, "status": "queued"}
    waits = Waits(queues.ensure(session, QUEUE), "task")
    with contextlib.suppress(Conflict):
        key = f"{node_id}-{kept.digest.hex()[:16]}"
        jobs.create(session, QUEUE, key, said, now, statistics.NAMELESS, waits=waits)


def take(session: Session, now: datetime.datetime) -> Taken | None:
    """Take the oldest callback that waits, if there is one. It is offered again should it not be ended in time."""
    task_id = leases.claim(session, [QUEUE], "task", now, LEASE)
    task = None if task_id is None else jobs.lock_numbered(session, task_id, "task")
    if task is None:
        return None
    content = orjson.loads(task.document).get("content")
    node, document = (content.get(name) if isinstance(content, dict) else None for name in ("node", "document"))
    if not isinstance(node, str) or not DIGEST.fullmatch(str(document)):
        return Taken(task.id, task.attempt, "", b"")
    return Taken(task.id, task.attempt, node, bytes.fromhex(str(document)))


def place(session: Session, taken: Taken) -> tuple[int, str]:
    """Return the number and the suite of the job that a callback is about: where its files are.

    Raises:
        NotFound: the node, or its job, is gone; or the job never got that document.
    """
    node = session.execute(statements.LOCK, {"id": taken.node_id}).first()
    if node is None or node.job_id is None:
        raise NotFound("there is no such node any more, or no job behind it")
    job = _locked(session, node.job_id)
    if files.wanted(session, job.id, path_of(taken.digest), taken.digest):
        raise NotFound(f"job {job.id} has no such document")
    return int(job.id), str(orjson.loads(job.document).get("suite") or backing.SUITE)


def act(session: Session, node_id: str, word: Word, now: datetime.datetime) -> None:
    """Let a node, and the job behind it, be as a lab says: results below it, then its end, in one event.

    Nothing happens to a node that is gone.
    """
    node = session.execute(statements.LOCK, {"id": node_id}).first()
    if node is None or node.job_id is None:
        return
    job = _locked(session, node.job_id)
    if word.log and files.wanted(session, job.id, word.log.path, word.log.digest):
        files.add(session, job.id, word.log.path, word.log.digest, now)
    artifacts = {**orjson.loads(node.artifacts or b"{}"), **word.artifacts}
    _end(session, job, word, now)
    planting.plant(session, node_id, word.outcomes, now, tell=False)
    known = {name: value for name, value in orjson.loads(node.data).items() if name not in ERRORS}
    whole = {"state": "done", "result": word.result, "data": {**known, **word.said}, "artifacts": artifacts}
    nodes.change(session, node_id, whole, SERVICE, now, hierarchy=True)


def end(session: Session, task_id: int, reason: str, now: datetime.datetime) -> str:
    """End the task of a callback: pass, or fail where there is a reason to; return which."""
    return statistics.end(session, task_id, reason, now)


def _outside(session: Session, node: Row[Any], lab: Lab, now: datetime.datetime) -> int:
    """Put a job behind a node that a lab of its own runs, and return its number."""
    known = {**node._mapping, "data": orjson.loads(node.data)}
    job_id = backing.note(session, known, lab, now)
    backing.link(session, {node.id: job_id}, "running")
    return job_id


def _locked(session: Session, job_id: int) -> Row[Any]:
    where = session.execute(ADDRESS, {"id": job_id}).one()
    job = jobs.lock(session, where.run, where.key)
    if job is None:
        raise NotFound(f"there is no job {job_id}")
    return job


def _end(session: Session, job: Row[Any], word: Word, now: datetime.datetime) -> None:
    """End a job as its lab says; a verdict is taken of one that was given up, too."""
    status = STATUS[word.result]
    reason = str(word.said.get("error_code") or "") or None
    said = {"status": status, "failure_reason": word.said.get("error_msg")}
    left = Left(job.queue_id, leased=False, reason=reason if status == "dead" else None)
    jobs.report(session, job, orjson.loads(job.document), said, now, left=left)
    if job.leased:
        leases.end(session, job.id, status, now)
