"""When one machine was locked, and when it was down, as the log tells."""

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from paddles.db import limits
from paddles.db.session import Session
from paddles.errors import Invalid

LOCKED, DOWN = "locked", "down"
# So many events are looked at, for no longer than so many seconds of the server.
MOST, LIMIT_S = 2000, 1.0
# An index holds just the events of these types by their time.
TOLD = text(f"""
    SELECT at, type, data -> 'up' AS up, data ->> 'by' AS by FROM events
    WHERE channel = 'machine' AND type IN ('machine.locked', 'machine.unlocked', 'machine.created', 'machine.updated')
        AND at >= :since AND subject = :subject AND owner IS NULL
    ORDER BY at, id LIMIT {MOST}
""")
LOCKS = {"machine.locked": True, "machine.unlocked": False}


@dataclass(frozen=True)
class Spell:
    """A stretch of time in which a machine was in a ``state``, ``locked`` or ``down``, and who had it so, if known."""

    state: str
    begin: datetime.datetime
    end: datetime.datetime
    by: str = ""


def of(session: Session, machine: Row[Any], since: datetime.datetime, now: datetime.datetime) -> list[Spell]:
    """Return when a machine, a row of ``machines.find``, was locked and when it was down, from a moment until now.

    What was before the first event is the contrary of what that says; without one it is as it is now. Where it takes
    too long to be read nothing is told.
    """
    bound = TOLD.bindparams(since=since, subject=f"nodes/{machine.name}")
    try:
        told = limits.within(session, bound, LIMIT_S).all()
    except Invalid:
        return []
    made = next((row.at for row in told if row.type == "machine.created"), since)
    down = machine.up is not None and not machine.up
    return [
        *_spells(
            told, LOCKED, lambda row: LOCKS.get(row.type), (bool(machine.locked), machine.locked_by or ""), (made, now)
        ),
        *_spells(told, DOWN, lambda row: None if row.up is None else row.up is False, (down, ""), (made, now)),
    ]


def _spells(
    told: Sequence[Row[Any]],
    state: str,
    says: Callable[[Row[Any]], bool | None],
    at_last: tuple[bool, str],
    bounds: tuple[datetime.datetime, datetime.datetime],
) -> Iterator[Spell]:
    """Yield the stretches in which a machine was in a state, of what is told of it; ``at_last`` is how it is now."""
    begin, until = bounds
    moves = [(row.at, so, row.by or "") for row in told if (so := says(row)) is not None]
    so, by = (not moves[0][1], "") if moves else at_last
    for at, after, who in moves:
        if so and not after and at > begin:
            yield Spell(state, begin, at, by)
        begin, by = (at, who) if after and not so else (begin, by)
        so = after
    if so and until > begin:
        yield Spell(state, begin, until, by)
