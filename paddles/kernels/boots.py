"""Kernels that were to boot: a row beside the job of each."""

import datetime
from dataclasses import fields
from typing import Any

import orjson
from sqlalchemy import Row, text

from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.kernels.facts import Boot

COLUMNS = tuple(field.name for field in fields(Boot) if field.name != "details")
_NAMES = ", ".join(COLUMNS)
STORE = text(f"""
    INSERT INTO kernel_boots (job_id, happened, revision, digest, details, {_NAMES})
    VALUES (:job_id, :happened, :revision, :digest, CAST(:details AS jsonb),
        {", ".join(f":{name}" for name in COLUMNS)})
    ON CONFLICT (job_id) DO UPDATE SET happened = EXCLUDED.happened, revision = kernel_boots.revision + 1,
        digest = EXCLUDED.digest, details = EXCLUDED.details,
        {", ".join(f"{name} = EXCLUDED.{name}" for name in COLUMNS)}
    WHERE kernel_boots.details <> EXCLUDED.details
        OR (kernel_boots.digest, {", ".join(f"kernel_boots.{name}" for name in COLUMNS)})
            IS DISTINCT FROM (EXCLUDED.digest, {", ".join(f"EXCLUDED.{name}" for name in COLUMNS)})
""")
KNOWN = hot(
    """
    SELECT kernel_boots.job_id, runs.name AS run, jobs.key, kernel_boots.ended, kernel_boots.revision,
        kernel_boots.digest
    FROM kernel_boots JOIN jobs ON jobs.id = kernel_boots.job_id JOIN runs ON runs.id = jobs.run_id
    WHERE kernel_boots.lab = :lab AND kernel_boots.external_id = :external_id""",
    "job_id run key ended revision digest",
)


def known(session: Session, lab: str, external_id: str) -> Row[Any] | None:
    """Return the job of a lab that it calls so, None where there is none: ``job_id``, ``run``, ``key``, ``ended``,
    ``revision`` and the ``digest`` of what was said last.
    """
    if not external_id:
        return None
    return session.execute(KNOWN, {"lab": lab, "external_id": external_id}).first()


def store(
    session: Session,
    job_id: int,
    boot: Boot,
    happened: datetime.datetime,
    *,
    digest: bytes | None = None,
    revision: int = 1,
) -> None:
    """Say what is known of the boot that a job was; ``digest`` names the document, ``revision`` counts a first one."""
    values = {name: getattr(boot, name) for name in COLUMNS}
    details = orjson.dumps(boot.details).decode()
    at = {"happened": boot.ended or happened, "digest": digest, "revision": revision}
    session.execute(STORE, {**values, **at, "job_id": job_id, "details": details})
