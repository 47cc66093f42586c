"""``/boots``: boards that were to boot a kernel."""

from typing import Any

from paddles.controllers import list_queries, lists
from paddles.controllers.kcing import face
from paddles.controllers.lists import Listed
from paddles.kernels.sources import BOOTS
from paddles.web.endpoint import Csv
from paddles.web.face import Call
from paddles.web.resource import Resource


class BootsController(Resource):
    """``/boots``"""

    face = face

    @face.endpoint(query=list_queries.of(BOOTS), answers=Listed | Csv)
    def get_all(self, call: Call) -> Any:
        """List boots of kernels on boards of labs: 200, the newest first, a page of them as JSON, or as CSV; 400."""
        return lists.answer(call, BOOTS)
