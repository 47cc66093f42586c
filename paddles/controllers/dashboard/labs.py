"""``/labs``: labs as their boots and callbacks speak of them, and one of them with its devices."""

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from paddles.controllers import lists
from paddles.controllers.dashboard import charts, face
from paddles.controllers.dashboard.charts import ChartPoint, ChartQuery
from paddles.controllers.told_queries import Stretch as Timed
from paddles.dashboards import labs
from paddles.db.session import Session
from paddles.errors import NotFound
from paddles.listing.stretches import Stretch
from paddles.web import formats
from paddles.web.endpoint import Csv
from paddles.web.face import Call
from paddles.web.resource import Resource


class LabAnswer(BaseModel):
    """A lab, what its devices did in a stretch of time, and what became of what it sent."""

    name: str
    boards: int
    devices: int
    offline: int
    busy: float | None
    utilisation: float | None
    boots: int
    passed: int
    failed: int
    last_boot: str | None
    callbacks: int
    refused: int
    unread: int
    error_rate: float | None
    last_callback: str | None


class LabsAnswer(BaseModel):
    """Labs, by name."""

    items: list[LabAnswer]
    ignored: list[str]


class DeviceAnswer(BaseModel):
    """A device of a lab, and what it did in a stretch of time."""

    name: str
    board: str
    machine: str | None
    locked_by: str | None
    offline: bool
    result: str
    boots: int
    passed: int
    failed: int
    last: str
    busy: float | None
    utilisation: float | None


class OneLabAnswer(BaseModel):
    """A lab, its devices, and how many seconds these were busy in each step of the time."""

    lab: LabAnswer
    devices: list[DeviceAnswer]
    interval: str
    points: list[ChartPoint]
    ignored: list[str]


class LabsController(Resource):
    """``/labs``"""

    face = face

    @face.endpoint(query=Timed, answers=LabsAnswer | Csv)
    def get_all(self, call: Call) -> Any:
        """Tell how labs do: 200, as JSON, or a line of CSV for each; 400."""
        asked: Timed = call.query
        time = Stretch(*asked.times(call.now))

        def told(session: Session) -> list[dict[str, Any]]:
            return [asdict(each) for each in labs.labs(session, time)]

        if formats.wants_csv(asked.format, call.headers):
            return charts.table("labs", told)
        return {"items": [lists.shown(each) for each in told(call.session)], "ignored": asked.ignored}

    @face.endpoint(query=ChartQuery, answers=OneLabAnswer | Csv, refuses=(NotFound,))
    def get_one(self, name: str, call: Call) -> Any:
        """Tell how a lab and its devices do: 200, as JSON, or a line of CSV for each device; 400, 404."""
        asked: ChartQuery = call.query
        time = asked.stretch(call.now)

        def told(session: Session) -> list[dict[str, Any]]:
            return [asdict(each) for each in labs.devices(session, name, time)]

        if formats.wants_csv(asked.format, call.headers):
            return charts.table("devices", told)
        return {
            "lab": lists.shown(asdict(labs.one(call.session, name, time))),
            "devices": [lists.shown(each) for each in told(call.session)],
            "interval": time.step,
            "points": [charts.point(at) for at in labs.busy(call.session, name, time).series[0].points],
            "ignored": asked.ignored,
        }
