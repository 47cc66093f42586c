"""``/dashboards``: which there are, what they consist of, and the numbers that they show."""

from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, Field

from paddles.controllers.kcing import face, panel_words
from paddles.controllers.list_queries import USUAL
from paddles.controllers.panel_queries import PanelQuery, ViewQuery
from paddles.dashboards import definitions, panels, sets
from paddles.dashboards.definitions import Panel, Set, Visualization
from paddles.dashboards.panels import View
from paddles.db.session import Session
from paddles.errors import Invalid
from paddles.listing.search import Part
from paddles.web import formats
from paddles.web.answers import Flow
from paddles.web.endpoint import Csv
from paddles.web.face import Call
from paddles.web.resource import Resource


class Brief(BaseModel):
    """A dashboard in the list."""

    slug: str
    title: str
    panels: Annotated[int, Field(ge=0)]
    href: str


class Dashboards(BaseModel):
    """All dashboards."""

    items: list[Brief]


class Defined(BaseModel):
    """A dashboard with all that its panels show, in the format of files of dashboards."""

    format: Literal["paddles-dashboards"]
    version: Literal[1]
    dashboards: list[dict[str, Any]]
    visualizations: list[dict[str, Any]]
    searches: list[dict[str, Any]]


class Numbers(BaseModel):
    """What a dashboard shows; a panel that cannot be shown has an ``error`` instead of ``data``."""

    slug: str
    title: str
    since: str | None
    until: str | None
    panels: list[dict[str, Any]]
    ignored: list[str]


class DataController(Resource):
    """``/dashboards/<slug>/data.json``"""

    face = face

    @face.endpoint(query=ViewQuery, answers=Numbers)
    def get_all(self, slug: str, call: Call) -> Any:
        """Show all panels of a dashboard: 200, 400, 404. What an address asks of rows is asked for each panel."""
        whole = sets.current(call.session)
        found = sets.dashboard(whole, slug)
        seen = call.query.view(found, call.now)
        shown = [self._panel(call.session, whole, each, seen) for each in found.panels]
        meant = [set(ignored) for _, ignored in shown if ignored is not None]
        return {
            "slug": found.slug,
            "title": found.title,
            **panel_words.times(seen),
            "panels": [each for each, _ in shown],
            # What means nothing to any of them.
            "ignored": sorted(set.intersection(*meant)) if meant else [],
        }

    @staticmethod
    def _panel(session: Session, whole: Set, each: Panel, seen: View) -> tuple[dict[str, Any], list[str] | None]:
        what = sets.shown(whole, each.viz)
        about = {**each.model_dump(), "title": each.title or what.title, "type": panel_words.kind(what)}
        try:
            data, ignored = panels.shown(session, what, seen)
        except Invalid as error:
            return {**about, "error": str(error)}, None
        return {**about, "data": panel_words.told(data)}, None if about["type"] == "markdown" else ignored


class PanelController(Resource):
    """``/dashboards/<slug>/panels/<viz>``"""

    face = face

    @face.endpoint(query=PanelQuery, answers=panel_words.Told | Csv)
    def get_one(self, slug: str, viz: str, call: Call) -> Any:
        """Show one panel of a dashboard: 200, as JSON, or as CSV of the same numbers; 400, 404."""
        asked: PanelQuery = call.query
        name = viz.removesuffix(formats.SUFFIX)
        whole = sets.current(call.session)
        found = sets.dashboard(whole, slug)
        what = sets.shown(whole, sets.panel(found, name).viz)
        limit = asked.count or (what.per_page if isinstance(what, Visualization) else USUAL)
        part = Part(limit, limit * (max(asked.page, 1) - 1), asked.after)
        seen = replace(asked.view(found, call.now), part=part, sort=asked.sort)

        def told(session: Session) -> tuple[dict[str, Any], list[str]]:
            data, ignored = panels.shown(session, what, seen)
            return panel_words.told(data), ignored

        if formats.wants_csv(asked.format, call.headers):
            return Flow(lambda session, _: (panel_words.lines(told(session)[0]), None), None, formats.CSV)
        data, ignored = told(call.session)
        return {"viz": name, "type": panel_words.kind(what), "title": what.title, "data": data, "ignored": ignored}


class DashboardsController(Resource):
    """``/dashboards``"""

    face = face
    nested: ClassVar[dict[str, Resource]] = {"data.json": DataController(), "panels": PanelController()}

    @face.endpoint(answers=Dashboards)
    def get_all(self, call: Call) -> Any:
        """List the dashboards: 200."""
        found = sets.current(call.session).dashboards
        return {
            "items": [
                {"slug": d.slug, "title": d.title, "panels": len(d.panels), "href": f"/dashboards/{d.slug}"}
                for d in found
            ]
        }

    @face.endpoint(answers=Defined)
    def get_one(self, slug: str, call: Call) -> Any:
        """Show a dashboard and what is on it, as a file of dashboards, with ``.json`` or without: 200, 404."""
        whole = sets.current(call.session)
        found = sets.dashboard(whole, slug.removesuffix(".json"))
        shown = {each.viz for each in found.panels}
        some = {
            "dashboards": [found],
            "visualizations": [each for each in whole.visualizations if each.slug in shown],
            "searches": [each for each in whole.searches if each.slug in shown],
        }
        return definitions.written(whole.model_copy(update=some)).encode()
