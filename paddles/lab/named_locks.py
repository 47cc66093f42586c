"""Locks on machines that are named: taken all or none, and given back, also for others, by who knows whose they are."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import Conflict, NotFound
from paddles.lab import locks, machines

NAMED = hot(f"""
    SELECT {machines.COLUMNS} {machines.FROM} WHERE machines.name = ANY (:names) ORDER BY machines.name
""")
TAKE = hot("""
    WITH held AS (
        UPDATE machines SET locked = true, locked_by = :locked_by, locked_since = :now,
            description = COALESCE(CAST(:description AS text), description)
        WHERE id = ANY (:ids) RETURNING name)
    INSERT INTO events (channel, type, subject, data)
    SELECT 'machine', 'machine.locked', 'nodes/' || name,
        jsonb_build_object('machine', name, 'by', CAST(:locked_by AS text))
    FROM held
""")
MOST = 200


def named(session: Session, names: Sequence[str]) -> Sequence[Row[Any]]:
    """Return the machines of these names, by name, as ``machines.find`` does.

    Raises:
        NotFound: one of them is not there, or none is named.
    """
    return _all(names, session.execute(NAMED, {"names": list(names)}).all())


def take(
    session: Session, names: Sequence[str], locked_by: str, description: str | None, now: datetime.datetime
) -> None:
    """Lock machines, all or none, for ``locked_by``; without a ``description`` they keep theirs.

    Raises:
        NotFound: as :func:`named`.
        Conflict: one is locked, whoever has it.
    """
    found = _all(names, machines.locked_rows(session, list(names)))
    held = [f"{row.name} by {row.locked_by or 'nobody named'}" for row in found if row.locked]
    if held:
        raise Conflict(f"locked already: {', '.join(held)}; nothing was locked")
    values = {"ids": [row.id for row in found], "locked_by": locked_by, "description": description, "now": now}
    session.later(TAKE, values)


def release(session: Session, held: Mapping[str, str], by: str) -> None:
    """Unlock machines, all or none, each of which is held by whom ``held`` says, blank for nobody named.

    ``by`` does it, as the log says.

    Raises:
        NotFound: as :func:`named`.
        Conflict: one is not locked any more, or by somebody else.
    """
    found = _all(list(held), machines.locked_rows(session, list(held)))
    for row in found:
        if not row.locked:
            raise Conflict(f"{row.name} is not locked; nothing was unlocked")
        if (row.locked_by or "") != held[row.name]:
            raise Conflict(f"{row.name} is locked by {row.locked_by} now; nothing was unlocked")
    session.later(locks.FREE, {"ids": [row.id for row in found], "locked_by": by})


def _all(names: Sequence[str], found: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    missing = sorted({*names} - {row.name for row in found})
    if missing or not found:
        raise NotFound(f"there is no machine {', '.join(missing)}" if missing else "no machine is named")
    return found
