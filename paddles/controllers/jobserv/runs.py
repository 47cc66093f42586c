"""``/projects/<project>/builds/<number>/runs``: what a build consists of."""

from collections.abc import Mapping
from typing import Any, ClassVar

from paddles.controllers.jobserv import face, stream
from paddles.controllers.jobserv.artifacts import CreateSigned, FilesController
from paddles.controllers.jobserv.envelope import Success
from paddles.controllers.jobserv.stream import RunQuery
from paddles.errors import NotFound, Unauthenticated
from paddles.web.face import Call
from paddles.web.resource import Resource


class RunsController(Resource):
    """The runs of a build."""

    face = face
    needs = "enter"
    nested: ClassVar[Mapping[str, Resource]] = {"create_signed": CreateSigned()}
    below: ClassVar[Resource] = FilesController()

    @face.endpoint(body=bytes, query=RunQuery, answers=Success, refuses=(Unauthenticated, NotFound))
    def post_one(self, project: str, number: str, run: str, call: Call) -> Any:
        """Take a piece of a run's log, and with ``X-RUN-STATUS`` how it is: 200; 401 without its key or after its end.

        ``X-JOBSERV-CANCEL`` in the answer asks it to stop. With ``X-Log-Offset``, which byte of all that was sent this
        begins with, nothing is in the log twice however often it is sent.
        """
        return stream.take(project, number, run, call)
