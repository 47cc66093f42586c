"""``/queue/``: queues, their pauses, and the jobs handed out of them."""

import datetime
from typing import Any, ClassVar

from paddles.archive import job_search
from paddles.controllers.results import answers, bodies, face, words
from paddles.errors import Conflict, Forbidden, Invalid, Unavailable
from paddles.lab import leases, queues
from paddles.web import query
from paddles.web.face import Call
from paddles.web.resource import Resource


class QueuesQuery(query.Query):
    """Which queues; several machine types joined by ``|`` share the queue ``multi``."""

    machine_type: query.Text | None = None
    paused_by: query.Text | None = None


class QueueQuery(query.Query):
    """Which queue."""

    queue: query.Text | None = None


class QueuedQuery(query.Query):
    """Whose queued jobs, when not the queue's."""

    user: query.Text | None = None
    run_name: query.Text | None = None


def named(name: str | None) -> str:
    """Return the queue that a request names. Raises Invalid when it names none."""
    if not name:
        raise Invalid("could not find required key: 'queue'")
    return name


class PopController(Resource):
    """``/queue/pop_queue``"""

    face = face
    head = False

    @face.endpoint(query=QueueQuery, writes=True, answers=answers.Job | None)
    def get_all(self, call: Call) -> Any:
        """Hand out the most urgent job: 200 with it, or ``null`` when none waits; 503 while the queue is paused.

        The job is still queued, and nobody else's until its lease ends or somebody reports on it.
        """
        found = queues.listed(call.session, named(call.query.queue), None)
        if not found:
            return None
        if queues.paused(found[0], call.now):
            raise Unavailable("queue is paused, cannot retrieve job")
        ttl = datetime.timedelta(seconds=call.settings.hand_over_lease_s)
        job_id = leases.claim(call.session, [found[0].name], "test", call.now, ttl)
        return words.job(job_search.by_id(call.session, job_id), call.settings) if job_id else None


class StatsController(Resource):
    """``/queue/stats/``"""

    face = face

    @face.endpoint(query=QueueQuery, body=bodies.QueueName | None, answers=answers.QueueCount, fresh=True)
    def get_all(self, call: Call) -> Any:
        """Count the jobs that wait in a queue, and say whether it is paused: 200, 400."""
        row = queues.counted(call.session, named(call.body.queue if call.body else call.query.queue))
        if not queues.paused(row, call.now):
            return {"queue": row.name, "queued_jobs": row.queued, "paused": False}
        return {**words.queue(row, call.now), "queued_jobs": row.queued}

    post = get_all


class QueuedController(Resource):
    """``/queue/queued_jobs/``"""

    face = face

    @face.endpoint(query=QueuedQuery, body=bodies.QueueName, writes=False, answers=list[answers.Job])
    def post(self, call: Call) -> Any:
        """List the jobs that wait in a queue, all or a user's, or those of a run in any queue: 200, 400."""
        asked: QueuedQuery = call.query
        queue = queues.counted(call.session, call.body.queue)
        if asked.run_name:
            rows = job_search.queued(call.session, run=asked.run_name)
        else:
            rows = job_search.queued(call.session, queue_id=queue.id, username=asked.user or None)
        return words.jobs(rows, call.settings)

    get_all = post


class QueuesController(Resource):
    """All queues."""

    face = face
    words: ClassVar[dict[str, Resource]] = {
        "pop_queue": PopController(),
        "stats": StatsController(),
        "queued_jobs": QueuedController(),
    }

    @face.endpoint(query=QueuesQuery, answers=list[answers.Queue], fresh=True)
    def get_all(self, call: Call) -> Any:
        """List queues: 200, by name."""
        name = call.query.machine_type or None
        name = "multi" if name and "|" in name else name
        return [words.queue(row, call.now) for row in queues.listed(call.session, name, call.query.paused_by or None)]

    @face.endpoint(body=bodies.QueueFields, answers=answers.Done, refuses=(Conflict,))
    def post(self, call: Call) -> Any:
        """Create a queue, paused from the start if asked: 200 ``{}``, 400 when there is one of that name."""
        said: bodies.QueueFields = call.body
        queues.create(call.session, said.queue)
        if said.pause_duration:
            queues.pause(call.session, said.queue, said.pause_duration, said.paused_by, call.now)
        return {}

    @face.endpoint(body=bodies.QueueFields, answers=answers.Done, refuses=(Forbidden,))
    def put_all(self, call: Call) -> Any:
        """Pause a queue or end its pause: 200 ``{}``, 400, 403 when it is paused already."""
        said: bodies.QueueFields = call.body
        if said.pause_duration is not None:
            queues.pause(call.session, said.queue, said.pause_duration, said.paused_by, call.now)
        else:
            queues.describe(call.session, said.queue, said.changes())
        return {}
