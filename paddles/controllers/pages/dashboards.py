"""``/dashboards``: what is shown together, each panel with the numbers that it is made of."""

from typing import Any

from paddles.controllers.pages import addresses, face, frame, panels
from paddles.controllers.pages.frame import PageQuery
from paddles.controllers.pages.listing import STRETCHES
from paddles.controllers.panel_queries import ViewQuery
from paddles.dashboards import panels as shown
from paddles.dashboards import sets
from paddles.dashboards.definitions import Dashboard, Panel, Search, Set, Visualization
from paddles.dashboards.panels import View
from paddles.errors import Invalid, NotFound
from paddles.listing import filters
from paddles.web import query
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.pages import Page
from paddles.web.resource import Resource

# How many columns pages have for the 48 of a dashboard's grid.
COLUMNS = 4
WIDE = 48 // COLUMNS


class DashboardQuery(ViewQuery):
    """What a page of a dashboard understands."""

    fragment: query.Text = ""
    form: query.Text = ""


DashboardQuery.single = frozenset(DashboardQuery.model_fields)


class DashboardsPage(Resource):
    """Dashboards, and one of them."""

    face = face

    @face.endpoint(query=PageQuery, answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show which dashboards there are: 200."""
        whole = sets.current(call.session)
        boards = [(each, [_title(whole, panel) for panel in each.panels]) for each in whole.dashboards]
        return frame.show(call, "pages/kernels/dashboards.html", title="Dashboards", boards=boards)

    @face.endpoint(query=DashboardQuery, answers=Html, refuses=(NotFound,))
    def get_one(self, slug: str, call: Call) -> Any:
        """Show a dashboard: 200, 400, 404. What the address asks of rows is asked for each panel."""
        asked: DashboardQuery = call.query
        if asked.form:
            return _tidied(call)
        whole = sets.current(call.session)
        found = sets.dashboard(whole, slug)
        seen = asked.view(found, call.now)
        drawn = [_panel(call, whole, found, each, seen) for each in sorted(found.panels, key=lambda p: (p.y, p.x))]
        meant = [set(each["ignored"]) for each in drawn if each["ignored"] is not None]
        choices = {each.name: each for one in drawn if one["kind"] == "filters" for each in one["choices"]}
        ignored = sorted(set.intersection(*meant)) if meant else []
        return frame.show(
            call,
            "pages/kernels/dashboard.html",
            title=found.title or found.slug,
            crumbs=[("Dashboards", "/dashboards/")],
            forms=(),
            slug=found.slug,
            data=f"/dashboards/{found.slug}/data.json{addresses.written(_said(call))}",
            panels=[each for each in drawn if each["kind"] != "filters"],
            choices=list(choices.values()),
            chips=_chips(call, asked, ignored),
            ignored=ignored,
            stretches=STRETCHES,
            time=asked.since or ("" if asked.until else found.time),
        )


def _panel(call: Call, whole: Set, found: Dashboard, panel: Panel, seen: View) -> dict[str, Any]:
    """Return what is drawn of a panel; one that cannot be shown has an ``error`` and no more."""
    what = sets.shown(whole, panel.viz)
    said = _said(call)
    base = f"/dashboards/{found.slug}/panels/{panel.viz}"
    about = {
        "id": f"panel-{panel.viz}",
        "title": _title(whole, panel),
        "wide": min(max(round(panel.w / WIDE), 1), COLUMNS),
        "json": base + addresses.written(said),
        "csv": f"{base}.csv{addresses.written(said)}",
    }
    try:
        told, ignored = shown.shown(call.session, what, seen)
    except Invalid as error:
        return {**about, "kind": "error", "error": str(error), "ignored": None}
    drawn = panels.drawn(told, call, said, _listed(found, what, said))
    return {**about, **drawn, "ignored": None if drawn["kind"] == "markdown" else ignored}


def _listed(
    found: Dashboard, what: Visualization | Search, said: list[tuple[str, str]]
) -> list[tuple[str, str]] | None:
    """Return what a list is asked for that has the rows of a panel; None where a list cannot be asked that."""
    own = [] if isinstance(what, Search) else what.filters
    kept = filters.pairs_of_documents(each.model_dump() for each in (*own, *found.filters))
    if kept is None:
        return None
    timeless = {name for name, _ in said}.isdisjoint(("since", "until")) and found.time
    words = [("q", what.query)] if isinstance(what, Search) and what.query else []
    return [*kept, *said, *([("since", found.time)] if timeless else []), *words]


def _title(whole: Set, panel: Panel) -> str:
    return panel.title or sets.shown(whole, panel.viz).title


def _said(call: Call) -> list[tuple[str, str]]:
    """Return what the address asks of rows, and from when until when."""
    said = addresses.pairs(call.headers.get("QUERY_STRING", ""))
    return [(name, value) for name, value in said if name not in addresses.PLACE]


def _chips(call: Call, asked: DashboardQuery, ignored: list[str]) -> list[dict[str, str]]:
    said = _said(call)
    kept = [(name, value) for name, value in said if name == "until" or (name, value) in asked.pairs]
    return [
        {"text": f"{name}: {value or 'nothing'}", "drop": addresses.without(said, name, value)}
        for name, value in kept
        if name not in ignored
    ]


def _tidied(call: Call) -> Page:
    said = addresses.pairs(call.headers.get("QUERY_STRING", ""))
    return Page("", 303, {"Location": addresses.written((n, value) for n, value in said if value and n != "form")})
