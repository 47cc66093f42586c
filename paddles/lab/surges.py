"""Surges: while more jobs wait for a tag than its machines will soon take, those kept for surges are given them too."""

import datetime
from typing import Any

from sqlalchemy import Row, text

from paddles.db.session import Session
from paddles.events import log

SHORTEST = datetime.timedelta(minutes=5)
# More jobs than that need not be counted to see a surge.
MOST_WAITING = 10_000

# What waits, by queue, and the machines that would take it by and by: those heard of lately, but for the reserve.
WAITING = text("""
    SELECT queues.name, waiting.n AS waiting, ARRAY(
        SELECT machines.id FROM pullers JOIN machines ON machines.id = pullers.machine_id
        WHERE pullers.enlisted AND NOT pullers.surges_only AND machines.checked_in > :since
            AND EXISTS (SELECT FROM unnest(pullers.tags || lower(machines.name)) AS own (name)
                WHERE own.name = queues.name OR own.name ~ queues.pattern)
        ORDER BY machines.id) AS machines
    FROM queues CROSS JOIN LATERAL (
        SELECT count(*) AS n FROM (
            SELECT FROM jobs WHERE queue_id = queues.id AND status = 'queued' AND NOT leased AND kind = 'build'
            LIMIT :most) AS few) AS waiting
    WHERE waiting.n > 0 ORDER BY queues.name
""")
BEGUN = text("SELECT tag, began FROM surges")
BEGIN = text("""
    INSERT INTO surges (tag, waiting, began) VALUES (:tag, :waiting, :now)
    ON CONFLICT (tag) DO UPDATE SET waiting = EXCLUDED.waiting
""")
END = text("DELETE FROM surges WHERE tag = :tag")


def look(session: Session, now: datetime.datetime, ratio: int, silent: datetime.timedelta) -> int:
    """Begin and end surges, and return how many began or ended.

    Each machine will soon take ``ratio`` jobs, of whichever of its tags; what is left over of a tag then is a surge. It
    ends when nothing is left over any more, after five minutes at the earliest. Machines that are silent for longer
    than ``silent`` do not count.
    """
    rows = session.execute(WAITING, {"since": now - silent, "most": MOST_WAITING}).all()
    over = {row.name: left for row, left in zip(rows, left_over(rows, ratio), strict=True) if left}
    begun = {row.tag: row.began for row in session.execute(BEGUN)}
    for tag, left in over.items():
        session.execute(BEGIN, {"tag": tag, "waiting": left, "now": now})
    ended = [tag for tag, began in begun.items() if tag not in over and now - began >= SHORTEST]
    for tag in ended:
        session.execute(END, {"tag": tag})
    for tags, type_ in ((sorted(set(over) - set(begun)), "queue.surged"), (ended, "queue.calmed")):
        for tag in tags:
            log.append(session, "queue", type_, f"queue/{tag}", {"queue": tag, "waiting": over.get(tag, 0)})
    return len(set(over) - set(begun)) + len(ended)


def left_over(rows: list[Row[Any]] | Any, ratio: int) -> list[int]:
    """Return how many of each row's ``waiting`` jobs no machine will soon take.

    The rows take turns at the machines, each of which has ``ratio`` places for whatever it may do.
    """
    places = {machine: ratio for row in rows for machine in row.machines}
    left = [row.waiting for row in rows]
    open_ = [list(row.machines) for row in rows]
    while any(left[n] and open_[n] for n in range(len(left))):
        for n in range(len(left)):
            _take_one(n, left, open_, places)
    return left


def _take_one(n: int, left: list[int], open_: list[list[int]], places: dict[int, int]) -> None:
    while left[n] and open_[n]:
        machine = open_[n][-1]
        if places[machine]:
            places[machine] -= 1
            left[n] -= 1
            return
        open_[n].pop()
