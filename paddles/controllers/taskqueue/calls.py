"""The calls of the task queue. What is wrong stands in a header, and a body comes with a task alone."""

import datetime
from typing import Any, ClassVar, Final, Literal, Never

from pydantic import BaseModel, ConfigDict

from paddles.archive.names import Scheme
from paddles.controllers.taskqueue import face
from paddles.errors import Conflict, Invalid, TooLarge
from paddles.lab import tasks
from paddles.web import query
from paddles.web.face import Call, Reply
from paddles.web.parking import Later
from paddles.web.resource import Resource

ALIVE: Final = "TaskQueue@v0.0.2 is alive."
NOTHING = Reply(201)
LONGEST_WAIT_S = 57.0


class QueueQuery(query.Query):
    """A queue, or a pattern of queues."""

    queue: query.Text | None = None


class ConsumeQuery(QueueQuery):
    """A queue, and for how many milliseconds to wait for a task in it."""

    timeout: query.Count = 0


class DeleteQuery(QueueQuery):
    """A task and its queue."""

    id: query.Text | None = None


class HandOverQuery(query.Query):
    """A task, the queue that it leaves and the one it goes to: ``from``, ``to`` and ``id``."""

    model_config = ConfigDict(extra="allow", frozen=True)

    to: query.Text | None = None
    id: query.Text | None = None


class NewTask(BaseModel):
    """A task: whatever its consumers need, and the ``lab`` that it is numbered for."""

    model_config = ConfigDict(extra="allow")

    def content(self) -> dict[str, Any]:
        """Return the task as it was sent."""
        return dict(self.model_extra or {})


def required(value: str | None, name: str) -> str:
    """Return a parameter. Raises Invalid when it is missing."""
    if not value:
        raise Invalid(f"Missing parameter <{name}>")
    return value


def scheme(call: Call) -> Scheme:
    """Return how names of runs are read in this installation."""
    return Scheme(call.settings.zone, call.settings.known_suites)


class Add(Resource):
    """``/add``"""

    face = face
    needs = "machine"

    @face.endpoint(query=QueueQuery, body=NewTask | None, answers=dict[str, str], refuses=(Conflict,))
    def post(self, call: Call) -> Any:
        """Add a task to a queue: 200 with its id, 400, 409."""
        queue = required(call.query.queue, "queue")
        if call.body is None:
            raise Invalid("Missing http body")
        return {"id": tasks.add(call.session, queue, call.body.content(), call.now, scheme(call))}


class Consume(Resource):
    """``/consume``"""

    face = face
    needs = "machine"

    @face.endpoint(query=ConsumeQuery, answers={200: dict[str, Any], 201: Never})
    def put_all(self, call: Call) -> Any:
        """Take the oldest task of a queue: 200 with it, 201 when there is none after ``timeout``, 400."""
        queue = required(call.query.queue, "queue")
        ttl = datetime.timedelta(seconds=call.settings.task_lease_s)
        task = tasks.consume(call.session, queue, call.now, ttl)
        wait_s = min(call.query.timeout / 1000, LONGEST_WAIT_S, call.settings.longest_wait_s)
        return Later(NOTHING, wait_s) if task is None else task.content


class HandOver(Resource):
    """``/hand_over``"""

    face = face
    needs = "machine"

    @face.endpoint(query=HandOverQuery, answers={201: Never}, refuses=(Conflict,))
    def put_all(self, call: Call) -> Any:
        """Make a task that is in process ready in another queue: 201, 400, 409."""
        source = required((call.query.model_extra or {}).get("from"), "from")
        target = required(call.query.to, "to")
        task_id = required(call.query.id, "id")
        tasks.hand_over(call.session, source, target, task_id, call.now, scheme(call))
        return NOTHING


class Delete(Resource):
    """``/delete``"""

    face = face
    needs = "machine"

    @face.endpoint(query=DeleteQuery, answers={201: Never}, refuses=(Conflict,))
    def put_all(self, call: Call) -> Any:
        """Delete a task of a service: 201, 400, 409."""
        queue = required(call.query.queue, "queue")
        tasks.delete(call.session, queue, required(call.query.id, "id"), call.now)
        return NOTHING


class Keys(Resource):
    """``/keys``"""

    face = face
    needs = "machine"

    @face.endpoint(query=QueueQuery, answers={200: list[str], 201: Never}, refuses=(TooLarge,), fresh=True)
    def get_all(self, call: Call) -> Any:
        """Name the queues that fit a pattern and have tasks, with their states: 200, 201 for none, 400, 413."""
        return tasks.keys(call.session, required(call.query.queue, "queue")) or NOTHING


class TaskQueue(Resource):
    """``/taskqueue``, and the root of a port of its own."""

    face = face
    needs = "machine"
    words: ClassVar[dict[str, Resource]] = {
        "add": Add(),
        "consume": Consume(),
        "hand_over": HandOver(),
        "delete": Delete(),
        "keys": Keys(),
    }

    @face.endpoint(needs_database=False, answers=Literal[ALIVE])
    def get_all(self, call: Call) -> Any:
        """Say that the task queue is there: 200 with a JSON string."""
        return ALIVE
