"""``/regressions`` and ``/flaky``: what passed and fails now, and what only turns."""

from typing import Any

from paddles.analysis import regressions
from paddles.analysis.sources import REGRESSIONS
from paddles.archive import links
from paddles.controllers import rankings
from paddles.controllers.pages import acting, addresses, charts, face, frame, listing, notes
from paddles.controllers.pages.acting import ActionPage, ActionQuery, Sent
from paddles.controllers.pages.frame import PageQuery
from paddles.controllers.pages.listing import Column
from paddles.controllers.rankings import Ranking
from paddles.controllers.remarks import Remarks
from paddles.errors import NotFound
from paddles.notes.subjects import Subject
from paddles.web import page_words, pages, query
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.resource import Resource

COLUMNS = (
    Column("state", "State", "status", "href"),
    Column("path", "Test", "mono", "history_href"),
    Column("tree", kind="word"),
    Column("branch", kind="word"),
    Column("arch", kind="word"),
    Column("board"),
    Column("lab", kind="word"),
    Column("good_kernel", "Last good", "mono", "good_log_href"),
    Column("bad_kernel", "First bad", "mono", "bad_log_href"),
    Column("n_failures", "Failed", "number"),
    Column("flips", "Turned", "number"),
    Column("bad_at", "Since", "time"),
    Column("owner", kind="word"),
    Column("issue", "Issue", "long", "issue"),
)
CHOICES = ("state", "suspect", "reviewed", "suite", "tree", "branch", "arch", "board", "lab", "owner")
# Which of them a tab shows: its word, and what it asks.
TABS: tuple[tuple[str, dict[str, str]], ...] = (
    ("All", {}),
    ("Open", {"state": "open"}),
    ("Fixed", {"state": "fixed"}),
    ("Flaky suspects", {"suspect": "yes"}),
    ("To be looked at", {"state": "open", "reviewed": "no"}),
)
OF_RANKING = (
    Column("path", "Test", "mono", "href"),
    Column("flips", "Turned", "number"),
    Column("results", "Results", "number"),
    Column("rate", "Rate", "percent"),
    Column("sequences", "Environments", "number"),
    Column("last_flip", "Last turned", "time"),
)


# Looked up where it is ranked by them, and for jobs, which have them at hand: for cases it is dear.
RETRIES = Column("retries", "Retries that passed", "number")


class RegressionsPage(Resource):
    """Regressions, and one of them."""

    face = face

    @face.endpoint(query=listing.query(REGRESSIONS), answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show regressions: 200, 400."""
        said = addresses.pairs(call.headers.get("QUERY_STRING", ""))
        chosen = {name: value for name, value in said if name in ("state", "suspect", "reviewed") and value}
        blank = dict.fromkeys(("state", "suspect", "reviewed"))
        tabs = [(word, addresses.changed(said, **{**blank, **asked}), asked == chosen) for word, asked in TABS]
        return listing.show(
            call,
            REGRESSIONS,
            COLUMNS,
            title="Regressions",
            choices=CHOICES,
            template="pages/kernels/regressions.html",
            topics="regressions",
            feed=addresses.feed(call.headers.get("QUERY_STRING", ""), "regressions"),
            tabs=tabs,
        )

    @face.endpoint(query=PageQuery, answers=Html, refuses=(NotFound,))
    def get_one(self, number: str, call: Call) -> Any:
        """Show a regression with its history: 200, 404."""
        wanted = regressions.number_of(number)
        row = regressions.one(call.session, wanted)
        kernels = regressions.history(call.session, wanted)
        base = pages.place(call.settings)
        history = [(kernel, charts.strip([_result(base, each) for each in reversed(some)])) for kernel, some in kernels]
        return frame.show(
            call,
            "pages/kernels/regression.html",
            title=f"{row['path']} on {row['board'] or 'any board'}",
            crumbs=[("Regressions", "/regressions/")],
            icon="fail" if row["state"] == "open" else "pass",
            row=row,
            history=history,
            notes=notes.panel(call, Subject("regression", str(wanted)), wanted),
        )


class TriageQuery(ActionQuery):
    """Which regression."""

    regression: query.Text = ""


class SentRemarks(Remarks, Sent):
    """Whose a regression is, what there is to say of it, and which issue it is; what is not there stays as it is."""

    regression: acting.Short = ""


class TriagePage(ActionPage):
    """``/actions/regression``"""

    @face.endpoint(query=TriageQuery, answers=Html, refuses=(NotFound,), fresh=True)
    def get_all(self, call: Call) -> Any:
        """Show the form: 200, 404."""
        row = regressions.one(call.session, regressions.number_of(call.query.regression))
        return acting.form(
            call,
            f"What is known of regression {row['id']}",
            says=(f"{row['path']} on {row['board'] or 'any board'}, {row['state']}",),
            button="Keep it",
            following=addresses.path("regressions", row["id"]),
            kept={"regression": str(row["id"])},
            template="pages/actions/regression.html",
            crumbs=[("Regressions", "/regressions/")],
            row=row,
        )

    @face.endpoint(body=SentRemarks, answers=Html, refuses=(NotFound,))
    def post(self, call: Call) -> Any:
        """Keep it: 303; 400, 403, 404."""
        by, said = acting.sender(call), call.body
        number = regressions.number_of(said.regression)
        regressions.say(call.session, number, said.model_dump(include=set(regressions.SAID)), by)
        return acting.done(call, "What is known of it is kept.", addresses.path("regressions", number))


def _result(base: str, result: Any) -> tuple[str, str, str]:
    to = links.of_job({"run": result.run, "key": result.key})
    return (
        page_words.kind(result.status),
        f"{result.status}, {page_words.utc(result.happened)}",
        f"{base}{to}" if to else "",
    )


class FlakyQuery(listing.RowsQuery, Ranking):
    """What a page of the ranking understands."""


FlakyQuery.single = frozenset(FlakyQuery.model_fields)


class FlakyPage(Resource):
    """What passes and fails by turns."""

    face = face

    @face.endpoint(query=rankings.of(FlakyQuery), answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show what turns, most often first: 200, 400."""
        if call.query.form:
            return listing.tidied(call)
        source, asked, ignored = call.query.ranked(call.now)
        dear = call.query.kind == "case" and call.query.by != "retries"
        columns = OF_RANKING if dear else (*OF_RANKING[:2], RETRIES, *OF_RANKING[2:])
        looked = listing.Looked(asked, call.query.pairs, ignored, call.query.part)
        choices: tuple[str, ...] = ("suite", "tree", "branch", "arch", "board", "lab")
        if call.query.kind == "job":
            choices = ("suite", "branch", "machine_type", "flavor")
        return frame.show(
            call,
            "pages/kernels/flaky.html",
            title="Flaky",
            forms=("json", "csv"),
            rows=listing.rows(call, source, columns, choices, looked=looked),
            word="tests",
            kind=call.query.kind,
            by=call.query.by,
            since=call.query.since or rankings.USUAL_SINCE,
            usually=rankings.USUAL_SINCE,
        )
