"""Jobs that run together, each on a machine of its own: who is among them, how far each is, and what it said."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Row, text

from paddles.archive import documents
from paddles.db.prepared import hot
from paddles.db.session import Session

ADD = text("""
    INSERT INTO members (job_id, cluster_id) SELECT unnest(CAST(:ids AS bigint[])), :cluster_id
""")
LOCK = hot("SELECT cluster_id, state, said FROM members WHERE job_id = :job_id FOR NO KEY UPDATE")
SAY = hot("UPDATE members SET state = :state, said = CAST(:said AS json) WHERE job_id = :job_id")
ALL = hot("""
    SELECT members.job_id, members.state, members.said, jobs.status
    FROM members JOIN jobs ON jobs.id = members.job_id WHERE members.cluster_id = :cluster_id ORDER BY members.job_id
""")


def add(session: Session, ids: Sequence[int]) -> None:
    """Have some jobs, just made, run together. They are called by the number of the first."""
    session.execute(ADD, {"ids": list(ids), "cluster_id": ids[0]})


def lock(session: Session, job_id: int) -> Row[Any] | None:
    """Return ``cluster_id``, ``state``, ``said`` of a job that runs with others, its row locked; None for any other."""
    return session.execute(LOCK, {"job_id": job_id}).first()


def say(session: Session, job_id: int, known: Row[Any], state: str, said: Mapping[str, Any]) -> None:
    """Store how far a job, a row of :func:`lock`, is, and put what it says over what it said."""
    document = {**orjson.loads(known.said), **said}
    session.later(SAY, {"job_id": job_id, "state": state, "said": documents.dumps(document)})


def listed(session: Session, cluster_id: int) -> Sequence[Row[Any]]:
    """Return ``job_id``, ``state``, ``said`` and the job's ``status`` of all that run together, the oldest first."""
    return session.execute(ALL, {"cluster_id": cluster_id}).all()
