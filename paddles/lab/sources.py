"""Machines as a source of rows: what may be asked of them, under which names."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sqlalchemy import ColumnElement, Text, case, column, exists, func, select

from paddles.lab.models import Machine
from paddles.listing.fields import MOMENT, TEXT, WORD, Field, Link, Source, Through, named

MACHINE = Machine.__table__
HOST = MACHINE.alias("host")
YES, NO = "yes", "no"
# What else is understood as one of them, as it is in any query.
SPOKEN = {**dict.fromkeys(("1", "t", "true", "y", "on"), YES), **dict.fromkeys(("0", "f", "false", "n", "off"), NO)}


def flag(name: str, held: ColumnElement[Any], title: str) -> Field:
    """Return a field that is yes or no, or blank where nobody said."""
    return Field(name, case((held, YES), (~held, NO), else_=""), WORD, title, ("", YES, NO), spoken=SPOKEN)


def tags(column_: ColumnElement[Any], name: str = "tags") -> Field:
    """Return a field that holds several words, of which each is looked for by itself."""
    tag = func.unnest(column_).table_valued(column("tag", Text)).render_derived()

    def holds(found: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists(select(1).select_from(tag).where(found))

    return Field(name, column_, TEXT, "Tags", dear=True, through=Through(tag.c.tag, holds))


def _href(row: Mapping[str, Any]) -> str:
    return f"/nodes/{quote(row['name'], safe='')}/"


MACHINES = Source(
    "machines",
    MACHINE.outerjoin(HOST, HOST.c.id == MACHINE.c.vm_host_id),
    named(
        Field("name", MACHINE.c.name, TEXT, "Name"),
        Field("machine_type", MACHINE.c.machine_type, TEXT, "Type"),
        flag("up", MACHINE.c.up, "Up"),
        flag("locked", MACHINE.c.locked, "Locked"),
        Field("locked_by", MACHINE.c.locked_by, TEXT, "Locked by"),
        Field("locked_since", MACHINE.c.locked_since, MOMENT, "Since"),
        Field("description", MACHINE.c.description, TEXT, "Description"),
        Field("os_type", MACHINE.c.os_type, TEXT, "OS"),
        Field("os_version", MACHINE.c.os_version, TEXT, "OS version"),
        Field("arch", MACHINE.c.arch, TEXT, "Architecture"),
        tags(MACHINE.c.queues),
        Field("checked_in", MACHINE.c.checked_in, MOMENT, "Checked in"),
        flag("is_vm", MACHINE.c.is_vm, "Virtual"),
        Field("vm_host", HOST.c.name, TEXT, "Host"),
        Field("mac_address", MACHINE.c.mac, TEXT, "MAC address"),
        also={"machine_type": "type", "locked_since": "since"},
    ),
    (
        *("name", "machine_type", "up", "locked", "locked_by", "locked_since", "description", "os_type", "os_version"),
        *("arch", "tags", "checked_in", "is_vm", "vm_host", "href"),
    ),
    (MACHINE.c.id,),
    at="checked_in",
    outcome="up",
    links={"href": Link("href", ("name",), _href, "Machine")},
    timeless=True,
    sort="name",
)
