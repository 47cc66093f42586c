"""Triggers that look for something to build: which are to look again, what they saw, and the builds that follow.

What was seen is noted in the transaction that makes the builds of it: neither is lost, or done twice, alone.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Row, text

from paddles.db.session import Session
from paddles.projects import builds, schedules
from paddles.projects.builds import Wanted
from paddles.settings import Settings

LOOKING = ("git_poller", "schedule")
# For how long whoever took a trigger keeps it from others.
CLAIM_S = 600
LONGEST_FAULT = 2000

CLAIM = text("""
    INSERT INTO polls (trigger_id, next_try)
    SELECT triggers.id, :claimed FROM triggers LEFT JOIN polls ON polls.trigger_id = triggers.id
    WHERE triggers.type = ANY (CAST(:types AS text[])) AND (polls.trigger_id IS NULL OR polls.next_try <= :now)
    ORDER BY polls.next_try NULLS FIRST, triggers.id LIMIT :limit
    ON CONFLICT (trigger_id) DO UPDATE SET next_try = EXCLUDED.next_try WHERE polls.next_try <= :now
    RETURNING trigger_id
""")
TAKEN = text("""
    SELECT triggers.id, projects.name AS project, triggers.type, triggers.definition_repo, triggers.definition_file,
        triggers.priority, triggers.sealed, polls.definition_sha, polls.definition
    FROM polls JOIN triggers ON triggers.id = polls.trigger_id JOIN projects ON projects.id = triggers.project_id
    WHERE polls.trigger_id = ANY (CAST(:ids AS bigint[])) ORDER BY triggers.id
""")
KEEP = text("""
    UPDATE polls SET definition_sha = :sha, definition = CAST(:definition AS json) WHERE trigger_id = :id
""")
DONE = text("UPDATE polls SET polled = :now, next_try = :next_try, fault = :fault WHERE trigger_id = :id")
LIST = text("""
    SELECT triggers.id, projects.name AS project, triggers.type, triggers.due, polls.polled,
        COALESCE(polls.fault, '') AS fault, COALESCE(polls.definition_sha, '') AS definition_sha
    FROM triggers JOIN projects ON projects.id = triggers.project_id LEFT JOIN polls ON polls.trigger_id = triggers.id
    WHERE triggers.type = ANY (CAST(:types AS text[])) AND (CAST(:project AS text) IS NULL OR projects.name = :project)
    ORDER BY projects.name, triggers.id
""")
KNOWN = text("SELECT ref, sha, gone FROM git_refs WHERE trigger_id = :id AND url = :url")
SEE = text("""
    INSERT INTO git_refs (trigger_id, url, ref, sha, seen)
    SELECT triggers.id, :url, new.ref, new.sha, :now
    FROM unnest(CAST(:refs AS text[]), CAST(:shas AS text[])) AS new (ref, sha) JOIN triggers ON triggers.id = :id
    ON CONFLICT DO NOTHING
""")
MISS = text("""
    UPDATE git_refs SET gone = true, seen = :now
    WHERE trigger_id = :id AND url = :url AND ref = ANY (CAST(:refs AS text[])) AND NOT gone
""")
# Nobody is the second to see the same.
MOVE = text("""
    UPDATE git_refs SET sha = :sha, gone = false, seen = :now
    WHERE trigger_id = :id AND url = :url AND ref = :ref AND sha = :old AND (sha <> :sha OR gone)
    RETURNING ref
""")
DUE = text("SELECT due FROM triggers WHERE id = :id FOR NO KEY UPDATE")
SET_DUE = text("UPDATE triggers SET due = :due WHERE id = :id")


class Known(NamedTuple):
    """The commit at which a ref was last seen, and whether the ref has been gone since."""

    sha: str
    gone: bool


@dataclass(frozen=True)
class Change:
    """A ref that leads to another commit than before, and which triggers of the definition want that built."""

    url: str
    ref: str
    old: str
    sha: str
    names: Sequence[str]

    @property
    def params(self) -> dict[str, str]:
        """The variables of its builds, as JobServ's poller has them."""
        return {"GIT_REF": self.ref, "GIT_URL": self.url, "GIT_OLD_SHA": self.old, "GIT_SHA": self.sha}


def claim(session: Session, now: datetime.datetime, limit: int) -> Sequence[Row[Any]]:
    """Return triggers that are to look again, with what they know (``TAKEN``); others get them later at best."""
    claimed = now + datetime.timedelta(seconds=CLAIM_S)
    values = {"now": now, "claimed": claimed, "limit": limit, "types": list(LOOKING)}
    ids = list(session.scalars(CLAIM, values))
    return session.execute(TAKEN, {"ids": ids}).all() if ids else []


def keep(session: Session, trigger_id: int, sha: str, definition: Any) -> None:
    """Keep the definition of a trigger as it is at a commit."""
    session.execute(KEEP, {"id": trigger_id, "sha": sha, "definition": orjson.dumps(definition).decode()})


def done(session: Session, trigger_id: int, fault: str, now: datetime.datetime, again: datetime.datetime) -> None:
    """Note that a trigger has looked, that it is to look ``again`` at a moment, and the fault, if there was one."""
    values = {"id": trigger_id, "fault": fault.replace("\0", "")[:LONGEST_FAULT], "now": now, "next_try": again}
    session.execute(DONE, values)


def listed(session: Session, project: str | None = None) -> Sequence[Row[Any]]:
    """Return triggers that look for something, of all projects or of one: ``id project type due polled fault
    definition_sha``.
    """
    return session.execute(LIST, {"types": list(LOOKING), "project": project}).all()


def known(session: Session, trigger_id: int, url: str) -> dict[str, Known]:
    """Return at which commits a trigger last saw the refs of a repository."""
    return {row.ref: Known(row.sha, row.gone) for row in session.execute(KNOWN, {"id": trigger_id, "url": url})}


def see(
    session: Session, trigger_id: int, url: str, new: Mapping[str, str], gone: Sequence[str], now: datetime.datetime
) -> None:
    """Note refs that a trigger sees for the first time, which is all that becomes of them, and those that are gone."""
    if new:
        values = {"id": trigger_id, "url": url, "refs": list(new), "shas": list(new.values()), "now": now}
        session.execute(SEE, values)
    if gone:
        session.execute(MISS, {"id": trigger_id, "url": url, "refs": list(gone), "now": now})


def follow(
    session: Session,
    trigger: Row[Any],
    change: Change,
    definition: Any,
    reason: str | None,
    settings: Settings,
    now: datetime.datetime,
) -> int:
    """Note where a ref leads now, and build that; return how many builds were made, none where somebody else has.

    Without a ``reason`` it is only noted. Raises as ``builds.create``.
    """
    place = {"id": trigger.id, "url": change.url, "ref": change.ref, "old": change.old, "sha": change.sha, "now": now}
    if session.execute(MOVE, place).first() is None or reason is None:
        return 0
    for name in change.names:
        _build(session, trigger, Wanted(name, definition, reason, change.params), settings, now)
    return len(change.names)


def start_due(
    session: Session, trigger: Row[Any], definition: Any, settings: Settings, now: datetime.datetime
) -> tuple[int, datetime.datetime | None]:
    """Make the builds whose time has come by a trigger of a schedule; return how many, and when the next is due.

    However often their time has come since anybody looked, each is made once. Raises as ``builds.create``.
    """
    row = session.execute(DUE, {"id": trigger.id}).first()
    if row is None:
        return 0, None
    plan = schedules.plan(definition, row.due, now, settings.zone)
    session.execute(SET_DUE, {"id": trigger.id, "due": plan.due})
    for name, cron in plan.starts:
        reason = f"the schedule {cron}, due {row.due.isoformat()}"
        _build(session, trigger, Wanted(name, definition, reason), settings, now)
    return len(plan.starts), plan.due


def _build(session: Session, trigger: Row[Any], wanted: Wanted, settings: Settings, now: datetime.datetime) -> None:
    lent = Wanted(
        wanted.trigger_name,
        wanted.definition,
        wanted.reason,
        wanted.params,
        priority=trigger.priority,
        trigger_id=trigger.id,
    )
    builds.create(session, trigger.project, lent, settings.base_url, settings, now)
