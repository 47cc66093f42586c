"""Who is told that a build is over: found in its definition, and what of it is due, taken, and given up."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Row, text

from paddles.accounts import addresses
from paddles.db.session import Session
from paddles.errors import Invalid, Unavailable
from paddles.events import webhooks
from paddles.projects import definition, vault
from paddles.projects.signing import of_webhook
from paddles.settings import Settings

# How many are taken at once, and how many of one address.
TAKEN, TAKEN_OF_ONE = 40, 10
# How many builds a mail tells the verdict of.
LATEST = 20

ABOUT = text("""
    SELECT builds.run_id, builds.trigger_name, builds.definition, builds.secrets
    FROM projects JOIN builds ON builds.project_id = projects.id
    WHERE projects.name = :project AND builds.number = :number
""")
VERDICTS = text("""
    SELECT builds.status FROM projects JOIN builds ON builds.project_id = projects.id
    WHERE projects.name = :project AND builds.number <= :number AND builds.status IN ('pass', 'fail', 'promoted')
    ORDER BY builds.number DESC LIMIT :limit
""")
ADD = text("""
    INSERT INTO notices (run_id, url, secret_name, body, next_try)
    VALUES (:run_id, :url, :secret_name, CAST(:body AS json), :now)
""")
TAKE = text("""
    WITH due AS (
        SELECT id FROM (
            SELECT id, row_number() OVER (PARTITION BY url ORDER BY id) AS nth FROM notices
            WHERE status = 'due' AND next_try <= :now) AS each
        WHERE nth <= :of_one ORDER BY id LIMIT :many)
    UPDATE notices SET next_try = :claimed FROM due, builds
    WHERE notices.id = due.id AND notices.status = 'due' AND notices.next_try <= :now
        AND builds.run_id = notices.run_id
    RETURNING notices.id, notices.run_id, notices.url, notices.secret_name, notices.body, notices.attempts,
        builds.sealed
""")
TAKEN_WELL = text("DELETE FROM notices WHERE id = :id")
FAILED = text("""
    UPDATE notices SET attempts = attempts + 1, fault = :fault, next_try = :next_try,
        status = CASE WHEN attempts + 1 >= :most THEN 'dead' ELSE status END
    WHERE id = :id
""")
POSTPONE = text("UPDATE notices SET next_try = :next_try WHERE id = ANY (CAST(:ids AS bigint[]))")
LIST = text("""
    SELECT notices.id, projects.name AS project, builds.number, notices.url, notices.status, notices.attempts,
        notices.next_try, notices.fault
    FROM notices JOIN builds ON builds.run_id = notices.run_id JOIN projects ON projects.id = builds.project_id
    WHERE CAST(:status AS text) IS NULL OR notices.status = :status ORDER BY notices.id LIMIT :limit
""")
REVIVE = text("UPDATE notices SET status = 'due', attempts = 0, next_try = :now WHERE status = 'dead'")
FORGET = text("""
    DELETE FROM notices WHERE id IN (
        SELECT id FROM notices WHERE status = 'dead' AND next_try < :before ORDER BY id LIMIT :limit)
""")


class Told(NamedTuple):
    """Who is told that a build is over: addresses of mail, and of each webhook the address and whose secret signs."""

    run_id: int
    mails: Sequence[str]
    hooks: Sequence[tuple[str, str]]


class Due(NamedTuple):
    """What is to be sent, with its signature; or the ``fault`` why there is none."""

    id: int
    url: str
    body: bytes
    attempts: int
    signature: str
    fault: str = ""


def about(session: Session, project: str, number: int, status: str) -> Told | None:
    """Return who is told that a build has ended as ``status``, by the trigger that made it or else by its project.

    A webhook whose secret the build does not have is not told, nor what is no address of mail; None where there is no
    such build.
    """
    row = session.execute(ABOUT, {"project": project, "number": number}).first()
    if row is None:
        return None
    said = definition.told(orjson.loads(row.definition), row.trigger_name)
    email, hooks = said["email"] or {}, said["webhooks"] or []
    mails = _addresses(email.get("users", "")) if _wanted(email, status) else []
    wanted = [(hook["url"], hook["secret_name"]) for hook in hooks if _wanted(hook, status)]
    return Told(row.run_id, mails, [hook for hook in wanted if hook[1] in row.secrets])


def verdicts(session: Session, project: str, number: int) -> list[bool]:
    """Return which of the latest builds up to a number have passed, of those that have ended, the oldest first."""
    values = {"project": project, "number": number, "limit": LATEST}
    return [status != "fail" for status in reversed(list(session.scalars(VERDICTS, values)))]


def add(session: Session, told: Told, body: bytes, now: datetime.datetime) -> None:
    """Note that the webhooks of a build are to be told ``body``."""
    for url, secret_name in told.hooks:
        values = {"run_id": told.run_id, "url": url, "secret_name": secret_name, "body": body.decode(), "now": now}
        session.execute(ADD, values)


def take(session: Session, settings: Settings, now: datetime.datetime) -> list[Due]:
    """Return what is due, the oldest first, and keep it from others for a while."""
    claimed = now + datetime.timedelta(seconds=webhooks.CLAIM_S)
    values = {"now": now, "claimed": claimed, "many": TAKEN, "of_one": TAKEN_OF_ONE}
    rows = sorted(session.execute(TAKE, values).all(), key=lambda row: row.id)
    return [_signed(session, settings, row) for row in rows]


def told(session: Session, notice_id: int) -> None:
    """Note that something was taken by whom it was for."""
    session.execute(TAKEN_WELL, {"id": notice_id})


def failed(session: Session, due: Due, behind: Sequence[int], fault: str, now: datetime.datetime) -> None:
    """Note that something was not taken: it is tried later and later, and given up in the end, as webhooks are.

    What is ``behind`` it, for the same address, waits for a minute at the most.
    """
    pause = min(webhooks.SOONEST_S * 2**due.attempts, webhooks.LATEST_S)
    again, soon = (now + datetime.timedelta(seconds=s) for s in (pause, min(pause, webhooks.OTHERS_S)))
    values = {"id": due.id, "fault": fault[:500], "next_try": again, "most": webhooks.MOST_ATTEMPTS}
    session.execute(FAILED, values)
    if behind:
        session.execute(POSTPONE, {"ids": list(behind), "next_try": soon})


def listed(session: Session, status: str | None, limit: int) -> Sequence[Row[Any]]:
    """Return what was not taken yet, ``due`` or ``dead`` where that is asked for, the oldest first."""
    return session.execute(LIST, {"status": status, "limit": limit}).all()


def revive(session: Session, now: datetime.datetime) -> int:
    """Try what was given up again, from now on; return how much that is."""
    return int(session.execute(REVIVE, {"now": now}).rowcount)


def forget(session: Session, before: datetime.datetime, limit: int) -> int:
    """Delete up to ``limit`` notices given up before a moment; return how many there were."""
    return int(session.execute(FORGET, {"before": before, "limit": limit}).rowcount)


def _signed(session: Session, settings: Settings, row: Row[Any]) -> Due:
    body = bytes(row.body)
    try:
        secret = vault.opened(session, settings, vault.of_build(row.run_id), row.sealed)[row.secret_name]
    except Unavailable as error:
        return Due(row.id, row.url, body, row.attempts, "", str(error))
    return Due(row.id, row.url, body, row.attempts, of_webhook(secret, body))


def _wanted(who: Mapping[str, Any], status: str) -> bool:
    return status == "fail" or not who.get("only_failures")


def _addresses(users: str) -> list[str]:
    found = []
    for user in users.split(","):
        try:
            found.append(addresses.checked(user.strip()))
        except Invalid:
            continue
    return list(dict.fromkeys(found))
