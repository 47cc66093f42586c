"""``/flaky``: what passes and fails by turns."""

from typing import Any

from paddles.controllers import lists, rankings
from paddles.controllers.kcing import face
from paddles.controllers.lists import Listed
from paddles.web.endpoint import Csv
from paddles.web.face import Call
from paddles.web.resource import Resource


class FlakyController(Resource):
    """``/flaky``"""

    face = face

    @face.endpoint(query=rankings.of(), answers=Listed | Csv)
    def get_all(self, call: Call) -> Any:
        """Rank cases, or jobs, by how often they turned from pass to fail or back: 200, as JSON, or as CSV; 400."""
        return lists.of(call, *call.query.ranked(call.now))
