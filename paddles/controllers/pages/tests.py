"""``/tests``: what was tested on boards that had booted, and the life of one test."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import quote

from sqlalchemy import Row

from paddles.analysis import differing, history
from paddles.analysis.models import FACETS
from paddles.analysis.sources import REGRESSIONS, RESULTS
from paddles.archive import links
from paddles.controllers.pages import addresses, charts, face, frame, listing, notes
from paddles.controllers.pages.listing import Column
from paddles.errors import NotFound
from paddles.kernels.sources import TESTS
from paddles.listing import search
from paddles.listing.filters import Wanted
from paddles.listing.search import Asked, Count, Part
from paddles.notes.subjects import Subject
from paddles.web import page_words, pages
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.pages import Page
from paddles.web.resource import Form, Resource

OF_TESTS = (
    Column("result", "Result", "status", "log_href"),
    Column("suite", "Suite"),
    Column("set", "Group"),
    Column("name", "Test", "mono", "history_href"),
    Column("job", kind="word"),
    Column("git_branch", kind="word"),
    Column("kernel", "Kernel", "mono"),
    Column("arch", kind="word"),
    Column("lab_name", kind="word"),
    Column("board"),
    Column("measurement", "Measured", "number"),
    Column("unit", kind="word"),
    Column("@timestamp", "Ended", "time"),
    Column(
        "",
        "Leads to",
        "links",
        links=(("job", "href"), ("boot", "boot_href"), ("other boards", "compare_href")),
    ),
)
CHOICES = ("result", "suite", "name", "job", "git_branch", "kernel", "arch", "lab_name", "board")
OF_RESULTS = (
    Column("result", "Result", "status", "log_href"),
    Column("flip", "Turned"),
    Column("kernel", "Kernel", "mono", "href"),
    Column("tree", kind="word"),
    Column("branch", kind="word"),
    Column("arch", kind="word"),
    Column("board"),
    Column("lab", kind="word"),
    Column("defconfig_full", "Defconfig"),
    Column("plan", kind="word"),
    Column("@timestamp", "Ended", "time"),
)
OF_LIFE = ("result", "flip", "tree", "branch", "arch", "board", "lab")
PLACE = ("tree", "branch", "board", "lab")
OF_REGRESSIONS = (
    "href",
    "state",
    "bad_at",
    "good_kernel",
    "bad_kernel",
    "fixed_kernel",
    "tree",
    "branch",
    "board",
    "lab",
)
MOST_REGRESSIONS, MOST_IN_STRIP = 20, 60


class LifePage(Resource):
    """The life of a test whose path is several segments."""

    face = face
    chain = True
    forms = (Form("{case}/", Html),)

    @face.endpoint(query=listing.query(RESULTS), answers=Html, refuses=(NotFound,))
    def get_chain(self, suite: str, rest: tuple[str, ...], call: Call) -> Any:
        """Show the life of a test: 200, 400, 404."""
        return life(call, "/".join((suite, *rest)))


class TestsPage(Resource):
    """Results of tests, and the life of one."""

    face = face
    below: ClassVar[Resource | None] = LifePage()

    @face.endpoint(query=listing.query(TESTS), answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show results of tests: 200, 400."""
        return listing.show(call, TESTS, OF_TESTS, title="Tests", choices=CHOICES)

    @face.endpoint(query=listing.query(RESULTS), answers=Html, refuses=(NotFound,))
    def get_one(self, path: str, call: Call) -> Any:
        """Show the life of a test: 200, 400, 404."""
        return life(call, path)


def life(call: Call, written: str) -> Page:
    """Return the page of the test whose path is written so. Raises NotFound and Invalid."""
    if call.query.form:
        return listing.tidied(call)
    found = history.path(call.session, written)
    asked = history.of(call.query.asked(RESULTS, call.now)[0], found.id)
    base = pages.place(call.settings)
    summary = history.summary(call.session, asked, call.now)
    places = history.places(call.session, asked)
    strips = history.strips(call.session, found.id, [place["id"] for place in places])
    looked = listing.narrowed(call, RESULTS, asked=asked, counted=False)
    rows = listing.rows(call, RESULTS, OF_RESULTS, OF_LIFE, ("log_href",), looked, _own(found.id))
    name = f"{found.suite}/{found.name}" if found.suite else found.name
    return frame.show(
        call,
        "pages/kernels/test.html",
        title=name,
        crumbs=[("Tests", "/tests/"), *_suite(found)],
        forms=("json", "csv"),
        feed=addresses.feed(call.headers.get("QUERY_STRING", ""), f"tests/{quote(name)}"),
        rows=replace(rows, total=Count(summary["n_pass"] + summary["n_fail"])),
        summary=summary,
        bounds=history.bounds(call.session, asked),
        environments=[_environment(call, place, _strip(base, strips.get(place["id"], ()))) for place in places],
        strip=charts.strip(_newest(base, rows.rows)),
        differences=differing.differences(places, FACETS),
        took=_took(history.durations(call.session, asked, found)),
        regressions=_regressions(call, found.id),
        notes=notes.panel(call, Subject("test", name), found.id),
    )


def _suite(found: Row[Any]) -> list[tuple[str, str]]:
    return [(found.suite, f"/tests/{addresses.written([('suite', found.suite)])}")] if found.suite else []


def _environment(call: Call, place: Mapping[str, Any], results: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    """Return an environment with its strip, how many results that is of, and where all of its results are."""
    said = addresses.pairs(call.headers.get("QUERY_STRING", ""))
    to = addresses.changed(said, **{name: place[name] for name in FACETS})
    return {**place, "strip": charts.turns(results), "shown": len(results), "to": f"{to}#list"}


def _strip(base: str, results: Sequence[Row[Any]]) -> list[tuple[str, str, str]]:
    return [
        (page_words.kind(each.status), _said(each.status, each.kernel, each.happened), _job(base, each.run, each.key))
        for each in results
    ]


def _newest(base: str, rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """Return the newest of some rows as they stand in a strip, which begins with the oldest."""
    return [
        (
            page_words.kind(row["result"]),
            f"{_said(row['result'], row['kernel'], row['@timestamp'])}, {row['board']}",
            base + row["href"] if row["href"] else "",
        )
        for row in reversed(rows[:MOST_IN_STRIP])
    ]


def _said(result: str, kernel: str, at: Any) -> str:
    return f"{result}, {kernel or 'unknown kernel'}, {page_words.utc(at)}"


def _job(base: str, run: str | None, key: str | None) -> str:
    to = links.of_job({"run": run, "key": key})
    return base + to if to else ""


def _took(days: Sequence[Row[Any]]) -> dict[str, Any] | None:
    """Return how long a test took as a chart and its numbers; None where nobody timed it."""
    if not days:
        return None
    labels = [each.day.strftime("%Y-%m-%d") for each in days]
    series = {"p50": [each.p50 for each in days], "p95": [each.p95 for each in days]}
    return {"labels": labels, "series": series, "chart": charts.lines(labels, series, "s")}


def _own(path_id: int) -> Sequence[Wanted]:
    return [Wanted("path_id", "eq", (str(path_id),))]


def _regressions(call: Call, path_id: int) -> Sequence[Mapping[str, Any]]:
    asked = Asked(_own(path_id), names=OF_REGRESSIONS)
    return search.page(call.session, REGRESSIONS, asked, Part(MOST_REGRESSIONS)).rows
