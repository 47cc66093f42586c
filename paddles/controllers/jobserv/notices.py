"""``/project-notices/``: what the webhooks of builds were not told yet, or never will be."""

from typing import Any, Literal

from paddles.accounts import access
from paddles.controllers.jobserv import face, words
from paddles.controllers.jobserv.envelope import Success, base, success
from paddles.projects import notices
from paddles.web import query
from paddles.web.face import Call
from paddles.web.resource import Resource

MOST = 1000


class NoticesQuery(query.Query):
    """Which notices."""

    status: Literal["due", "dead"] | None = None


class NoticesController(Resource):
    """``/project-notices/``"""

    face = face

    @face.endpoint(query=NoticesQuery, answers=Success, who=access.administrator)
    def get_all(self, call: Call) -> Any:
        """List up to 1000 notices that nobody took yet, ``?status=due`` or ``dead``, the oldest first: 200."""
        start = base(call)
        rows = notices.listed(call.session, call.query.status, MOST)
        return success([words.notice(row, start) for row in rows])

    @face.endpoint(answers=Success, who=access.administrator)
    def post(self, call: Call) -> Any:
        """Try all that were given up again: 200 with how many these are."""
        return success({"revived": notices.revive(call.session, call.now)})
