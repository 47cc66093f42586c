"""``/tests``: what was tested on boards that had booted a kernel."""

from typing import Any

from paddles.controllers.kcing import face, lists, queries
from paddles.controllers.kcing.lists import Listed
from paddles.kernels.sources import TESTS
from paddles.web.endpoint import Csv
from paddles.web.face import Call
from paddles.web.resource import Resource


class TestsController(Resource):
    """``/tests``"""

    face = face

    @face.endpoint(query=queries.of(TESTS), answers=Listed | Csv)
    def get_all(self, call: Call) -> Any:
        """List results of tests on booted kernels: 200, the newest first, a page of them as JSON, or as CSV; 400."""
        return lists.answer(call, TESTS)
