"""``/latest/telemetry``: what labs and services tell of their work, and what it adds up to."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from paddles.accounts import access
from paddles.controllers.kernelci import face, telemetry_words, words
from paddles.controllers.node_queries import PageQuery
from paddles.telemetry import figures, signals
from paddles.telemetry.figures import Suspicion
from paddles.web import query
from paddles.web.face import Call
from paddles.web.resource import Resource


class TelemetryQuery(PageQuery, telemetry_words.Wanted):
    """Which part of which steps."""


class StatsQuery(telemetry_words.Wanted):
    """Which steps, and by what they are counted."""

    group_by: query.Text = ""


class AnomaliesQuery(query.Query):
    """What is out of the ordinary."""

    window: Literal["1h", "3h", "6h", "12h", "24h", "48h"] = "6h"
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
    min_total: Annotated[query.Whole, Field(ge=1)] = 3
    scope: Literal["device_type", "device"] = "device_type"


class StatsController(Resource):
    """``/latest/telemetry/stats``"""

    face = face

    @face.endpoint(query=StatsQuery, answers=list[telemetry_words.Group])
    def get_all(self, call: Call) -> Any:
        """Count steps by some of their fields: 200 a list of groups, the largest first; 400 without ``group_by``."""
        names = [name.strip() for name in call.query.group_by.split(",") if name.strip()]
        return telemetry_words.listed(figures.by(call.session, names, call.query.filter))


class AnomaliesController(Resource):
    """``/latest/telemetry/anomalies``"""

    face = face

    @face.endpoint(query=AnomaliesQuery, answers=telemetry_words.Anomalies)
    def get_all(self, call: Call) -> Any:
        """Show what fails too often, and which errors come too often, within the window that ends now: 200."""
        asked: AnomaliesQuery = call.query
        since = call.now - figures.WINDOWS[asked.window]
        suspicion = Suspicion(since, asked.threshold, asked.min_total, asked.scope)
        return {
            **asked.model_dump(),
            "since": words.timestamp(since),
            "result_anomalies": telemetry_words.listed(figures.failing(call.session, suspicion)),
            "error_anomalies": telemetry_words.listed(figures.errors(call.session, suspicion)),
        }


class TelemetryController(Resource):
    """``/latest/telemetry``"""

    face = face
    words: ClassVar[dict[str, Resource]] = {"stats": StatsController(), "anomalies": AnomaliesController()}

    @face.endpoint(query=TelemetryQuery, answers=telemetry_words.Page, fresh=True)
    def get_all(self, call: Call) -> Any:
        """List the steps that match, a page of them, the oldest first: 200."""
        part, wanted = call.query.page, call.query.filter
        found = signals.find(call.session, wanted, part)
        total = signals.count(call.session, wanted)
        return words.page((telemetry_words.shown(row) for row in found), total, part)

    @face.endpoint(body=telemetry_words.Batch, answers=telemetry_words.Inserted, who=access.known)
    def post(self, call: Call) -> Any:
        """Keep steps: 200 how many; 400 when there are none, or one of them is none."""
        return {"inserted": signals.add(call.session, telemetry_words.told(call.body), call.now)}
