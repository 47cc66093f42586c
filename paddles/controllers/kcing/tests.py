"""``/tests``: what was tested on boards that had booted a kernel."""

from typing import Any, ClassVar

from paddles.controllers import list_queries, lists
from paddles.controllers.kcing import face, history
from paddles.controllers.kcing.history import History, HistoryController, HistoryQuery
from paddles.controllers.lists import Listed
from paddles.errors import NotFound
from paddles.kernels.sources import TESTS
from paddles.web.endpoint import Csv
from paddles.web.face import Call
from paddles.web.resource import Resource


class TestsController(Resource):
    """``/tests`` and ``/tests/<path>``"""

    face = face
    below: ClassVar[Resource | None] = HistoryController()

    @face.endpoint(query=list_queries.of(TESTS), answers=Listed | Csv)
    def get_all(self, call: Call) -> Any:
        """List results of tests on booted kernels: 200, the newest first, a page of them as JSON, or as CSV; 400."""
        return lists.answer(call, TESTS)

    @face.endpoint(query=HistoryQuery, answers=History | Csv, refuses=(NotFound,))
    def get_one(self, path: str, call: Call) -> Any:
        """Show what one test came to, the latest results first, a page of them, or as CSV: 200, 400, 404."""
        return history.answer(call, path)
