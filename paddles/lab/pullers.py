"""Machines that pull their work: registered by themselves, enlisted by people, heard of whenever they ask."""

import datetime
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Row, text

from paddles.db.pages import Page
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.errors import Conflict, Invalid, NotFound, Unauthenticated
from paddles.events import log
from paddles.lab import machines

# What a machine says of itself, under the names of columns.
SAID = ("distro", "mem_total", "cpu_total", "cpu_type", "concurrency", "tags", "surges_only")
MOST_TAGS = 100
LONGEST_TAG = 256
# After so much silence one is shown as offline; those kept for surges ask less often.
SILENT, SILENT_SURGE = datetime.timedelta(seconds=80), datetime.timedelta(seconds=240)

_SHOWN = f"""machines.id, machines.name, machines.checked_in, {", ".join(f"pullers.{name}" for name in SAID)},
    pullers.digest, pullers.signed, pullers.enlisted, pullers.idle"""
_NAMES = f"id name checked_in {' '.join(SAID)} digest signed enlisted idle"
_FROM = "FROM machines JOIN pullers ON pullers.machine_id = machines.id"
FIND = hot(f"SELECT {_SHOWN} {_FROM} WHERE machines.name = :name AND pullers.removed IS NULL", _NAMES)
LIST = text(f"""
    SELECT {_SHOWN} {_FROM} WHERE pullers.removed IS NULL
    ORDER BY machines.name LIMIT :limit OFFSET :offset
""")
COUNT = text("SELECT count(*) FROM pullers WHERE removed IS NULL")
FIGURES = hot("SELECT figures FROM pullers WHERE machine_id = :machine_id")
REMOVED = text("""
    SELECT EXISTS (SELECT FROM machines JOIN pullers ON pullers.machine_id = machines.id
        WHERE machines.name = :name AND pullers.removed IS NOT NULL)
""")
ADD = text(f"""
    INSERT INTO pullers (machine_id, digest, signed, enlisted, {", ".join(SAID)})
    VALUES (:machine_id, :digest, :signed, :signed, {", ".join(f":{name}" for name in SAID)})
    ON CONFLICT (machine_id) DO UPDATE SET digest = EXCLUDED.digest, signed = EXCLUDED.signed,
        enlisted = EXCLUDED.enlisted, removed = NULL, idle = NULL, figures = '{{}}',
        {", ".join(f"{name} = EXCLUDED.{name}" for name in SAID)}
    WHERE pullers.removed IS NOT NULL RETURNING machine_id
""")
_CHANGED = ", ".join(f"{name} = COALESCE(:{name}, {name})" for name in SAID)
DESCRIBE = text(f"UPDATE pullers SET {_CHANGED} WHERE machine_id = :id")
ENLIST = text("UPDATE pullers SET enlisted = :enlisted WHERE machine_id = :id AND enlisted <> :enlisted")
REMOVE = text("UPDATE pullers SET removed = :now, enlisted = false WHERE machine_id = :id")
# A sign of life. While a machine says that it works on something, it keeps what it holds; ``idle`` is what it was.
CHECK_IN = hot(
    """
    WITH seen AS (UPDATE machines SET checked_in = :now WHERE id = :id),
    before AS (SELECT idle FROM pullers WHERE machine_id = :id FOR NO KEY UPDATE),
    said AS (
        UPDATE pullers SET figures = CAST(:figures AS json), idle = CASE WHEN :busy THEN NULL
            ELSE COALESCE(pullers.idle, :now) END
        WHERE machine_id = :id),
    kept AS (
        UPDATE leases SET expires = GREATEST(expires, :expires)
        WHERE machine_id = :id AND ended IS NULL AND heard IS NOT NULL AND :busy RETURNING id)
    SELECT idle, (SELECT count(*) FROM kept) AS kept FROM before""",
    "idle kept",
)


def key_digest(key: str) -> bytes:
    """Return what is kept of a machine's key, which is random and long: no slow hash is needed."""
    return hashlib.sha256(key.encode()).digest()


def tags(said: Sequence[str]) -> list[str]:
    """Return tags as they are kept: lower case, without blanks around them, each once, in the order given.

    Raises:
        Invalid: there are too many, or one will not do.
    """
    found = list(dict.fromkeys(tag.strip().lower() for tag in said if tag.strip()))
    if len(found) > MOST_TAGS:
        raise Invalid(f"a worker has at most {MOST_TAGS} tags")
    for tag in found:
        if len(tag) > LONGEST_TAG or not tag.isprintable():
            raise Invalid(f"a tag is printable and has at most {LONGEST_TAG} characters")
    return found


def register(session: Session, name: str, said: Mapping[str, Any], *, key: str | None) -> None:
    """Have a machine be known that will ask for work; it is given none until it is enlisted.

    ``said`` has all of ``SAID``. Without a ``key`` it shows signed tokens, and whoever signs them has enlisted it. One
    that was removed may come back.

    Raises:
        Invalid: no machine can be called so.
        Conflict: there is one of that name.
    """
    values = {name: said[name] for name in SAID} | {
        "machine_id": machines.ensure(session, name),
        "digest": None if key is None else key_digest(key),
        "signed": key is None,
    }
    if session.scalar(ADD, values) is None:
        raise Conflict(f"there is a worker {name}")
    log.append(session, "machine", "machine.registered", f"workers/{name}", {"machine": name, "tags": said["tags"]})


def find(session: Session, name: str) -> Row[Any]:
    """Return a machine that pulls: ``id``, ``name``, ``checked_in``, ``SAID``, ``digest``, ``enlisted``, ``idle``.

    Raises:
        NotFound: there is none of that name, or it was removed.
    """
    row = session.execute(FIND, {"name": name}).first()
    if row is None:
        raise NotFound(f"there is no worker {name}")
    return row


def figures(session: Session, machine: Row[Any]) -> dict[str, Any]:
    """Return what a machine last said of its memory, its disk, its load and its free places; nothing before it did."""
    found: dict[str, Any] = orjson.loads(session.scalar(FIGURES, {"machine_id": machine.id}) or b"{}")
    return found


def was_removed(session: Session, name: str) -> bool:
    """Say whether there was a machine of that name which was removed."""
    return bool(session.scalar(REMOVED, {"name": name}))


def shown(machine: Row[Any], key: str) -> Row[Any]:
    """Return ``machine`` if ``key`` is the one that it registered with; compared in constant time.

    Raises:
        Unauthenticated: it is another one, or the machine shows signed tokens.
    """
    if machine.digest is None or not hmac.compare_digest(machine.digest, key_digest(key)):
        raise Unauthenticated("this is not the key of the worker")
    return machine


def listed(session: Session, page: Page) -> tuple[Sequence[Row[Any]], int]:
    """Return a page of the machines that pull, by name, rows as of :func:`find`, and how many there are."""
    total = int(session.scalar(COUNT) or 0)
    return session.execute(LIST, {"limit": page.limit, "offset": page.offset}).all(), total


def describe(session: Session, machine: Row[Any], changes: Mapping[str, Any]) -> None:
    """Set those of ``SAID`` that are given; nothing else of a machine is its own to say."""
    session.execute(DESCRIBE, {"id": machine.id, **{name: changes.get(name) for name in SAID}})
    machines.tell_updated(session, machine.name, [name for name in SAID if name in changes])


def enlist(session: Session, machine: Row[Any], enlisted: bool, by: str) -> None:
    """Let a machine be given work, or no more of it; what it holds it keeps."""
    if session.execute(ENLIST, {"id": machine.id, "enlisted": enlisted}).rowcount:
        word = "enlisted" if enlisted else "delisted"
        said = {"machine": machine.name, "by": by}
        log.append(session, "machine", f"machine.{word}", f"workers/{machine.name}", said)


def remove(session: Session, machine: Row[Any], now: datetime.datetime) -> None:
    """Forget a machine that pulls; the machine itself, and what it did, stay known."""
    session.execute(REMOVE, {"id": machine.id, "now": now})
    log.append(session, "machine", "machine.removed", f"workers/{machine.name}", {"machine": machine.name})


def check_in(
    session: Session,
    machine: Row[Any],
    figures: Mapping[str, Any],
    now: datetime.datetime,
    *,
    busy: bool,
    keep: datetime.timedelta,
) -> datetime.datetime | None:
    """Note that a machine was heard of, and return since when it has said that nothing runs on it, as of before.

    While it is ``busy`` it keeps what it holds for ``keep`` from now.
    """
    said = orjson.dumps(figures).decode()
    values = {"id": machine.id, "now": now, "figures": said, "busy": busy, "expires": now + keep}
    idle: datetime.datetime | None = session.execute(CHECK_IN, values).one().idle
    return None if busy else idle


def online(machine: Row[Any], now: datetime.datetime) -> bool:
    """Say whether a machine was heard of lately."""
    since = machine.checked_in
    return since is not None and now - since <= (SILENT_SURGE if machine.surges_only else SILENT)
