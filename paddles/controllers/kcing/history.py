"""``/tests/<path>``: the life of one test."""

from collections.abc import Mapping
from typing import Any

from paddles.analysis import history
from paddles.analysis.sources import RESULTS
from paddles.controllers import list_queries, lists
from paddles.controllers.kcing import face
from paddles.controllers.list_queries import ListQuery
from paddles.controllers.lists import Listed
from paddles.errors import NotFound
from paddles.web.answers import Flow
from paddles.web.endpoint import Csv
from paddles.web.face import Call
from paddles.web.resource import Form, Resource

HistoryQuery = list_queries.of(RESULTS)


class History(Listed):
    """Results of one test, and what all of them come to that are asked for, also in each of their ``lineages``.

    ``rates`` are for the last 7, 30 and 90 days; the first and the last pass and fail are null where there is none.
    """

    path: str
    suite: str
    name: str
    n_pass: int
    n_fail: int
    flips: int
    rates: dict[str, dict[str, float | None]]
    lineages: list[dict[str, str | int | None]]
    first_pass: dict[str, Any] | None
    last_pass: dict[str, Any] | None
    first_fail: dict[str, Any] | None
    last_fail: dict[str, Any] | None


def answer(call: Call, written: str) -> Any:
    """Return the life of the test whose path is written so."""
    query: ListQuery = call.query
    asked, ignored = query.asked(RESULTS, call.now)
    found = history.path(call.session, written)
    asked = history.of(asked, found.id)
    listed = lists.of(call, RESULTS, asked, ignored)
    if isinstance(listed, Flow):
        return listed
    bounds = history.bounds(call.session, asked)
    return {
        "path": f"{found.suite}/{found.name}" if found.suite else found.name,
        "suite": found.suite,
        "name": found.name,
        **history.summary(call.session, asked, call.now),
        "lineages": [lists.shown(_lineage(row)) for row in history.places(call.session, asked)],
        **{name: row and lists.shown(row) for name, row in bounds.items()},
        **listed,
    }


def _lineage(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in row.items() if name != "id"}


class HistoryController(Resource):
    """``/tests/<suite>/<case>``, the path in as many segments as it has"""

    face = face
    chain = True
    forms = (Form("{case}/", History | Csv),)

    @face.endpoint(query=HistoryQuery, answers=History | Csv, refuses=(NotFound,))
    def get_chain(self, suite: str, rest: tuple[str, ...], call: Call) -> Any:
        """Show what one test came to, the latest results first, a page of them, or as CSV: 200, 400, 404."""
        return answer(call, "/".join((suite, *rest)))
