"""Jobs added to a build: all that one request, or one job that passed, brings about, by a few statements."""

import datetime
from collections.abc import Collection, Sequence
from typing import Protocol

import orjson

from paddles.archive import jobs
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.lab import queues
from paddles.projects import changes, tags
from paddles.projects.following import New

ADD = hot("""
    INSERT INTO build_jobs (job_id, run_name, trigger_name, trigger_type, host_tag)
    SELECT * FROM unnest(CAST(:ids AS bigint[]), CAST(:run_names AS text[]), CAST(:trigger_names AS text[]),
        CAST(:trigger_types AS text[]), CAST(:host_tags AS text[]))
""")
# Whether an older build of the same project is still under way.
BEHIND = hot("""
    SELECT EXISTS (SELECT FROM builds WHERE project_id = :project_id AND number < :number
        AND status IN ('queued', 'running', 'failing'))
""")


class Into(Protocol):
    """A build whose row is the caller's, with what it needs of its project: a row of ``locks.build``, or a new one."""

    @property
    def run_id(self) -> int:
        """The id of its run."""

    @property
    def number(self) -> int:
        """What it is called in its project."""

    @property
    def priority(self) -> int:
        """That of its jobs, smaller first."""

    @property
    def project_id(self) -> int:
        """The id of its project."""

    @property
    def project(self) -> str:
        """The name of its project."""

    @property
    def synchronous(self) -> bool:
        """Whether the builds of its project go one after the other."""

    @property
    def allowed_tags(self) -> list[str] | None:
        """Which machines its jobs may ask for; None: any."""


def add(session: Session, build: Into, new: Sequence[New], now: datetime.datetime) -> bool:
    """Add queued jobs to a build, and say whether one failed at once: its project may not ask for such a machine.

    Of a project whose builds go one after the other those of a later build wait.

    Raises:
        Conflict: the build's run has a job of such a key.
    """
    reasons = [refusal(build.allowed_tags, job.host_tag) for job in new]
    status = "waiting" if behind(session, build) else "queued"
    queue_ids = queues.ensure_all(session, {job.host_tag: _pattern(job.host_tag) for job in new})
    rows = [
        {
            "key": job.key,
            "status": "fail" if reason else status,
            "reason": reason,
            "queue_id": queue_ids[job.host_tag],
            "document": orjson.dumps(job.document).decode(),
        }
        for job, reason in zip(new, reasons, strict=True)
    ]
    ids = jobs.create_many(session, build.run_id, rows, now, suite=build.project, priority=build.priority)
    values = {
        "ids": ids,
        "run_names": [job.run_name for job in new],
        "trigger_names": [job.trigger_name for job in new],
        "trigger_types": [job.trigger_type for job in new],
        "host_tags": [job.host_tag for job in new],
    }
    session.execute(ADD, values)
    changes.note_many(session, build.run_id, ids, "queued", now)
    failed = [job_id for job_id, reason in zip(ids, reasons, strict=True) if reason]
    if failed:
        changes.note_many(session, build.run_id, failed, "fail", now)
    return bool(failed)


def behind(session: Session, build: Into) -> bool:
    """Say whether the jobs of a build have to wait for those of an older one."""
    values = {"project_id": build.project_id, "number": build.number}
    return build.synchronous and bool(session.scalar(BEHIND, values))


def refusal(allowed: Collection[str] | None, host_tag: str) -> str | None:
    """Return why the jobs of a project may not ask for a machine with a tag, None where they may."""
    if not allowed or host_tag in allowed:
        return None
    return f"The host tag {host_tag} is not one of those that this project may use: {', '.join(allowed)[:1000]}"


def _pattern(host_tag: str) -> str | None:
    return tags.expression(host_tag) if tags.is_pattern(host_tag) else None
