"""``/labs``: labs, what their devices do, and what became of what they sent."""

from typing import Any

from paddles.controllers.pages import charts, face, frame
from paddles.controllers.told_queries import Stretch as Timed
from paddles.dashboards import labs
from paddles.kernels import refusals
from paddles.listing import stretches
from paddles.listing.stretches import Stretch
from paddles.web import query
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.resource import Resource

TIMES = ("24h", "7d", "14d", "30d", "90d")
LABELS = {"hour": "%m-%d %H:%M", "day": "%m-%d", "week": "%m-%d"}
# How many of the last documents that nobody reads are shown.
UNREAD = 5


class LabsQuery(Timed):
    """Of which stretch of time."""

    fragment: query.Text = ""


class LabsPage(Resource):
    """All labs, and one."""

    face = face

    @face.endpoint(query=LabsQuery, answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show labs: 200, 400."""
        asked: LabsQuery = call.query
        return frame.show(
            call,
            "pages/lab/labs.html",
            title="Labs",
            labs=labs.labs(call.session, Stretch(*asked.times(call.now))),
            since=asked.since,
            times=TIMES,
            ignored=asked.ignored,
            forms=("json", "csv"),
        )

    @face.endpoint(query=LabsQuery, answers=Html)
    def get_one(self, name: str, call: Call) -> Any:
        """Show a lab, its devices and what they did: 200, 400, 404."""
        asked: LabsQuery = call.query
        time = stretches.stretch(*asked.times(call.now))
        lab = labs.one(call.session, name, time)
        points = labs.busy(call.session, name, time).series[0].points
        labels = [f"{point.at:{LABELS[time.step]}}" for point in points]
        hours = [point.values["busy"] / 3600 for point in points]
        return frame.show(
            call,
            "pages/lab/lab.html",
            title=name,
            crumbs=(("Labs", "/labs/"),),
            lab=lab,
            devices=labs.devices(call.session, name, time),
            most=labs.MOST_DEVICES,
            unread=refusals.listed(call.session, UNREAD, lab=name),
            since=asked.since,
            times=TIMES,
            ignored=asked.ignored,
            step=time.step,
            labels=labels,
            hours=hours,
            chart=charts.columns(labels, {"running": hours}, "h") if lab.busy else None,
            forms=("json", "csv"),
        )
