"""``/outlook``: what waits in queues, and why a job does."""

from dataclasses import asdict
from typing import Any, ClassVar

from pydantic import BaseModel

from paddles.controllers import lists
from paddles.controllers.dashboard import charts, face
from paddles.controllers.told_queries import Stretch as Timed
from paddles.controllers.told_queries import Told
from paddles.db.session import Session
from paddles.errors import NotFound
from paddles.lab import outlook
from paddles.listing.stretches import Stretch
from paddles.web import formats, query
from paddles.web.endpoint import Csv
from paddles.web.face import Call
from paddles.web.resource import Resource


class QueueOutlook(BaseModel):
    """A queue, its open jobs, the machines that ask it, and how many seconds those waited that have ended."""

    name: str
    queued: int
    waiting: int
    running: int
    oldest: str | None
    machines: int
    up: int
    free: int
    locked: int
    ended: int
    wait_p50: float | None
    wait_p90: float | None
    wait_max: float | None
    paused_by: str | None
    paused_until: str | None
    expected: str | None


class OutlookAnswer(BaseModel):
    """Queues, by name."""

    items: list[QueueOutlook]
    ignored: list[str]


class JobQuery(Told):
    """Which job."""

    run: query.Text
    job: query.Text


class JobOutlook(BaseModel):
    """Why a job is not running, what comes before it, and when it is expected to start.

    Of one that somebody holds it is said who, of others there is no such key.
    """

    status: str
    queue: str | None
    priority: int | None
    posted: str
    reasons: list[str]
    ahead: int
    waits_for: list[str]
    paused_until: str | None
    expected: str | None
    held_by: str | None = None
    ignored: list[str]


class JobController(Resource):
    """``/outlook/job``"""

    face = face

    @face.endpoint(query=JobQuery, answers=JobOutlook, refuses=(NotFound,))
    def get_all(self, call: Call) -> Any:
        """Tell why a job is not running yet: 200, 400, 404."""
        asked: JobQuery = call.query
        found = outlook.prospect(call.session, asked.run, asked.job, call.now)
        said = {name: value for name, value in asdict(found).items() if name != "held_by" or value is not None}
        return {**lists.shown(said), "ignored": asked.ignored}


class OutlookController(Resource):
    """``/outlook``"""

    face = face
    words: ClassVar[dict[str, Resource]] = {"job": JobController()}

    @face.endpoint(query=Timed, answers=OutlookAnswer | Csv)
    def get_all(self, call: Call) -> Any:
        """Tell what waits in each queue, and how long: 200, as JSON, or a line of CSV for each; 400."""
        asked: Timed = call.query
        time = Stretch(*asked.times(call.now))

        def told(session: Session) -> list[dict[str, Any]]:
            return [asdict(each) for each in outlook.queues(session, time, call.now)]

        if formats.wants_csv(asked.format, call.headers):
            return charts.table("outlook", told)
        return {"items": [lists.shown(each) for each in told(call.session)], "ignored": asked.ignored}
