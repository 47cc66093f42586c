"""``/project-polls/``: what became of the last look of each trigger that looks for something to build."""

from typing import Any

from paddles.accounts import access
from paddles.controllers.jobserv import face, words
from paddles.controllers.jobserv.envelope import Success, success
from paddles.projects import polls
from paddles.web.face import Call
from paddles.web.resource import Resource


class PollsController(Resource):
    """``/project-polls/``"""

    face = face

    @face.endpoint(answers=Success, who=access.administrator)
    def get_all(self, call: Call) -> Any:
        """List the triggers that look for something, with what went wrong when they last did: 200."""
        return success([words.poll(row) for row in polls.listed(call.session)])
