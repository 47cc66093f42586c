"""``/workers/``: machines that pull their work, and what they have of it."""

from typing import Any

from paddles.controllers.pages import frame, listing
from paddles.controllers.pages import jobserv as face
from paddles.controllers.pages.listing import Column
from paddles.lab import pullers
from paddles.projects import held, links
from paddles.projects.sources import PULLERS
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.resource import Resource

COLUMNS = (
    Column("name", link="href"),
    Column("online", "State", "own"),
    Column("enlisted"),
    Column("host_tags", kind="tags"),
    Column("running", "Runs", "own"),
    Column("distro"),
    Column("cpu_total", "CPUs", "own"),
    Column("mem_total", kind="size"),
    Column("checked_in", kind="time"),
)
CHOICES = ("online", "enlisted", "host_tags", "distro")
# How many runs that a machine had are shown.
RECENT = 25


class WorkersPage(Resource):
    """All machines that pull their work, and one."""

    face = face

    @face.endpoint(query=listing.query(PULLERS), answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show machines that pull, by name: 200, 400."""
        return listing.show(
            call,
            PULLERS,
            COLUMNS,
            also=("concurrent_runs", "surges_only", "cpu_type"),
            title="Workers",
            choices=CHOICES,
            template="pages/projects/workers.html",
            # The list of JobServ's API has all of them, whatever they are narrowed by here.
            forms=() if call.query.pairs else ("json",),
        )

    @face.endpoint(query=frame.PageQuery, answers=Html)
    def get_one(self, name: str, call: Call) -> Any:
        """Show a machine that pulls, what it has and had to do, without giving it anything: 200, 404."""
        machine = pullers.find(call.session, name)
        runs = [
            (
                run,
                links.run(run.project, run.number, run.key),
                links.build(run.project, run.number),
                links.project(run.project),
            )
            for run in held.runs(call.session, machine.id, RECENT)
        ]
        return frame.show(
            call,
            "pages/projects/worker.html",
            title=name,
            crumbs=(("Workers", "/workers/"),),
            machine=machine,
            online=pullers.online(machine, call.now),
            figures=pullers.figures(call.session, machine),
            held=[each for each in runs if each[0].ended is None],
            recent=[each for each in runs if each[0].ended is not None],
            most=RECENT,
            forms=(),
        )
