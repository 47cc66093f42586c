"""Labs as their boots and their callbacks speak of them: devices, what these did with their time, what was refused.

A device is offline whose last boot found it so, or whose machine is said not to be up. It was busy from when a job of
the lab was started there until that ended, as callbacks of LAVA say it; of a lab that does not, nobody knows.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from paddles.db import limits
from paddles.db.session import Session
from paddles.errors import NotFound
from paddles.kernels.facts import BOOT_RESULTS
from paddles.listing import stretches
from paddles.listing.stretches import ORIGIN, Chart, Stretch

LIMIT_S = 10.0
# Documents in which labs speak of their jobs, by the sources of their receipts.
CALLBACKS = ("lava", "boot")
# So many labs with their boards are looked for, and so many devices of a lab are told of.
MOST_PLACES, MOST_DEVICES = 10_000, 1000

# Boots of a stretch by device, those of none together. Only where an end is known did this service write the start,
# as a moment. The last result is that of the greatest pair of when it was and which.
_BOOTED = """
    devices AS MATERIALIZED (
        SELECT lab, device, max(board) AS board, count(*) AS boots, max(happened) AS last,
            (CAST(:results AS text[]))[(max(ARRAY[CAST(EXTRACT(epoch FROM happened) * 1000000 AS bigint),
                array_position(CAST(:results AS text[]), result)]))[2]] AS result,
            count(*) FILTER (WHERE result = 'pass') AS passed, count(*) FILTER (WHERE result = 'fail') AS failed,
            COALESCE(bool_or(started < ended), false) AS timed,
            COALESCE(range_agg(tstzrange(started, ended)) FILTER (WHERE started < ended), '{}') *
                tstzmultirange(tstzrange(:since, :until)) AS spans
        FROM (
            SELECT lab, board, device, result, happened, ended,
                CASE WHEN ended IS NOT NULL THEN CAST(details ->> 'started' AS timestamptz) END AS started
            FROM kernel_boots
            WHERE happened >= :since AND happened < :until AND lab > '' AND (CAST(:lab AS text) IS NULL OR lab = :lab)
            OFFSET 0) AS booted
        GROUP BY lab, device),
    known AS (
        SELECT devices.*, machines.name AS machine, machines.locked_by,
            result = 'offline' OR machines.up IS NOT DISTINCT FROM false AS offline,
            CASE WHEN timed THEN (
                SELECT COALESCE(sum(EXTRACT(epoch FROM upper(span) - lower(span))), 0) FROM unnest(spans) AS span)
            END AS busy
        FROM devices LEFT JOIN machines ON machines.name = device WHERE device > '')"""
# From one board of a lab to the next by the index: how many boots there were of each does not matter.
_EVER = """
    places AS (
        (SELECT lab, board, 1 AS place FROM kernel_boots
        WHERE lab > '' AND (CAST(:lab AS text) IS NULL OR lab = :lab) ORDER BY lab, board LIMIT 1)
        UNION ALL
        SELECT next.lab, next.board, places.place + 1 FROM places CROSS JOIN LATERAL (
            SELECT lab, board FROM kernel_boots
            WHERE (lab, board) > (places.lab, places.board) AND (CAST(:lab AS text) IS NULL OR lab = :lab)
            ORDER BY lab, board LIMIT 1) AS next
        WHERE places.place < :most),
    ever AS (
        SELECT places.lab, count(*) AS boards, max(happened) AS last FROM places CROSS JOIN LATERAL (
            SELECT happened FROM kernel_boots WHERE kernel_boots.lab = places.lab AND kernel_boots.board = places.board
            ORDER BY happened DESC LIMIT 1) AS newest
        GROUP BY places.lab)"""
LABS = text(f"""
    WITH RECURSIVE {_EVER}, {_BOOTED},
    of_devices AS (
        SELECT lab, count(*) AS devices, count(*) FILTER (WHERE offline) AS offline, sum(busy) AS busy,
            sum(busy) / NULLIF(count(busy) * EXTRACT(epoch FROM :until - :since), 0) AS utilisation
        FROM known GROUP BY lab),
    of_boots AS (
        SELECT lab, CAST(sum(boots) AS bigint) AS boots, CAST(sum(passed) AS bigint) AS passed,
            CAST(sum(failed) AS bigint) AS failed
        FROM devices GROUP BY lab),
    said AS (
        SELECT origin AS lab, received, state = 'failed' AS unread, false AS refused FROM receipts
        WHERE received >= :since AND received < :until AND source = ANY (:callbacks) AND origin > ''
            AND (CAST(:lab AS text) IS NULL OR origin = :lab)
        UNION ALL
        SELECT lab, received, false, true FROM refusals
        WHERE received >= :since AND received < :until AND kind = ANY (:callbacks) AND lab > ''
            AND (CAST(:lab AS text) IS NULL OR lab = :lab)),
    of_callbacks AS (
        SELECT lab, count(*) AS callbacks, count(*) FILTER (WHERE unread) AS unread,
            count(*) FILTER (WHERE refused) AS refused, max(received) AS last
        FROM said GROUP BY lab)
    SELECT lab AS name, COALESCE(ever.boards, 0) AS boards, COALESCE(of_devices.devices, 0) AS devices,
        COALESCE(of_devices.offline, 0) AS offline, CAST(of_devices.busy AS double precision) AS busy,
        CAST(round(of_devices.utilisation, 4) AS double precision) AS utilisation,
        COALESCE(of_boots.boots, 0) AS boots, COALESCE(of_boots.passed, 0) AS passed,
        COALESCE(of_boots.failed, 0) AS failed, ever.last AS last_boot,
        COALESCE(of_callbacks.callbacks, 0) AS callbacks, COALESCE(of_callbacks.unread, 0) AS unread,
        COALESCE(of_callbacks.refused, 0) AS refused, of_callbacks.last AS last_callback
    FROM ever FULL JOIN of_callbacks USING (lab) LEFT JOIN of_boots USING (lab) LEFT JOIN of_devices USING (lab)
    ORDER BY lab
""")
DEVICES = text(f"""
    WITH {_BOOTED}
    SELECT device AS name, board, machine, locked_by, offline, result, boots, passed, failed, last,
        CAST(busy AS double precision) AS busy,
        CAST(round(busy / EXTRACT(epoch FROM :until - :since), 4) AS double precision) AS utilisation
    FROM known ORDER BY offline DESC, name LIMIT :most
""")
BUSY = text(f"""
    WITH {_BOOTED}
    SELECT step.at, CAST(EXTRACT(epoch FROM sum(
        LEAST(upper(span), step.at + CAST(:step AS interval)) - GREATEST(lower(span), step.at))) AS double precision)
        AS seconds
    FROM known CROSS JOIN LATERAL unnest(spans) AS span CROSS JOIN LATERAL generate_series(
        date_bin(CAST(:step AS interval), lower(span), CAST(:origin AS timestamptz)), upper(span),
        CAST(:step AS interval)) AS step (at)
    GROUP BY step.at
""")


@dataclass(frozen=True)
class Lab:
    """A lab: how many ``boards`` it ever had, and what was so in a stretch.

    Attributes:
        devices: how many were booted, of which some are ``offline``.
        busy: how many seconds jobs had them, all together; None where nobody knows of any.
        utilisation: the part of the time that this is of those of which it is known, 0 to 1.
        boots: how many there were; some ``passed``, some ``failed``, and nothing came of the others.
        last_boot: when there was one, in the stretch or before it.
        callbacks: documents that came, of which some were ``refused``, and some are ``unread``: taken, and no good.
        error_rate: the part of them that was refused or is unread; None where there were none.
        last_callback: when the last one came.
    """

    name: str
    boards: int
    devices: int
    offline: int
    busy: float | None
    utilisation: float | None
    boots: int
    passed: int
    failed: int
    last_boot: datetime.datetime | None
    callbacks: int
    refused: int
    unread: int
    error_rate: float | None
    last_callback: datetime.datetime | None


@dataclass(frozen=True)
class Device:
    """A device of a lab: its ``machine``, if one is called so, who holds a lock on that, and what was so in a stretch.

    ``result`` is that of its last boot; ``busy`` and ``utilisation`` are None where nobody knows them.
    """

    name: str
    board: str
    machine: str | None
    locked_by: str | None
    offline: bool
    result: str
    boots: int
    passed: int
    failed: int
    last: datetime.datetime
    busy: float | None
    utilisation: float | None


def labs(session: Session, stretch: Stretch) -> list[Lab]:
    """Return the labs that ever booted anything, or sent something in a stretch, by name.

    Raises:
        Invalid: it would take longer than ``LIMIT_S``.
    """
    return _labs(session, stretch, None)


def one(session: Session, name: str, stretch: Stretch) -> Lab:
    """Return a lab. Raises NotFound, and as :func:`labs`."""
    found = _labs(session, stretch, name) if name else []
    if not found:
        raise NotFound(f"there is no lab {name}")
    return found[0]


def devices(session: Session, lab: str, stretch: Stretch) -> list[Device]:
    """Return up to ``MOST_DEVICES`` devices that a lab booted in a stretch: those that are offline first, by name.

    Raises as :func:`labs`.
    """
    rows = _asked(session, DEVICES, stretch, lab=lab, most=MOST_DEVICES)
    return [Device(**row._mapping) for row in rows]


def busy(session: Session, lab: str, stretch: Stretch) -> Chart:
    """Return for how many seconds the devices of a lab were ``busy`` in each step, as one series.

    Raises as :func:`labs`.
    """
    rows = _asked(session, BUSY, stretch, lab=lab, step=stretch.length, origin=ORIGIN)
    told = [("", row.at, {"busy": row.seconds}) for row in rows]
    return stretches.chart(stretch, told, {"busy": 0.0}, keys=[""])


def _labs(session: Session, stretch: Stretch, name: str | None) -> list[Lab]:
    rows = _asked(session, LABS, stretch, lab=name, most=MOST_PLACES, callbacks=list(CALLBACKS))
    return [Lab(**row._mapping, error_rate=_part(row.refused + row.unread, row.callbacks)) for row in rows]


def _asked(session: Session, statement: Any, stretch: Stretch, **values: Any) -> Sequence[Any]:
    bound = statement.bindparams(since=stretch.since, until=stretch.until, results=list(BOOT_RESULTS), **values)
    found: Sequence[Any] = limits.within(session, bound, LIMIT_S, sorts=True).all()
    return found


def _part(some: int, whole: int) -> float | None:
    return round(some / whole, 4) if whole else None
