"""What machines, and what starts them, say of them: noted with the moment, and shown with the job at hand."""

import datetime
from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Row

from paddles.archive import documents
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import NotFound, TooLarge
from paddles.lab import machines

LARGEST = 256 * 1024

LOCK = hot("SELECT document FROM machines WHERE id = :id FOR NO KEY UPDATE")
NOTE = hot("UPDATE machines SET document = CAST(:document AS json), checked_in = :now WHERE id = :id")
BEAT = hot("UPDATE machines SET checked_in = :now WHERE name = :name AND checked_in >= :since RETURNING id")
FIND = hot("""
    SELECT machines.name, machines.arch, machines.up, machines.queues, machines.checked_in, machines.document,
        ARRAY(SELECT mac FROM macs WHERE machine_id = machines.id ORDER BY mac) AS macs,
        held.id AS job_id, held.document AS job, held.granted, held.expires
    FROM machines LEFT JOIN LATERAL (
        SELECT jobs.id, jobs.document, leases.granted, leases.expires
        FROM leases JOIN jobs ON jobs.id = leases.job_id
        WHERE leases.machine_id = machines.id AND leases.ended IS NULL ORDER BY leases.id DESC LIMIT 1) AS held ON true
    WHERE machines.name = :name
""")


def note(session: Session, name: str, said: Mapping[str, Any], now: datetime.datetime) -> None:
    """Put what is said over what was said of the machine ``name``, which is registered when nobody knows it.

    Raises:
        Invalid: no machine can be called so.
        TooLarge: it would be more than ``LARGEST`` bytes together.
    """
    machine_id = machines.ensure(session, name)
    known = orjson.loads(session.scalar(LOCK, {"id": machine_id}) or b"{}")
    document = documents.dumps({**known, **said})
    if len(document) > LARGEST:
        raise TooLarge(f"at most {LARGEST} bytes are kept of what a machine says of itself")
    session.later(NOTE, {"id": machine_id, "document": document, "now": now})


def beat(session: Session, name: str, since: datetime.datetime, now: datetime.datetime) -> bool:
    """Note that a machine lives, if it said so since then; return whether it did."""
    return session.scalar(BEAT, {"name": name, "since": since, "now": now}) is not None


def find(session: Session, name: str) -> Row[Any]:
    """Return ``name arch up queues checked_in document macs`` of a machine, and what it holds.

    That is ``job_id``, the document ``job``, and since and until when: ``granted``, ``expires``; None for nothing.
    Raises NotFound when nobody knows the machine.
    """
    row = session.execute(FIND, {"name": name}).first()
    if row is None:
        raise NotFound(f"no machine is called {name}")
    return row
