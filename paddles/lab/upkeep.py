"""Look after the lab: link jobs to machines afterwards, take machines over, check leases, say what machines did."""

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Row, text

from paddles.archive.names import MACHINE_TYPES
from paddles.db.pages import prefix
from paddles.db.session import Session
from paddles.errors import Invalid, NotFound
from paddles.events import log
from paddles.lab import machines

BATCH = 1000
# Several machine types at once say nothing of the one machine.
SEVERAL = re.compile(r"[,|]|^multi$")
# Virtual machines of the lab that these names come from; the only ones not called by their type.
ALIASES = {"vpm": "vps"}

# Documents are read of jobs without links only. The key-share locks keep these from being deleted meanwhile.
UNLINKED = text("""
    WITH unlinked AS MATERIALIZED (
        SELECT id FROM jobs WHERE id > :after AND id <= :until
            AND NOT EXISTS (SELECT FROM job_machines WHERE job_id = jobs.id))
    SELECT jobs.id, jobs.key, runs.name AS run, jobs.machine_type, jobs.document -> 'targets' AS targets
    FROM unlinked JOIN jobs ON jobs.id = unlinked.id JOIN runs ON runs.id = jobs.run_id
    WHERE json_typeof(jobs.document -> 'targets') = 'object' AND jobs.document ->> 'targets' <> '{}'
    ORDER BY jobs.id FOR KEY SHARE OF jobs
""")
UNTYPED = text("SELECT id, name FROM machines WHERE COALESCE(machine_type, '') = '' ORDER BY id FOR NO KEY UPDATE")
SET_TYPE = text("UPDATE machines SET machine_type = :machine_type WHERE id = :id")
LOCK = text(f"SELECT id, {', '.join(machines.FIELDS)} FROM machines WHERE name = :name FOR NO KEY UPDATE")
NAMED = text("SELECT name FROM machines WHERE name = :name OR name LIKE :domain ORDER BY name")

ON_PREFIX = text("""
    SELECT runs.name AS run, jobs.key FROM jobs JOIN runs ON runs.id = jobs.run_id
    WHERE jobs.id IN (
        SELECT job_machines.job_id FROM machines JOIN job_machines ON job_machines.machine_id = machines.id
        WHERE machines.name LIKE :pattern)
    ORDER BY jobs.updated DESC, jobs.id DESC LIMIT :limit
""")
ANY_NAMED = text("SELECT EXISTS (SELECT FROM machines WHERE name LIKE :pattern)")

FINISHED = text("""
    SELECT jobs.id, jobs.key, jobs.status, jobs.posted, jobs.started, jobs.finished,
        jobs.answer ->> 'duration' AS duration, runs.name AS run, runs.suite, descriptions.text AS description,
        (SELECT count(*) FROM job_machines WHERE job_id = jobs.id) AS machines
    FROM jobs JOIN runs ON runs.id = jobs.run_id LEFT JOIN descriptions ON descriptions.id = jobs.description_id
    WHERE (jobs.posted, jobs.id) > (:posted, :id) AND jobs.started IS NOT NULL AND jobs.finished IS NOT NULL
        AND (CAST(:machine_type AS text) IS NULL OR jobs.machine_type = :machine_type)
    ORDER BY jobs.posted, jobs.id LIMIT :limit
""")

MISLEASED = text("""
    SELECT jobs.id, jobs.key, jobs.leased, runs.name AS run
    FROM jobs JOIN runs ON runs.id = jobs.run_id
    LEFT JOIN leases ON leases.job_id = jobs.id AND leases.ended IS NULL
    WHERE jobs.run_id > :after AND jobs.run_id <= :until AND jobs.leased <> (leases.id IS NOT NULL)
    ORDER BY jobs.id
""")
LOCK_JOB = text("SELECT id FROM jobs WHERE id = :id FOR NO KEY UPDATE")
SET_LEASED = text("""
    UPDATE jobs SET leased = NOT leased
    WHERE id = :id AND leased <> EXISTS (SELECT FROM leases WHERE job_id = jobs.id AND ended IS NULL)
    RETURNING id
""")


def link_targets(session: Session, after: int, until: int) -> tuple[int, list[str]]:
    """Link the jobs of a stretch that name targets and have no machine; return how many, and what cannot be linked.

    Machines that nobody knows are registered; one that was deleted comes back when a job names it. Links are never
    taken away.
    """
    linked, refused = 0, []
    for job in session.execute(UNLINKED, {"after": after, "until": until}).all():
        said_type = job.machine_type or ""
        said = {
            "targets": orjson.loads(job.targets),
            "machine_type": None if SEVERAL.search(said_type) else said_type or None,
        }
        try:
            machines.link(session, job.id, said)
        except Invalid as error:
            refused.append(f"{job.run}/{job.key}: {error}")
        else:
            linked += 1
    return linked, refused


def fill_types(session: Session) -> list[tuple[str, str]]:
    """Give machines without a type the one that their name begins with, and return names and types.

    ``smithi001`` is a ``smithi`` where there is another smithi, or a job named it so; some types are known anyway.
    """
    known = sorted({*MACHINE_TYPES.split("|"), *machines.types(session)}, key=len, reverse=True)
    types = dict(zip(known, known, strict=True)) | ALIASES
    filled = []
    for machine in session.execute(UNTYPED).all():
        guessed = next((of for start, of in types.items() if _begins(machine.name, start)), None)
        if guessed:
            session.execute(SET_TYPE, {"id": machine.id, "machine_type": guessed})
            machines.tell_updated(session, machine.name, ["machine_type"])
            filled.append((machine.name, guessed))
    return filled


def take_over(session: Session, name: str, fields: Mapping[str, Any]) -> str:
    """Make the machine ``name`` be as ``fields``, of ``machines.FIELDS``, say, whatever it was, lock included.

    Returns:
        ``created``, ``updated``, or ``unchanged`` when it was so already.

    Raises:
        Invalid: no machine can be called that.
    """
    machines.check_name(name)
    created = False
    while (machine := session.execute(LOCK, {"name": name}).first()) is None:
        session.execute(machines.ADD_NAMED, {"names": [name], "machine_type": None})
        created = True
    changes = {field: value for field, value in fields.items() if getattr(machine, field) != value}
    machines.set_fields(session, machine.id, changes)
    if "locked" in changes:
        event = "machine.locked" if changes["locked"] else "machine.unlocked"
        told = {"machine": name, "by": fields.get("locked_by"), **machines.turned(machine, changes)}
        log.append(session, "machine", event, f"nodes/{name}", told)
    elif changes:
        machines.tell_updated(session, name, changes, machines.turned(machine, changes))
    if created:
        return "created"
    return "updated" if changes else "unchanged"


def set_host(session: Session, guest: str, host: str) -> bool:
    """Say that the machine ``guest`` runs on ``host``, a name with or without its domain; return whether that is new.

    Raises:
        Invalid: no machine, or more than one, is called so.
    """
    found = list(session.scalars(NAMED, {"name": host, "domain": prefix(f"{host}.")}))
    if host not in found and len(found) != 1:
        raise Invalid(f"{guest}: its host {host} is {'one of several nodes' if found else 'not a known node'}")
    columns = machines.resolved(session, {"vm_host": host if host in found else found[0]})
    machine = session.execute(LOCK, {"name": guest}).first()
    if machine is None or machine.vm_host_id == columns["vm_host_id"]:
        return False
    machines.set_fields(session, machine.id, columns)
    machines.tell_updated(session, guest, ["vm_host"])
    return True


def latest_on(session: Session, name_prefix: str, limit: int) -> Sequence[Row[Any]]:
    """Return ``run`` and ``key`` of the jobs last heard of on machines whose names begin so, the newest first.

    Raises:
        NotFound: no machine's name begins so.
    """
    pattern = prefix(name_prefix)
    if not session.scalar(ANY_NAMED, {"pattern": pattern}):
        raise NotFound(f"no node's name begins with {name_prefix}")
    return session.execute(ON_PREFIX, {"pattern": pattern, "limit": limit}).all()


def finished_jobs(
    session: Session, after: tuple[datetime.datetime, int], machine_type: str | None, limit: int = BATCH
) -> Sequence[Row[Any]]:
    """Return finished jobs in the order of posting, behind the moment of posting and the id ``after``.

    Rows: ``id``, ``key``, ``status``, ``posted``, ``started``, ``finished``, ``duration`` (text, as reported), ``run``,
    ``suite``, ``description`` and the number of ``machines``. A job that never started is left out.
    """
    posted, job_id = after
    values = {"posted": posted, "id": job_id, "machine_type": machine_type, "limit": limit}
    return session.execute(FINISHED, values).all()


def misleased(session: Session, after: int, until: int) -> Sequence[Row[Any]]:
    """Return ``id``, ``run``, ``key`` and ``leased`` of the jobs in a stretch of runs of which ``leased`` is not so."""
    return session.execute(MISLEASED, {"after": after, "until": until}).all()


def repair_leased(session: Session, job_id: int) -> bool:
    """Let a job's ``leased`` say whether a live lease is on it, and return whether it said otherwise."""
    session.execute(LOCK_JOB, {"id": job_id})
    return session.scalar(SET_LEASED, {"id": job_id}) is not None


def _begins(name: str, start: str) -> bool:
    """Say whether ``start`` is the word that a machine's name begins with: a mira is no miranda."""
    return name.startswith(start) and not name[len(start) : len(start) + 1].isalpha()
