"""When the triggers of a definition are due that go by a schedule. Pure."""

import datetime
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from cronsim import CronSim


class Plan(NamedTuple):
    """Which triggers are to start a build now, by name and schedule, and when the next one is ``due``, if ever."""

    starts: list[tuple[str, str]]
    due: datetime.datetime | None


def plan(definition: Mapping[str, Any], due: datetime.datetime | None, now: datetime.datetime, zone: ZoneInfo) -> Plan:
    """Return what is to be done at ``now`` when something was ``due`` at a moment; None: nothing was looked for yet.

    Schedules are read as cron reads them, in a time zone. What has come several times by now starts once.
    """
    crons = list(_crons(definition))
    starts = []
    if due is not None and due <= now:
        before = due - datetime.timedelta(seconds=1)
        starts = [(name, cron) for name, cron in crons if (first := _next(cron, before, zone)) and first <= now]
    coming = [moment for _, cron in crons if (moment := _next(cron, now, zone))]
    return Plan(starts, min(coming, default=None))


def _crons(definition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for trigger in definition["triggers"]:
        if trigger["type"] == "schedule" and "cron" in trigger:
            yield trigger["name"], trigger["cron"]


def _next(cron: str, after: datetime.datetime, zone: ZoneInfo) -> datetime.datetime | None:
    moment = next(CronSim(cron, after.astimezone(zone)), None)
    return moment and moment.astimezone(datetime.UTC)
