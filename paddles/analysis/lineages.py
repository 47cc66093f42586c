"""Which lineage a job is of, and keeping a lineage to oneself while a job of it is judged."""

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from paddles.analysis.models import FACETS
from paddles.db.prepared import hot
from paddles.db.session import Session

_NAMES = ", ".join(FACETS)
# In the order of ids, so that two who need the same two never wait for each other.
LOCK = hot(
    """
    SELECT id, digest, latest, latest_job_id FROM lineages
    WHERE digest = :digest OR id = :old_id ORDER BY id FOR NO KEY UPDATE""",
    "id digest latest latest_job_id",
)
ADD = hot(f"""
    INSERT INTO lineages (digest, {_NAMES}) VALUES (:digest, {", ".join(f":{name}" for name in FACETS)})
    ON CONFLICT (digest) DO NOTHING
""")


def digest(facets: Mapping[str, str]) -> bytes:
    """Return what the lineage of these facets is called."""
    return hashlib.sha256("\0".join(facets[name] for name in FACETS).encode()).digest()


def lock(session: Session, facets: Mapping[str, str], old_id: int | None) -> tuple[Row[Any], Row[Any] | None]:
    """Return the lineage of these facets, made where there is none, and the one of number ``old_id``, both locked.

    Each has ``id``, ``latest`` and ``latest_job_id``. The second is None where it is the same, or none was asked for.
    """
    wanted = digest(facets)
    # Whoever makes it at the same time is waited for.
    session.later(ADD, {"digest": wanted, **{name: facets[name] for name in FACETS}})
    found = _locked(session, wanted, old_id)
    new = found.pop(wanted)
    return new, next(iter(found.values()), None)


def keep(session: Session, lineage_id: int) -> Row[Any] | None:
    """Lock the lineage of this number and return it, None where there is none."""
    return next(iter(_locked(session, b"", lineage_id).values()), None)


def _locked(session: Session, wanted: bytes, old_id: int | None) -> dict[bytes, Row[Any]]:
    rows = session.execute(LOCK, {"digest": wanted, "old_id": old_id})
    return {bytes(row.digest): row for row in rows}
