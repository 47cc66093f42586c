"""``/runs/<name>/``: one run."""

import datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Row

from paddles.archive import run_context, run_search
from paddles.archive.run_context import Context
from paddles.archive.status import FINISHED
from paddles.controllers.pages import addresses, face, frame, listing, notes
from paddles.controllers.pages.run_tabs import HIDDEN, TABS
from paddles.errors import Invalid
from paddles.notes.subjects import Subject
from paddles.orders import holding
from paddles.web import page_words, pages
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.pages import Page
from paddles.web.resource import Resource

ORDER = ("pass", "fail", "dead", "running", "waiting", "queued", "unknown")


class RunFailuresPage(Resource):
    """``/runs/<name>/failures/``"""

    face = face

    @face.endpoint(query=frame.PageQuery, answers=Html)
    def get_all(self, name: str, call: Call) -> Any:
        """Lead to the part of the run's page: 303."""
        return part_of(call, name, "failures")


def part_of(call: Call, name: str, tab: str) -> Page:
    """Lead to a part of the page of a run, with what else the address says."""
    said = [("tab", tab), *addresses.pairs(call.headers.get("QUERY_STRING", ""))]
    return Page(
        "", 303, {"Location": f"{pages.place(call.settings)}{addresses.path('runs', name)}{addresses.written(said)}"}
    )


def shown(call: Call, name: str) -> Page:
    """Return the page of a run.

    Raises:
        NotFound: there is no such run.
        Invalid: the address names no part of the page, or a value that cannot be.
    """
    if call.query.form:
        return listing.tidied(call)
    run = run_search.run(call.session, name)
    tab = call.query.tab or _shown_before(call) or ("failures" if run.n_fail + run.n_dead else "jobs")
    if tab not in TABS:
        raise Invalid(f"tab must be one of: {', '.join(TABS)}")
    context = run_context.of(call.session, run)
    waits = holding.of_run(call.session, run.id) if run.n_waiting else None
    return frame.show(
        call,
        f"pages/runs/{tab}.html",
        title=name,
        crumbs=[("Runs", "/runs/")],
        topics=addresses.topic("run", name),
        icon=page_words.icon(run.status),
        run=run,
        counts={status: getattr(run, f"n_{status}") for status in ORDER},
        ended=sum(getattr(run, f"n_{status}") for status in FINISHED),
        around=context,
        expected=expected(run, context),
        compare=compared(context, name),
        tabs=tuple(TABS),
        tab=tab,
        held=waits.held if waits else {},
        able=run.n_queued or (waits and waits.able),
        hides=HIDDEN in call.query.said(),
        notes=notes.panel(call, Subject("run", name), run.id),
        **TABS[tab](call, run),
    )


def _shown_before(call: Call) -> str:
    """Return what a page is about that asks for its part anew: it stays so when the run has its first failure."""
    return next((name for name in frame.asked(call) if name in TABS), "")


def expected(run: Row[Any], context: Context) -> datetime.datetime | None:
    """Return when a run that goes on will probably have ended; None where nobody can say."""
    if run.finished or not run.started or context.usual_s is None:
        return None
    ends: datetime.datetime = run.started + datetime.timedelta(seconds=context.usual_s)
    return ends


def compared(context: Context, name: str) -> str:
    """Return the address at which a run is compared with the one before it, else with one that is asked for."""
    return f"/compare?{urlencode({'a': context.before, 'b': name} if context.before else {'a': name})}"
