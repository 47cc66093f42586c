"""Machines that pull their work as a source of rows, under the names that JobServ's workers have."""

import datetime
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, select

from paddles.lab.models import Lease, Machine, Puller
from paddles.lab.pullers import SILENT, SILENT_SURGE
from paddles.lab.sources import flag, tags
from paddles.listing.fields import MOMENT, NUMBER, TEXT, Field, Link, Source, named
from paddles.projects import links

MACHINE, PULLER, LEASE = Machine.__table__, Puller.__table__, Lease.__table__


def _online() -> ColumnElement[Any]:
    """Return that a machine was heard of lately, as ``pullers.online`` says it."""

    def since(silence: datetime.timedelta) -> ColumnElement[Any]:
        return func.now() - literal(silence)

    heard = MACHINE.c.checked_in >= case((PULLER.c.surges_only, since(SILENT_SURGE)), else_=since(SILENT))
    return and_(MACHINE.c.checked_in.is_not(None), heard)


def _held() -> ColumnElement[Any]:
    live = and_(LEASE.c.machine_id == MACHINE.c.id, LEASE.c.ended.is_(None))
    return select(func.count()).select_from(LEASE).where(live).scalar_subquery()


def _href(row: Mapping[str, Any]) -> str:
    return links.puller(row["name"])


PULLERS = Source(
    "workers",
    MACHINE.join(PULLER, PULLER.c.machine_id == MACHINE.c.id),
    named(
        Field("name", MACHINE.c.name, TEXT, "Name"),
        flag("enlisted", PULLER.c.enlisted, "Enlisted"),
        flag("online", _online(), "Online"),
        tags(PULLER.c.tags, "host_tags"),
        Field("concurrent_runs", PULLER.c.concurrency, NUMBER, "Runs at once"),
        Field("running", _held(), NUMBER, "Runs now", dear=True),
        Field("distro", PULLER.c.distro, TEXT, "Distribution"),
        Field("cpu_type", PULLER.c.cpu_type, TEXT, "CPU"),
        Field("cpu_total", PULLER.c.cpu_total, NUMBER, "CPUs"),
        Field("mem_total", PULLER.c.mem_total, NUMBER, "Memory"),
        flag("surges_only", PULLER.c.surges_only, "For surges"),
        Field("checked_in", MACHINE.c.checked_in, MOMENT, "Last heard of"),
        also={"host_tags": "tags"},
    ),
    ("name", "enlisted", "online", "host_tags", "concurrent_runs", "running", "distro", "checked_in", "href"),
    (MACHINE.c.id,),
    at="checked_in",
    outcome="online",
    links={"href": Link("href", ("name",), _href, "Worker")},
    only=(PULLER.c.removed.is_(None),),
    timeless=True,
    sort="name",
)
