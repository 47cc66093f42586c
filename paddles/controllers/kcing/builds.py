"""``/builds``: kernels that were built."""

from typing import Any

from paddles.controllers import list_queries, lists
from paddles.controllers.kcing import face
from paddles.controllers.lists import Listed
from paddles.kernels.sources import BUILDS
from paddles.web.endpoint import Csv
from paddles.web.face import Call
from paddles.web.resource import Resource


class BuildsController(Resource):
    """``/builds``"""

    face = face

    @face.endpoint(query=list_queries.of(BUILDS), answers=Listed | Csv)
    def get_all(self, call: Call) -> Any:
        """List kernels that were built: 200, the newest first, a page of them as JSON, or as CSV; 400."""
        return lists.answer(call, BUILDS)
