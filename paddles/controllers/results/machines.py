"""``/nodes/``: machines, their locks and what ran on them."""

import datetime
import re
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from paddles.archive import job_search
from paddles.controllers import lists
from paddles.controllers.archive_queries import NodesQuery
from paddles.controllers.results import answers, bodies, face, words
from paddles.errors import Conflict, Forbidden
from paddles.lab import locks, machines, usage
from paddles.lab.sources import MACHINES
from paddles.listing import search
from paddles.web import query
from paddles.web.endpoint import Csv
from paddles.web.face import Call
from paddles.web.resource import Resource

LONGEST_HISTORY_DAYS = 100_000
DAYS = re.compile(r"[1-9][0-9]{0,18}\Z")


def _days(value: Any) -> Any:
    if not DAYS.match(value):
        raise ValueError("since_days must be a positive integer")
    return min(int(value), LONGEST_HISTORY_DAYS)


class NodeJobsQuery(query.Query):
    """Which jobs of a machine; no count, or 0, is all."""

    name: query.Text | None = None
    status: query.Text | None = None
    fields: str | None = None
    count: query.Count = 0
    page: query.Count = 1


class StatsQuery(query.Query):
    """Which machines, and how far back."""

    machine_type: query.Text | None = None
    since_days: Annotated[int, Field(ge=1), BeforeValidator(_days)] = 14


class LockController(Resource):
    """``/nodes/<name>/lock``"""

    face = face

    @face.endpoint(body=bodies.NodeFields, answers=answers.Lock, refuses=(Forbidden,))
    def put_all(self, name: str, call: Call) -> Any:
        """Lock or unlock a machine: 200 with its lock, 400, 403, 404."""
        locks.update(call.session, name, call.body.fields(), call.now, missing="node not found")
        row = machines.find(call.session, name)
        return words.lock(row, locked=row.locked, locked_by=row.locked_by)

    post = put_all


class NodeJobsController(Resource):
    """``/nodes/<name>/jobs/``"""

    face = face

    @face.endpoint(query=NodeJobsQuery, answers=answers.Jobs)
    def get_all(self, name: str, call: Call) -> Any:
        """List the jobs that ran on a machine: 200, newest posted first; 404."""
        asked: NodeJobsQuery = call.query
        names = words.job_fields(asked.fields)
        machine = machines.find(call.session, name)
        rows = job_search.on_machine(
            call.session,
            machine.id,
            query.page(asked.count or None, asked.page),
            name=asked.name or None,
            status=asked.status or None,
            depth=words.job_depth(names),
        )
        return words.jobs(rows, call.settings, names)


class NodeStatsController(Resource):
    """``/nodes/<name>/job_stats/``"""

    face = face

    @face.endpoint(answers=answers.JobCounts, fresh=True)
    def get_all(self, name: str, call: Call) -> Any:
        """Count a machine's jobs by status: 200, 404."""
        return usage.of_machine(call.session, machines.find(call.session, name).id)


class LockManyController(Resource):
    """``/nodes/lock_many/``"""

    face = face

    @face.endpoint(body=bodies.LockMany, answers=list[answers.Node])
    def post(self, call: Call) -> Any:
        """Lock so many machines, all or none: 200 with the machines, 400, 503 when too few are free."""
        said: bodies.LockMany = call.body
        types = (said.machine_type or "").split("|")
        wanted = said.model_dump(exclude={"machine_type"}) | {"machine_types": types}
        return [words.node(row) for row in locks.lock_many(call.session, wanted, call.now)]


class UnlockManyController(Resource):
    """``/nodes/unlock_many/``"""

    face = face

    @face.endpoint(body=bodies.UnlockMany, answers=list[answers.Lock], refuses=(Forbidden,))
    def post(self, call: Call) -> Any:
        """Unlock these machines, all or none: 200 with their locks, 400, 403."""
        if not call.body.names:
            return []
        rows = locks.unlock_many(call.session, call.body.names, call.body.locked_by, call.now)
        return [words.lock(row, locked=False, locked_by=None) for row in rows]


class TypesController(Resource):
    """``/nodes/machine_types/``"""

    face = face

    @face.endpoint(answers=list[str], fresh=True)
    def get_all(self, call: Call) -> Any:
        """List the machine types there are: 200."""
        return machines.types(call.session)


class StatsController(Resource):
    """``/nodes/job_stats/``"""

    face = face

    @face.endpoint(query=StatsQuery, answers=dict[str, answers.SomeJobCounts])
    def get_all(self, call: Call) -> Any:
        """Count the jobs of each machine by status: 200, the least busy machine first."""
        since = call.now - datetime.timedelta(days=call.query.since_days)
        return usage.of_all(call.session, since, call.query.machine_type or None)


class MachinesController(Resource):
    """All machines, and one."""

    face = face
    words: ClassVar[dict[str, Resource]] = {
        "lock_many": LockManyController(),
        "unlock_many": UnlockManyController(),
        "machine_types": TypesController(),
        "job_stats": StatsController(),
    }
    nested: ClassVar[dict[str, Resource]] = {
        "lock": LockController(),
        "jobs": NodeJobsController(),
        "job_stats": NodeStatsController(),
    }

    @face.endpoint(query=NodesQuery, answers=list[answers.Node] | Csv, fresh=True)
    def get_all(self, call: Call) -> Any:
        """List machines: 200, by name, as CSV where that is asked for; 400."""
        zone = call.settings.zone
        if call.query.csv:
            asked, _ = call.query.asked(call.now, zone, call.query.fields)
            return lists.flow(MACHINES, asked, call.query.part, whole=call.query.count is None)
        alone = call.query.alone()
        if alone is None:
            asked, _ = call.query.asked(call.now, zone, "name")
            found = search.page(call.session, MACHINES, asked, call.query.part).rows
            return [words.node(row) for row in machines.named(call.session, [row["name"] for row in found])]
        flags = {name: alone[name].lower() in query.TRUE for name in ("locked", "up") if name in alone}
        types = call.query.types
        wanted = {**alone, **flags, "machine_types": types or None}
        return [words.node(row) for row in machines.listed(call.session, wanted, call.query.count)]

    @face.endpoint(body=bodies.NewNode, answers=answers.Done, refuses=(Conflict,))
    def post(self, call: Call) -> Any:
        """Register a machine: 200 ``{}``, 400 when there is one of that name."""
        machines.create(call.session, call.body.name, call.body.fields(), call.now)
        return {}

    @face.endpoint(answers=answers.Node, fresh=True)
    def get_one(self, name: str, call: Call) -> Any:
        """Show a machine: 200, 404."""
        return words.node(machines.find(call.session, name))

    @face.endpoint(body=bodies.NodeFields, answers=answers.Done, refuses=(Forbidden,))
    def put(self, name: str, call: Call) -> Any:
        """Describe a machine: 200 ``{}``, 400, 403, 404."""
        missing = "attempted to update a non-existent node"
        locks.update(call.session, name, call.body.fields(), call.now, missing=missing)
        return {}

    @face.endpoint(answers=answers.Done)
    def delete(self, name: str, call: Call) -> Any:
        """Forget a machine: 200 ``{}``, 404."""
        machines.delete(call.session, name)
        return {}
