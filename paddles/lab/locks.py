"""Locks: a person's hold on machines, taken and given back one at a time or many at once."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.db.work import tentatively
from paddles.errors import Forbidden, Invalid, NotFound, Unavailable
from paddles.events import log
from paddles.lab import machines


def _take(skip: str) -> Any:
    """The statement that locks ``count`` free machines or none; ``skip`` is what to do about rows in use."""
    return hot(f"""
    WITH free AS (
        SELECT id FROM machines
        WHERE up AND NOT locked AND machine_type = ANY (:machine_types)
            AND (CAST(:os_type AS text) IS NULL OR os_type = :os_type)
            AND (CAST(:os_version AS text) IS NULL OR os_version = :os_version)
            AND (CAST(:arch AS text) IS NULL OR arch = :arch)
        ORDER BY id LIMIT :count FOR NO KEY UPDATE {skip}),
    taken AS (
        UPDATE machines SET locked = true, locked_by = :locked_by, locked_since = :now, description = :description
        FROM free WHERE machines.id = free.id AND (SELECT count(*) FROM free) = :count
        RETURNING machines.*),
    logged AS (
        INSERT INTO events (channel, type, subject, data)
        SELECT 'machine', 'machine.locked', 'nodes/' || name, jsonb_build_object('machine', name, 'by', locked_by)
        FROM taken)
    SELECT {machines.COLUMNS}, (SELECT count(*) FROM free) AS available
    FROM (SELECT) AS always LEFT JOIN taken AS machines ON true
    LEFT JOIN machines AS hosts ON hosts.id = machines.vm_host_id ORDER BY machines.name""")


TAKE = _take("SKIP LOCKED")
TAKE_WAITING = _take("")
FREE = hot("""
    WITH freed AS (
        UPDATE machines SET locked = false, locked_by = NULL, locked_since = NULL WHERE id = ANY (:ids) RETURNING name)
    INSERT INTO events (channel, type, subject, data)
    SELECT 'machine', 'machine.unlocked', 'nodes/' || name,
        jsonb_build_object('machine', name, 'by', CAST(:locked_by AS text))
    FROM freed
""")


def decide(machine: Row[Any], said: Mapping[str, Any], now: datetime.datetime) -> dict[str, Any]:
    """Return the columns that change when ``said`` (``locked``, ``locked_by``, ``description``) comes in.

    Raises:
        Invalid: nobody is named as owner.
        Forbidden: somebody else's lock, or a lock that is not there.

    Source: ceph/paddles ``Node.update``; teuthology stops at once on 403 and repeats on every other failure.
    """
    wanted, owner = said.get("locked"), said.get("locked_by")
    if wanted is None:
        return {}
    if wanted:
        return _locking(machine, said, owner, now)
    return _unlocking(machine, said, owner)


def _locking(machine: Row[Any], said: Mapping[str, Any], owner: str | None, now: datetime.datetime) -> dict[str, Any]:
    if machine.locked:
        same = machine.locked_by == owner and "description" in said and said["description"] == machine.description
        if not same:
            raise Forbidden("Cannot lock an already-locked node")
        return {}
    if not owner:
        raise Invalid("Cannot lock without specifying locked_by")
    return {"locked": True, "locked_by": owner, "locked_since": now}


def _unlocking(machine: Row[Any], said: Mapping[str, Any], owner: str | None) -> dict[str, Any]:
    if not machine.locked:
        raise Forbidden("Cannot unlock an already-unlocked node")
    if not owner:
        raise Invalid("Cannot unlock without specifying locked_by")
    if owner != machine.locked_by:
        raise Forbidden("Cannot unlock - locked_by values must match")
    if said.get("description") and said["description"] != machine.description:
        raise Forbidden("Cannot unlock - description values must match")
    return {"locked": False, "locked_by": None, "locked_since": None}


def update(session: Session, name: str, said: Mapping[str, Any], now: datetime.datetime, *, missing: str) -> None:
    """Describe a machine, and lock or unlock it when ``said`` holds ``locked``.

    Raises:
        NotFound: no such machine; ``missing`` is what to say then.
        Invalid, Forbidden: as :func:`decide`; nothing is changed.
    """
    found = machines.locked_rows(session, [name])
    if not found:
        raise NotFound(missing)
    machine = found[0]
    changes = decide(machine, said, now)
    fields = {field: value for field, value in said.items() if field != "locked"}
    if said.get("locked") is not None:
        # The owner and the moment are the lock's to say.
        fields = {field: value for field, value in fields.items() if field not in ("locked_by", "locked_since")}
    changed = machines.set_fields(session, machine.id, machines.resolved(session, fields) | changes)
    if "locked" in changes:
        event = "machine.locked" if changes["locked"] else "machine.unlocked"
        told = {"machine": name, "by": said.get("locked_by"), **machines.turned(machine, fields)}
        log.append(session, "machine", event, f"nodes/{name}", told)
    elif changed:
        machines.tell_updated(session, name, fields, machines.turned(machine, fields))


def lock_many(session: Session, wanted: Mapping[str, Any], now: datetime.datetime) -> list[Row[Any]]:
    """Lock ``count`` free machines that are up, all or none, and return them as ``machines.find`` does.

    Args:
        wanted: ``count``, ``locked_by``, ``description``, ``machine_types`` and, where they matter, ``os_type``,
            ``os_version`` and ``arch``.

    Raises:
        Unavailable: fewer machines are free. Machines that others were about to take have then been waited for, so
            that nobody is refused while enough are free.
    """
    values = {name: wanted.get(name) for name in ("os_type", "os_version", "arch")} | dict(wanted) | {"now": now}
    # Machines taken by an attempt that found too few are let go before any are waited for: others wait likewise.
    rows = tentatively(session, lambda: session.execute(TAKE, values).all(), keep=_took)
    if not _took(rows):
        rows = session.execute(TAKE_WAITING, values).all()
    if _took(rows):
        return list(rows)
    raise Unavailable(f"only {rows[0].available} nodes available")


def _took(rows: Sequence[Row[Any]]) -> bool:
    return rows[0].id is not None


def unlock_many(session: Session, names: list[str], locked_by: str, now: datetime.datetime) -> list[Row[Any]]:
    """Unlock all of ``names``, or none of them, and return them, in the order asked for, as they were.

    Raises:
        Invalid: one of them does not exist.
        Forbidden: one of them is not locked, or by somebody else.
    """
    found = {row.name: row for row in machines.locked_rows(session, names)}
    if len(found) != len(set(names)):
        raise Invalid("Could not find all nodes!")
    for machine in found.values():
        decide(machine, {"locked": False, "locked_by": locked_by}, now)
    session.later(FREE, {"ids": [machine.id for machine in found.values()], "locked_by": locked_by})
    return [found[name] for name in dict.fromkeys(names)]
