"""``/stats/machines`` and ``/stats/records``: what machines did with their time, and how they fared."""

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from paddles.controllers.dashboard import charts, face
from paddles.controllers.dashboard.charts import ChartAnswer, ChartQuery, Machines
from paddles.db.session import Session
from paddles.lab import records, utilisation
from paddles.listing.stretches import Stretch
from paddles.web import formats
from paddles.web.endpoint import Csv
from paddles.web.face import Call
from paddles.web.resource import Resource


class UtilisationQuery(ChartQuery, Machines):
    """Which time, in which steps, of which machines."""


class MachineRecord(BaseModel):
    """How the jobs of a machine ended, beside those of its type."""

    name: str
    machine_type: str
    passed: int
    failed: int
    dead: int
    rate: float | None
    type_rate: float | None
    bad: bool


class RecordsAnswer(BaseModel):
    """Machines, by type and name."""

    items: list[MachineRecord]
    ignored: list[str]


class UtilisationController(Resource):
    """``/stats/machines``"""

    face = face

    @face.endpoint(query=UtilisationQuery, answers=ChartAnswer | Csv)
    def get_all(self, call: Call) -> Any:
        """Tell what machines did with their time: 200, as JSON, or a line of CSV for each point; 400."""
        asked: UtilisationQuery = call.query

        def drawn(session: Session, time: Stretch) -> Any:
            return utilisation.utilisation(session, time, call.now, asked.machine_type)

        return charts.answer(call, "machines", drawn)


class RecordsController(Resource):
    """``/stats/records``"""

    face = face

    @face.endpoint(query=Machines, answers=RecordsAnswer | Csv)
    def get_all(self, call: Call) -> Any:
        """Tell how machines fared beside others of their type: 200, as JSON, or a line of CSV for each; 400."""
        asked: Machines = call.query
        time = Stretch(*asked.times(call.now))

        def told(session: Session) -> list[dict[str, Any]]:
            return [asdict(each) for each in records.records(session, time, asked.machine_type)]

        if formats.wants_csv(asked.format, call.headers):
            return charts.table("records", told)
        return {"items": told(call.session), "ignored": asked.ignored}
