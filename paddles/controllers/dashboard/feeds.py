"""``/feeds``: runs, regressions and the results of a test, for readers of Atom feeds."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from paddles.analysis import history
from paddles.analysis.sources import REGRESSIONS, RESULTS
from paddles.archive import links
from paddles.archive.sources import RUNS
from paddles.controllers import list_queries
from paddles.controllers.archive_queries import RunsQuery
from paddles.controllers.dashboard import atom, face, kept
from paddles.controllers.dashboard.atom import Entry
from paddles.errors import NotFound
from paddles.listing import search
from paddles.listing.search import Part
from paddles.web import answers, auth, origins, page_words
from paddles.web.endpoint import Atom
from paddles.web.face import Call
from paddles.web.resource import Form, Resource

ENDING = ".atom"
# How many entries a feed has, and how long a reader may keep it, in seconds.
ENTRIES = Part(50)
FRESH_S = 60
OF_RUN = ("name", "user", "suite", "branch", "status", "posted", "updated", "jobs", "n_pass", "n_fail", "n_dead")
OF_REGRESSION = (
    *("id", "state", "path", "tree", "branch", "arch", "board", "lab", "good_kernel", "bad_kernel", "n_failures"),
    *("bad_at", "last_at", "fixed_at"),
)
OF_RESULT = ("@timestamp", "result", "flip", "kernel", "tree", "branch", "lab", "board", "run", "key")
Row = Mapping[str, Any]


def _answer(call: Call, title: str, entries: Iterable[Entry]) -> answers.File:
    said = parse_qsl(call.headers.get("QUERY_STRING", ""), keep_blank_values=True)
    filters = urlencode([(name, value) for name, value in said if name != auth.PARAMETER])
    path = urlsplit(origins.address(call.headers)).path
    address = f"{call.settings.base_url}{path}{'?' if filters else ''}{filters}"
    return answers.versioned(atom.written(address, title, list(entries)), kept(call.settings, FRESH_S))


def _run(base: str, row: Row) -> Entry:
    href = f"{base}{links.run(row['name'])}"
    summary = (
        f"{page_words.many(row['jobs'], 'job')}: {row['n_pass']} passed, {row['n_fail']} failed, {row['n_dead']} dead"
    )
    title = f"{row['status']}: {row['name']}"
    return Entry(href, title, row["updated"] or row["posted"], href, summary, row["user"])


def _regression(base: str, row: Row) -> Entry:
    href = f"{base}/regressions/{row['id']}/"
    where = ", ".join(filter(None, (row[name] for name in ("tree", "branch", "arch", "board", "lab"))))
    kernels = f"passed with {row['good_kernel']}, fails since {row['bad_kernel']}, {row['n_failures']} times"
    changed = max(row[name] for name in ("bad_at", "last_at", "fixed_at") if row[name])
    return Entry(href, f"{row['state']}: {row['path']}", changed, href, f"{where}: {kernels}")


def _result(base: str, path: str, row: Row) -> Entry:
    job = f"{base}{links.job(row['run'], row['key'])}"
    where = ", ".join(filter(None, (row[name] for name in ("kernel", "tree", "branch", "board", "lab"))))
    turned = "turned to " if row["flip"] == "yes" else ""
    return Entry(f"{job}#{quote(path)}", f"{turned}{row['result']}: {path}", row["@timestamp"], job, where)


class RunsFeed(Resource):
    """``/feeds/runs.atom``"""

    face = face

    @face.endpoint(query=RunsQuery, answers=Atom)
    def get_all(self, call: Call) -> Any:
        """Tell of the newest runs, by the filters of ``/runs/``: 200 with a feed, 400."""
        asked, _ = call.query.asked(call.now, call.settings.zone, ",".join(OF_RUN))
        rows = search.page(call.session, RUNS, asked, ENTRIES).rows
        return _answer(call, "Runs", (_run(call.settings.base_url, row) for row in rows))


class RegressionsFeed(Resource):
    """``/feeds/regressions.atom``"""

    face = face

    @face.endpoint(query=list_queries.of(REGRESSIONS), answers=Atom)
    def get_all(self, call: Call) -> Any:
        """Tell of the newest regressions, by the filters of ``/regressions``: 200 with a feed, 400."""
        asked, _ = call.query.showing(REGRESSIONS, call.now, OF_REGRESSION)
        rows = search.page(call.session, REGRESSIONS, asked, ENTRIES).rows
        return _answer(call, "Regressions", (_regression(call.settings.base_url, row) for row in rows))


class TestFeed(Resource):
    """``/feeds/tests/<path>.atom``"""

    face = face
    chain: ClassVar[bool] = True
    forms = (Form("{path}.atom", Atom),)

    @face.endpoint(query=list_queries.of(RESULTS), answers=Atom)
    def get_chain(self, path: tuple[str, ...], call: Call) -> Any:
        """Tell of the newest results of a test, by the filters of its list: 200 with a feed, 400, 404."""
        name = "/".join(path)
        if not name.endswith(ENDING):
            raise NotFound(f"the feed of a test is at /feeds/tests/<path>{ENDING}")
        name = name.removesuffix(ENDING)
        found = history.path(call.session, name)
        asked, _ = call.query.showing(RESULTS, call.now, OF_RESULT)
        rows = search.page(call.session, RESULTS, history.of(asked, found.id), ENTRIES).rows
        return _answer(call, f"Results of {name}", (_result(call.settings.base_url, name, row) for row in rows))


class FeedsFolder(Resource):
    """``/feeds``"""

    face = face
    words: ClassVar[dict[str, Resource]] = {
        "runs.atom": RunsFeed(),
        "regressions.atom": RegressionsFeed(),
        "tests": TestFeed(),
    }
