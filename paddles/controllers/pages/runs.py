"""``/runs/``: runs, with what all of them come to."""

from typing import Any, ClassVar

from paddles.archive import run_totals
from paddles.archive.sources import COUNTERS, RUNS
from paddles.controllers import latest
from paddles.controllers.pages import addresses, archive_lists, face, frame, listing
from paddles.controllers.pages.listing import Column
from paddles.controllers.pages.run import RunFailuresPage, shown
from paddles.controllers.pages.run_chains import WORDS, RunChainPage
from paddles.controllers.pages.run_jobs import RunJobsPage
from paddles.errors import NotFound
from paddles.notes import notes
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.pages import Page
from paddles.web.resource import Resource

COLUMNS = (
    Column("status", kind="status"),
    Column("name", "Run", link="href"),
    Column("jobs", kind="counts"),
    Column("scheduled", kind="time"),
    Column("runtime", kind="span"),
    Column("suite"),
    Column("branch"),
    Column("user"),
    Column("machine_type", "Machines"),
    Column("flavor"),
    Column("sha1", kind="mono"),
    Column("priority", kind="number"),
    Column("started", kind="time"),
)
CHOICES = ("status", "suite", "branch", "user", "machine_type", "sha1", "flavor")
USUAL = 50
# In which order a bar shows how jobs ended.
SHOWN = ("pass", "fail", "dead", "running", "waiting", "queued", "unknown")
# Rows that people look for, and the parameters that ask for them.
VIEWS = (
    ("running", (("status", "running"),)),
    ("with failures", (("status", "finished fail"),)),
    ("of the last day", (("since", "24h"),)),
    ("hide infra", (("-status", "finished dead"),)),
)


class RunsPage(Resource):
    """All runs, and one."""

    face = face
    words: ClassVar[dict[str, Resource]] = {word: RunChainPage(word) for word in WORDS}
    nested: ClassVar[dict[str, Resource]] = {"jobs": RunJobsPage(), "failures": RunFailuresPage()}
    below = nested["jobs"]

    @face.endpoint(query=archive_lists.RunsPageQuery, answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show runs, the newest first: 200, 400."""
        if call.query.form:
            return listing.tidied(call)
        looked = archive_lists.looked(call, USUAL, counted=False)
        rows = listing.rows(call, RUNS, COLUMNS, CHOICES, COUNTERS, looked)
        totals = run_totals.totals(call.session, looked.asked)
        return frame.show(
            call,
            "pages/runs/list.html",
            title="Runs",
            topics="runs",
            feed=addresses.feed(call.headers.get("QUERY_STRING", ""), "runs"),
            forms=("json", "csv"),
            rows=rows,
            totals=totals,
            pinned=notes.pinned_of(call.session, [row["name"] for row in rows.rows]),
            jobs={status: totals["jobs_by_status"][status] for status in SHOWN},
            views=VIEWS,
        )

    @face.endpoint(query=archive_lists.RunPageQuery, answers=Html)
    def get_one(self, name: str, call: Call) -> Any:
        """Show a run, a part of what is known of it at a time: 200, 400, 404; ``latest`` leads to the newest: 302."""
        try:
            return shown(call, name)
        except NotFound:
            if name != latest.LATEST:
                raise
            to = latest.lead(call).headers["Location"]
            return Page("", 302, {"Location": to})
