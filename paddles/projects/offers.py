"""Changes that forges offer to be built: noted when they say so, built by and by, told of in the end."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Row, text

from paddles.db.session import Session
from paddles.errors import NotFound
from paddles.events import webhooks
from paddles.projects import builds, search, triggers, vault
from paddles.projects.builds import Wanted
from paddles.settings import Settings

KEY = "webhook-key"
# For how long whoever took one keeps it from others, and how often it is tried: for about an hour.
CLAIM_S, MOST_ATTEMPTS = 300, 9

KEYED = text("SELECT id, sealed FROM triggers WHERE project_id = :project_id AND type = :type ORDER BY id")
ADD = text("""
    INSERT INTO offers (trigger_id, forge, said, next_try) VALUES (:trigger_id, :forge, CAST(:said AS json), :now)
""")
TAKE = text("""
    UPDATE offers SET next_try = :claimed FROM triggers, projects
    WHERE offers.id IN (
            SELECT id FROM offers WHERE status = 'due' AND next_try <= :now ORDER BY id LIMIT :limit
            FOR UPDATE SKIP LOCKED)
        AND triggers.id = offers.trigger_id AND projects.id = triggers.project_id
    RETURNING offers.id, offers.trigger_id, offers.forge, offers.said, offers.run_id, offers.attempts,
        projects.name AS project, triggers.type, triggers.definition_repo, triggers.definition_file,
        triggers.priority, triggers.sealed
""")
MADE = text("""
    UPDATE offers SET run_id = builds.run_id FROM builds JOIN projects ON projects.id = builds.project_id
    WHERE offers.id = :id AND offers.run_id IS NULL AND projects.name = :project AND builds.number = :number
    RETURNING offers.run_id
""")
OPEN = text("SELECT id FROM offers WHERE id = :id AND run_id IS NULL AND status = 'due' FOR UPDATE")
DONE = text("DELETE FROM offers WHERE id = :id")
FAILED = text("""
    UPDATE offers SET attempts = attempts + 1, fault = :fault, next_try = :next_try, status = :status WHERE id = :id
""")
BUILD = text("SELECT number, params FROM builds WHERE run_id = :run_id")
FORGET = text("""
    DELETE FROM offers WHERE id IN (
        SELECT id FROM offers WHERE status = 'dead' AND next_try < :before ORDER BY id LIMIT :limit)
""")


def keyed(session: Session, project_id: int, type_: str, settings: Settings) -> list[tuple[int, str]]:
    """Return the triggers of a project and a type that have a key for webhooks, and it. Raises NotFound: none has."""
    rows = session.execute(KEYED, {"project_id": project_id, "type": type_}).all()
    found = [(row.id, triggers.opened(session, row, settings).get(KEY, "")) for row in rows]
    with_key = [(trigger_id, key) for trigger_id, key in found if key]
    if not with_key:
        raise NotFound(f"the project has no trigger {type_} with a {KEY}")
    return with_key


def note(session: Session, trigger_id: int, forge: str, said: Mapping[str, Any], now: datetime.datetime) -> None:
    """Note what a forge offers."""
    values = {"trigger_id": trigger_id, "forge": forge, "said": orjson.dumps(said).decode(), "now": now}
    session.execute(ADD, values)


def take(session: Session, now: datetime.datetime, limit: int) -> Sequence[Row[Any]]:
    """Return offers that are due, each with its trigger (``TAKE``), and keep them from others for a while."""
    claimed = now + datetime.timedelta(seconds=CLAIM_S)
    found = session.execute(TAKE, {"now": now, "claimed": claimed, "limit": limit}).all()
    return sorted(found, key=lambda row: row.id)


def secrets(session: Session, offer: Row[Any], settings: Settings) -> dict[str, str]:
    """Return the secrets of the trigger that an offer of :func:`take` is for."""
    return vault.opened(session, settings, vault.of_trigger(offer.trigger_id), offer.sealed)


def build(
    session: Session,
    offer: Row[Any],
    wanted: tuple[str, Any],
    params: Mapping[str, str],
    settings: Settings,
    now: datetime.datetime,
) -> int | None:
    """Build what was offered, once; return the run of the build, None where it was built. Raises as ``builds.create``.

    ``wanted`` is the name of a trigger in a definition, and that definition.
    """
    if session.execute(OPEN, {"id": offer.id}).first() is None:
        return None
    reason = orjson.dumps(params, option=orjson.OPT_INDENT_2).decode()
    asked = Wanted(*wanted, reason, params, priority=offer.priority, trigger_id=offer.trigger_id)
    number = builds.create(session, offer.project, asked, settings.base_url, settings, now)
    return int(session.execute(MADE, {"id": offer.id, "project": offer.project, "number": number}).one().run_id)


def made(session: Session, project: str, run_id: int) -> tuple[int, Mapping[str, str], list[str]]:
    """Return the number of a build, its variables, and what its jobs are called that have not ended."""
    row = session.execute(BUILD, {"run_id": run_id}).one()
    found = search.one(session, project, row.number)
    keys = [job.key for job in found.jobs[run_id] if job.state not in ("pass", "fail")]
    return row.number, orjson.loads(row.params), keys


def done(session: Session, offer_id: int) -> None:
    """Forget an offer: there is nothing more to do."""
    session.execute(DONE, {"id": offer_id})


def failed(session: Session, offer: Row[Any], fault: str, now: datetime.datetime, *, last: bool) -> None:
    """Note that an offer could not be acted on: it is tried later, or where this was the ``last`` time stays dead."""
    pause = webhooks.SOONEST_S * 2**offer.attempts
    status = "dead" if last else "due"
    again = now + datetime.timedelta(seconds=pause)
    session.execute(FAILED, {"id": offer.id, "fault": fault[:500], "next_try": again, "status": status})


def forget(session: Session, before: datetime.datetime, limit: int) -> int:
    """Delete up to ``limit`` offers that were given up before a moment; return how many there were."""
    return int(session.execute(FORGET, {"before": before, "limit": limit}).rowcount)
