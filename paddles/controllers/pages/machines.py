"""``/nodes/``: the machines of the lab, who has them, and how their jobs ended."""

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from paddles.archive import links
from paddles.archive.names import HEALTH_CHECKS
from paddles.archive.sources import JOBS
from paddles.controllers.pages import charts, face, frame, listing, notes
from paddles.controllers.pages.charts import Chart
from paddles.controllers.pages.listing import Column
from paddles.errors import Invalid
from paddles.lab import health_checks, machines, records, spells, usage
from paddles.lab.records import Record
from paddles.lab.sources import MACHINES
from paddles.listing import search, stretches
from paddles.listing.filters import Wanted
from paddles.listing.search import Asked, Part
from paddles.notes.subjects import Subject
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.resource import Resource

COLUMNS = (
    Column("name", kind="own", link="href"),
    Column("machine_type", "Type"),
    Column("up", "State", "own"),
    Column("locked", "Lock", "own"),
    Column("locked_since", "Since", "time"),
    Column("description"),
    Column("os_type", "OS", "own"),
    Column("arch", "Arch"),
    Column("checked_in", "Checked in", "time"),
)
CHOICES = ("machine_type", "up", "locked", "locked_by", "os_type", "arch")
JOB_COLUMNS = (
    Column("status", kind="status", link="href"),
    Column("run", kind="run"),
    Column("key", "Job", link="href"),
    Column("description"),
    Column("failure_reason", "Reason"),
    Column("started", kind="time"),
    Column("duration", kind="span"),
)
# How far back the timeline of a machine goes, and how many jobs it shows at the most.
TIMELINE = datetime.timedelta(days=14)
MOST_DRAWN = 500
# From when until when, of which kind, what it is, and its address.
Drawn = tuple[datetime.datetime, datetime.datetime, str, str, str]


class MachinesPage(Resource):
    """All machines, and one."""

    face = face

    @face.endpoint(query=listing.query(MACHINES), answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show machines: 200."""
        return listing.show(
            call,
            MACHINES,
            COLUMNS,
            also=("locked_by", "os_version", "is_vm", "vm_host"),
            title="Machines",
            word="machines",
            choices=CHOICES,
            template="pages/machines/list.html",
            bad={record.name: record for record in _records(call) if record.bad},
            checks=health_checks.latest(call.session, call.now - TIMELINE),
            topics="nodes",
        )

    @face.endpoint(query=listing.query(JOBS), answers=Html)
    def get_one(self, name: str, call: Call) -> Any:
        """Show a machine and its jobs: 200, 404."""
        machine = machines.find(call.session, name)
        here = (Wanted("machine", "in", (name,)),)
        jobs = listing.rows(call, JOBS, JOB_COLUMNS, ("status", "branch", "suite"), only=here)
        timeline = _timeline(call, machine, _drawn(call, here))
        return frame.show(
            call,
            "pages/machines/one.html",
            title=name,
            crumbs=(("Machines", "/nodes/"),),
            machine=machine,
            counts=usage.of_machine(call.session, machine.id),
            rows=jobs,
            record=next((each for each in _records(call, machine.machine_type) if each.name == name), None),
            timeline=timeline,
            checks=health_checks.of(call.session, machine.id, call.now - TIMELINE),
            most_checks=health_checks.MOST,
            suite=HEALTH_CHECKS,
            notes=notes.panel(call, Subject("machine", name), machine.id),
            forms=("json",),
            topics="nodes",
        )


def _records(call: Call, *machine_types: str | None) -> list[Record]:
    """Return how machines fared lately beside others of their type; none where it takes too long to be added up."""
    recent = stretches.stretch(call.now - TIMELINE, call.now)
    try:
        return records.records(call.session, recent, [each for each in machine_types if each])
    except Invalid:
        return []


def _timeline(call: Call, machine: Row[Any], jobs: Sequence[Drawn]) -> Chart | None:
    """Return when a machine had jobs, was locked, and was down; None where nothing of that was so."""
    since = call.now - TIMELINE
    lines: dict[str, list[Drawn]] = {"jobs": [*jobs], spells.LOCKED: [], spells.DOWN: []}
    for spell in spells.of(call.session, machine, since, call.now):
        said = f"{spell.state} by {spell.by}" if spell.by else spell.state
        lines[spell.state].append((spell.begin, spell.end, spell.state, said, ""))
    told = {name: drawn for name, drawn in lines.items() if drawn}
    return charts.gantt(told, since, call.now) if told else None


def _drawn(call: Call, here: tuple[Wanted, ...]) -> list[Drawn]:
    """Return when a machine's jobs of the last days ran: from, until, how they ended, what they are, and where."""
    asked = Asked(here, call.now - TIMELINE, names=("run", "key", "status", "started", "finished"))
    found = search.page(call.session, JOBS, asked, Part(MOST_DRAWN)).rows
    return [
        (
            row["started"],
            row["finished"] or call.now,
            row["status"],
            f"{row['run']} {row['key']}: {row['status']}",
            str(links.of_job(row)),
        )
        for row in found
        if row["started"]
    ]
