"""Machines: register, describe, find, delete, and link to the jobs that run on them."""

import datetime
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, text

from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import Conflict, Invalid, NotFound
from paddles.events import log

LONGEST_NAME = 256
MOST_TARGETS = 10_000
# What stands directly below /nodes/ in the service's own addresses.
RESERVED = frozenset(("lock_many", "unlock_many", "machine_types", "job_stats", ".", ".."))
FIELDS = tuple(
    """description up machine_type arch os_type os_version is_vm vm_host_id locked locked_by locked_since mac
    ssh_pub_key""".split()
)

NOTHING: Mapping[str, Any] = MappingProxyType({})

_SHOWN = "name description up machine_type is_vm os_type os_version arch locked locked_since locked_by mac ssh_pub_key"
SHOWN = tuple(_SHOWN.split())


def _shown(table: str, prefix: str) -> str:
    """The columns shown of a table; the moment as text, in UTC, as a long list of machines only shows it."""
    columns = {column: f"{table}.{column}" for column in SHOWN} | {
        "locked_since": f"CAST({table}.locked_since AS text)"
    }
    return ", ".join(f"{value} AS {prefix}{column}" for column, value in columns.items())


COLUMNS = f"{_shown('machines', '')}, {_shown('hosts', 'host_')}, machines.id"
FROM = "FROM machines LEFT JOIN machines AS hosts ON hosts.id = machines.vm_host_id"

FIND = hot(f"SELECT {COLUMNS} {FROM} WHERE machines.name = :name")
NUMBER = hot("SELECT id FROM machines WHERE name = :name")
_CREATED = """logged AS (
        INSERT INTO events (channel, type, subject, data)
        SELECT 'machine', 'machine.created', 'nodes/' || name, jsonb_build_object('machine', name, 'by', locked_by)
        FROM made)"""
REGISTER = text(f"""
    WITH made AS (INSERT INTO machines (name) VALUES (:name) ON CONFLICT (name) DO NOTHING RETURNING *), {_CREATED}
    SELECT id FROM made
""")
LOCK = hot("""
    SELECT id, name, machine_type, is_vm, up, locked, locked_by, locked_since, description FROM machines
    WHERE name = ANY (:names) ORDER BY id FOR NO KEY UPDATE
""")
# The host stays until the guest that names it is stored.
HOLD = text("SELECT id FROM machines WHERE name = :name FOR KEY SHARE")
LIST = text(f"""
    SELECT {COLUMNS} {FROM}
    WHERE (:every_type OR machines.machine_type = ANY (:machine_types))
        AND (CAST(:locked AS boolean) IS NULL OR machines.locked = :locked)
        AND (CAST(:up AS boolean) IS NULL OR machines.up = :up)
        AND (CAST(:os_type AS text) IS NULL OR machines.os_type = :os_type)
        AND (CAST(:os_version AS text) IS NULL OR machines.os_version = :os_version)
        AND (CAST(:arch AS text) IS NULL OR machines.arch = :arch)
        AND (CAST(:locked_by AS text) IS NULL OR machines.locked_by = :locked_by)
    ORDER BY machines.name LIMIT :limit
""")
NAMED = text(f"""
    SELECT {COLUMNS} {FROM} JOIN unnest(CAST(:names AS text[])) WITH ORDINALITY AS wanted (name, place)
        ON wanted.name = machines.name ORDER BY wanted.place
""")
INSERT = text(f"""
    WITH made AS (
        INSERT INTO machines (name, {", ".join(FIELDS)}) VALUES (:name, {", ".join(f":{f}" for f in FIELDS)})
        ON CONFLICT (name) DO NOTHING RETURNING *),
    {_CREATED}
    SELECT id FROM made
""")
UPDATES = {field: f"{field} = :{field}" for field in FIELDS}
DIFFERENCES = {field: f"{field} IS DISTINCT FROM :{field}" for field in FIELDS}
DELETE = text("DELETE FROM machines WHERE name = :name RETURNING id")
TYPES = text("""
    SELECT DISTINCT machine_type FROM machines WHERE machine_type <> '' ORDER BY machine_type
""")
# Names in order, so that two jobs that name the same new machines wait for each other and do not deadlock.
ADD_NAMED = text(f"""
    WITH made AS (
        INSERT INTO machines (name, machine_type) SELECT name, :machine_type FROM unnest(CAST(:names AS text[])) AS name
        ORDER BY name ON CONFLICT (name) DO NOTHING RETURNING *),
    {_CREATED}
    SELECT count(*) FROM made
""")
LINK = hot("""
    WITH named AS (SELECT id FROM machines WHERE name = ANY (:names) FOR KEY SHARE),
    linked AS (INSERT INTO job_machines (job_id, machine_id) SELECT :job_id, id FROM named ON CONFLICT DO NOTHING)
    SELECT count(*) FROM named
""")


def check_name(name: str) -> str:
    """Return ``name`` when a machine may be called so. Raises Invalid."""
    if not name:
        raise Invalid("could not find required key: 'name'")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"a node's name has at most {LONGEST_NAME} characters")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in name):
        raise Invalid("a node's name holds no control characters")
    if name in RESERVED:
        raise Invalid(f"a node cannot be called {name}: /nodes/{name}/ has a meaning of its own")
    return name


def find(session: Session, name: str) -> Row[Any]:
    """Return the machine ``name``: ``SHOWN`` and ``id``, and of its host ``host_<SHOWN>``. Raises NotFound."""
    row = session.execute(FIND, {"name": name}).first()
    if row is None:
        raise NotFound("node not found")
    return row


def listed(session: Session, wanted: Mapping[str, Any], limit: int | None) -> Sequence[tuple[Any, ...]]:
    """Return machines as :func:`find` does, by name; as plain tuples, since to name what each holds costs a tenth.

    Args:
        wanted: any of ``machine_types`` (a list), ``locked``, ``up``, ``os_type``, ``os_version``, ``arch`` and
            ``locked_by``; what is missing or None does not matter.
        limit: how many at most, None for all.
    """
    types = wanted.get("machine_types")
    names = ("locked", "up", "os_type", "os_version", "arch", "locked_by")
    values: dict[str, Any] = {name: wanted.get(name) for name in names}
    values |= {"every_type": types is None, "machine_types": types or [], "limit": limit}
    return session.tuples(LIST, values)


def named(session: Session, names: Sequence[str]) -> Sequence[tuple[Any, ...]]:
    """Return the machines of these names, in this order, as :func:`listed` does."""
    return session.tuples(NAMED, {"names": list(names)})


def create(session: Session, name: str, fields: Mapping[str, Any], now: datetime.datetime) -> None:
    """Register a machine; it may be locked from the start.

    Raises:
        Invalid: no machine can be called that, or its ``vm_host`` does not exist.
        Conflict: there is one already.
    """
    values: dict[str, Any] = {field: None for field in FIELDS} | {"is_vm": False, "locked": False}
    values |= resolved(session, fields)
    if values["locked"]:
        values["locked_since"] = values["locked_since"] or now
    if session.scalar(INSERT, {"name": check_name(name), **values}) is None:
        raise Conflict(f"Node with name {name} already exists")


def ensure(session: Session, name: str) -> int:
    """Return the id of the machine ``name``, registered when nobody knows it. Raises Invalid as ``check_name``."""
    while True:
        found: int | None = session.scalar(NUMBER, {"name": name}) or session.scalar(
            REGISTER, {"name": check_name(name)}
        )
        if found is not None:
            return found


def resolved(session: Session, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``fields`` as columns: ``vm_host``, a name, becomes ``vm_host_id``. Raises Invalid when there is none."""
    columns = {field: value for field, value in fields.items() if field in FIELDS}
    if "vm_host" in fields:
        columns["vm_host_id"] = None
        if fields["vm_host"]:
            columns["vm_host_id"] = session.scalar(HOLD, {"name": fields["vm_host"]})
            if columns["vm_host_id"] is None:
                raise Invalid(f"vm_host: there is no node called {fields['vm_host']}")
    return columns


def set_fields(session: Session, machine_id: int, columns: Mapping[str, Any]) -> bool:
    """Set the columns given, of ``FIELDS``, of a machine whose row is locked by the caller; say if one was another."""
    if not columns:
        return False
    assignments = ", ".join(UPDATES[column] for column in columns)
    differs = " OR ".join(DIFFERENCES[column] for column in columns)
    update = text(f"UPDATE machines SET {assignments} WHERE id = :id AND ({differs}) RETURNING id")
    return session.scalar(update, {"id": machine_id, **columns}) is not None


def tell_updated(session: Session, name: str, fields: Collection[str], more: Mapping[str, Any] = NOTHING) -> None:
    """Record that these fields of a machine were set; ``more`` is said besides, of :func:`turned`."""
    said = {"machine": name, "fields": sorted(fields), **more}
    log.append(session, "machine", "machine.updated", f"nodes/{name}", said)


def turned(machine: Row[Any], fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what an event says when a machine, a row with ``up``, comes to work, or not to work, by its new fields."""
    return {"up": fields["up"]} if "up" in fields and fields["up"] != machine.up else NOTHING


def locked_rows(session: Session, names: list[str]) -> Sequence[Row[Any]]:
    """Return the machines of these names, their rows locked in the order of ids until the transaction ends."""
    return session.execute(LOCK, {"names": names}).all()


def delete(session: Session, name: str) -> None:
    """Delete a machine; jobs lose their link to it, guests their host. Raises NotFound."""
    if session.scalar(DELETE, {"name": name}) is None:
        raise NotFound("node not found")
    log.append(session, "machine", "machine.deleted", f"nodes/{name}", {"machine": name})


def types(session: Session) -> list[str]:
    """Return the machine types there are, sorted."""
    return list(session.scalars(TYPES))


def _target(target: str) -> str:
    name = target.rpartition("@")[2]
    if not name:
        raise Invalid(f"target {target!r} names no node")
    return check_name(name)


def link(session: Session, job_id: int, said: Mapping[str, Any]) -> None:
    """Link a job to the machines that ``said["targets"]`` names, registering those nobody knows.

    A target is ``user@name`` or ``name``. Links are added, never taken away.
    """
    targets = said.get("targets")
    if not targets:
        return
    if len(targets) > MOST_TARGETS:
        raise Invalid(f"a job has at most {MOST_TARGETS} targets")
    names = sorted({_target(target) for target in targets})
    if session.scalar(LINK, {"job_id": job_id, "names": names}) == len(names):
        return
    session.later(ADD_NAMED, {"names": names, "machine_type": said.get("machine_type")})
    session.later(LINK, {"job_id": job_id, "names": names})
