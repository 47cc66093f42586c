"""Judging a job: what its results do to the regressions of its lineage, in the transaction that stores them."""

import datetime
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from paddles.analysis import lineages, replay, statements
from paddles.analysis.models import FACETS
from paddles.analysis.replay import Said
from paddles.db.session import Session


def judge(session: Session, job_id: int, *, believing: bool = True) -> None:
    """Open, extend and fix regressions by what is stored of a kernel's boot and its tests now.

    The caller has the job's row to itself, and calls this again whenever anything of the boot has changed. Whatever
    order jobs are judged in, and however often, the same marks and regressions are the end of it: those of the results
    in the order of their moments. Opening, fixing and taking back a regression are each an event. A job that booted
    no kernel is none of ours. How many statements it takes does not depend on how much was tested. When not
    ``believing``, all that follows in the lineage is judged again, whatever its marks say.
    """
    facts = session.execute(statements.FACTS, {"job_id": job_id}).first()
    if facts is None:
        return
    session.execute(statements.ADD_PATHS, {"job_id": job_id})
    lineage, left = lineages.lock(session, {name: facts._mapping[name] for name in FACETS}, facts.old_id)
    if left:
        replay.replace(session, left.id, Said(job_id, facts.old_at, old_at=facts.old_at), {}, believing=believing)
    if believing and facts.old_id is None and _behind_all(lineage, facts.happened, job_id):
        session.later(statements.NEXT, _values(facts, lineage, job_id))
        return
    results = {row.id: row.status for row in session.execute(statements.RESULTS_OF, {"job_id": job_id})}
    old_at = None if left else facts.old_at
    said = Said(job_id, facts.happened, facts.kernel, facts.git_commit, old_at)
    replay.replace(session, lineage.id, said, results, believing=believing)


def retract(session: Session, job_id: int) -> None:
    """Take back what the results of a job have come to: it is about to be deleted, since it never was what it seemed.

    A job that is deleted because it is old takes back nothing.
    """
    facts = session.execute(statements.FACTS, {"job_id": job_id}).first()
    if facts is None or facts.old_id is None:
        return
    lineages.keep(session, facts.old_id)
    replay.replace(session, facts.old_id, Said(job_id, facts.old_at, old_at=facts.old_at), {})


def _behind_all(lineage: Row[Any], at: datetime.datetime, job_id: int) -> bool:
    return lineage.latest is None or (at, job_id) > (lineage.latest, lineage.latest_job_id)


def _values(facts: Row[Any], lineage: Row[Any], job_id: int) -> Mapping[str, Any]:
    return {
        "lineage_id": lineage.id,
        "latest": lineage.latest,
        "latest_job_id": lineage.latest_job_id,
        "job_id": job_id,
        "at": facts.happened,
        "kernel": facts.kernel,
        "commit": facts.git_commit,
    }
