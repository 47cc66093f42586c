"""Kernels that were built: a row beside the job of each."""

import datetime
from dataclasses import fields
from typing import Any

import orjson
from sqlalchemy import text

from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.kernels.facts import Build

COLUMNS = tuple(field.name for field in fields(Build) if field.name != "document")
_NAMES = ", ".join(COLUMNS)
# When it was first heard of stays; what is said again, and in the same words, changes nothing.
STORE = text(f"""
    INSERT INTO kernel_builds (job_id, created, updated, document, {_NAMES})
    VALUES (:job_id, :created, :now, CAST(:document AS jsonb), {", ".join(f":{name}" for name in COLUMNS)})
    ON CONFLICT (job_id) DO UPDATE SET updated = EXCLUDED.updated, document = EXCLUDED.document,
        {", ".join(f"{name} = EXCLUDED.{name}" for name in COLUMNS)}
    WHERE kernel_builds.document <> EXCLUDED.document
        OR ({", ".join(f"kernel_builds.{name}" for name in COLUMNS)})
            IS DISTINCT FROM ({", ".join(f"EXCLUDED.{name}" for name in COLUMNS)})
""")
DOCUMENT = hot("SELECT CAST(document AS text) AS document FROM kernel_builds WHERE job_id = :job_id", "document")


def store(
    session: Session,
    job_id: int,
    build: Build,
    now: datetime.datetime,
    *,
    created: datetime.datetime | None = None,
) -> None:
    """Say what is known of the kernel that a job built; ``created`` is when it was, if nobody had heard of it."""
    values = {name: getattr(build, name) for name in COLUMNS}
    document = orjson.dumps(build.document).decode()
    session.execute(STORE, {**values, "job_id": job_id, "document": document, "created": created or now, "now": now})


def document(session: Session, job_id: int) -> dict[str, Any]:
    """Return all that was said of the kernel that a job built; nothing of one of which nobody has spoken."""
    found = session.scalar(DOCUMENT, {"job_id": job_id})
    return orjson.loads(found) if found else {}
