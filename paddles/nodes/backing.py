"""Jobs of the lab behind nodes: queued with the node that asks for one, given up when the node is over."""

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from paddles.archive import jobs, names
from paddles.archive.jobs import Waits
from paddles.archive.names import Scheme
from paddles.db.session import Session
from paddles.errors import Conflict, Invalid
from paddles.lab import queues, reports, tasks
from paddles.nodes.verdicts import CANCELED

# What a node's document may not say of its job: what it becomes, and what the node says itself.
FATE = frozenset("id job_id status success posted started updated log_href href targets queue node_id".split())
SUITE = "kernelci"
MOST_IN_A_TREE = 1000
LONGEST_DESCRIPTION = 1000
# What a run, and a job of one that machines boot for, can be called by.
LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+~-]{0,127}")

# From a node upwards to its root: what the whole tree is called.
ROOT = text("""
    WITH RECURSIVE above (id, parent_id, treeid) AS (
        SELECT id, parent_id, treeid FROM nodes WHERE id = :id
        UNION SELECT nodes.id, nodes.parent_id, nodes.treeid FROM above JOIN nodes ON nodes.id = above.parent_id)
    SELECT id, treeid FROM above WHERE parent_id IS NULL
""")
NUMBERED = text("SELECT jobs.id FROM jobs JOIN runs ON runs.id = run_id WHERE runs.name = :run AND jobs.key = :key")
LINK = text("""
    UPDATE nodes SET job_id = new.job_id, job_status = :status
    FROM unnest(CAST(:ids AS text[]), CAST(:job_ids AS bigint[])) AS new (id, job_id) WHERE nodes.id = new.id
""")


@dataclass(frozen=True)
class Lab:
    """Where nodes that ask for it get a job.

    ``scheme`` reads the names of runs, ``name`` is the lab's. ``boot(session, document, now)`` submits a job that a
    machine boots for and returns its number: what such a job must be like is not known here.
    """

    scheme: Scheme
    name: str
    boot: Callable[[Session, Mapping[str, Any], datetime.datetime], int]


def wants(node: Mapping[str, Any]) -> bool:
    """Say whether a new node asks for a job: it is of kind job, names a queue, and is not over."""
    return node["kind"] == "job" and bool(node["data"].get("queue")) and node["state"] != "done"


def submit(
    session: Session, nodes: Sequence[dict[str, Any]], lab: Lab, now: datetime.datetime, *, top: str | None = None
) -> dict[str, int]:
    """Queue a job for each of some new nodes that :func:`wants` one; return the jobs' numbers by the nodes' ids.

    The nodes' data says from now on as what their jobs are known to machines (``job_id``) and, unless it says so, where
    they run (``runtime``: the queue). Their tree, which the run is called after, is that of the node ``top``, else each
    one's own. The nodes themselves come after this, and then :func:`link`.

    Raises:
        Invalid: a document is none that machines could be given, no queue can be called so, or there are too many.
        Conflict: a job like this was submitted as often as it allows.
        NotFound: the job waits for one that does not exist.
    """
    if len(nodes) > MOST_IN_A_TREE:
        raise Invalid(f"a tree brings at most {MOST_IN_A_TREE} jobs")
    made: dict[str, int] = {}
    for node in nodes:
        data = node["data"]
        made[node["id"]], called = _queue(session, node, run_of(session, node, top), lab, now)
        node["data"] = {**data, "runtime": data.get("runtime") or data["queue"], "job_id": called}
    return made


def link(session: Session, made: Mapping[str, int], status: str = "queued") -> None:
    """Put jobs of a status behind nodes that are there now: numbers of jobs by ids of nodes."""
    if made:
        session.execute(LINK, {"ids": list(made), "job_ids": list(made.values()), "status": status})


def note(session: Session, node: Mapping[str, Any], lab: Lab, now: datetime.datetime) -> int:
    """Note the job of a node that a lab of its own runs, in the run of its tree, and return its number."""
    run = run_of(session, node)
    document = {"suite": SUITE, **_described(node), "name": run, "node_id": node["id"], "status": "running"}
    return int(jobs.create(session, run, node["id"], document, now, lab.scheme).id)


def run_of(session: Session, node: Mapping[str, Any], top: str | None = None) -> str:
    """Return what the run of a node's tree is called: by its treeid where a run can be called so, or by its root.

    A node that has no treeid has that of its root, which is found from the node ``top``, or its own parent.
    """
    if _fits(node["treeid"]):
        return str(node["treeid"])
    above = session.execute(ROOT, {"id": top or node["parent_id"]}).first()
    if above is None:
        return str(node["id"])
    return str(above.treeid if not node["treeid"] and _fits(above.treeid) else above.id)


def cancel(session: Session, job_id: int, now: datetime.datetime) -> dict[str, str]:
    """Give up the job behind a node that is over, and return what the node's data says of that.

    Nothing when the job had ended.
    """
    return dict(CANCELED) if reports.cancel(session, [job_id], "cancel", now) else {}


def _fits(name: str | None) -> bool:
    return name is not None and LABEL.fullmatch(name) is not None and name not in names.RESERVED


def _queue(session: Session, node: Mapping[str, Any], run: str, lab: Lab, now: datetime.datetime) -> tuple[int, str]:
    """Queue the job of a node; return its number, and what it is called by those who take its kind."""
    data = node["data"]
    kind, queue = data.get("job_kind") or "test", data["queue"]
    said = {name: value for name, value in (data.get("job") or {}).items() if name not in FATE}
    document = {"suite": SUITE, **said, "node_id": node["id"]}
    if kind == "boot":
        job_id = lab.boot(session, {**document, "submit_id": run, "tbox_group": queue}, now)
        return job_id, str(job_id)
    if kind == "task":
        return _task(session, queue, {"lab": lab.name, **document}, now, lab)
    # A dispatcher reports of a job by the name of its run, and its key.
    document = {**_described(node), **document, "name": run, "queue": queue, "status": "queued"}
    waits = Waits(queues.ensure(session, queue))
    job_id = int(jobs.create(session, run, node["id"], document, now, lab.scheme, waits=waits).id)
    return job_id, str(job_id)


def _task(
    session: Session, queue: str, content: Mapping[str, Any], now: datetime.datetime, lab: Lab
) -> tuple[int, str]:
    try:
        called = tasks.add(session, queue, content, now, lab.scheme)
    except Conflict as error:
        raise Invalid(f"data.job: {error}") from None
    (job_id,) = session.scalars(NUMBERED, {"run": tasks.place(queue).service, "key": called})
    return int(job_id), called


def _described(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the archive finds a job by, as its node says it."""
    revision = node["data"].get("kernel_revision") or {}
    said = {"user": node["owner"], "branch": revision.get("branch"), "sha1": revision.get("commit")}
    described = {"description": "/".join(node["path"])[:LONGEST_DESCRIPTION]}
    return {name: value for name, value in said.items() if value} | described
