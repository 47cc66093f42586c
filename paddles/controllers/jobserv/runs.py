"""``/projects/<project>/builds/<number>/runs``: what a build consists of."""

from collections.abc import Mapping
from typing import Any, ClassVar

from paddles.accounts import access
from paddles.controllers.jobserv import build_words, face, stream
from paddles.controllers.jobserv.artifacts import CreateSigned, FilesController
from paddles.controllers.jobserv.build_words import Shown
from paddles.controllers.jobserv.envelope import ACCEPTED, Success, base, success
from paddles.controllers.jobserv.rundefs import ProgressController, RundefController, SimulateController
from paddles.controllers.jobserv.stream import RunQuery
from paddles.controllers.jobserv.tests import TestsController
from paddles.errors import Conflict, NotFound, Unauthenticated
from paddles.projects import orders, run_files, search
from paddles.web import query
from paddles.web.face import Call
from paddles.web.resource import Found, Resource


class FilesQuery(query.Query):
    """How files are shown: where they are, or with ``v2`` how large as well."""

    version: query.Text | None = None


class Cancel(Resource):
    """``/projects/<project>/builds/<number>/runs/<run>/cancel``"""

    face = face

    @face.endpoint(answers=ACCEPTED, who=access.administrator)
    def post(self, project: str, number: str, run: str, call: Call) -> Any:
        """Cancel a run; one that has ended stays as it is: 202, 404."""
        orders.cancel(call.session, project, query.number(number, "build"), call.now, key=run)
        return success()


class Rerun(Resource):
    """``/projects/<project>/builds/<number>/runs/<run>/rerun``"""

    face = face

    @face.endpoint(answers=Success, refuses=(Conflict,), who=access.administrator)
    def post(self, project: str, number: str, run: str, call: Call) -> Any:
        """Have a run done again: 200, 404, 409 unless it has ended and its build was not promoted."""
        orders.again(call.session, project, query.number(number, "build"), run, call.now)
        return success()


class RunsController(Resource):
    """The runs of a build."""

    face = face
    needs = "enter"
    nested: ClassVar[Mapping[str, Resource]] = {
        "cancel": Cancel(),
        "rerun": Rerun(),
        "create_signed": CreateSigned(),
        "tests": TestsController(),
        ".rundef.json": RundefController(),
        ".simulate.sh": SimulateController(),
        "progress-regex": ProgressController(),
    }
    below: ClassVar[Resource] = FilesController()

    def locate(self, path: list[str], method: str, ids: tuple[str, ...] = (), route: str = "/") -> Found:
        """Return where a request goes, as any resource does; but folders of files may be called like what is nested."""
        if len(path) > 2 and path[1] in self.nested and path[1] != "tests" and method in ("GET", "HEAD"):
            return self.below.locate(path[1:], method, (*ids, path[0]), f"{route}*/")
        return super().locate(path, method, ids, route)

    @face.endpoint(answers=Success)
    def get_all(self, project: str, number: str, call: Call) -> Any:
        """List the runs of a build, in the order in which they were made: 200, 404."""
        found = search.one(call.session, project, query.number(number, "build"))
        return success({"runs": build_words.runs(Shown(base(call), project, call.settings), found)})

    @face.endpoint(query=FilesQuery, answers=Success)
    def get_one(self, project: str, number: str, run: str, call: Call) -> Any:
        """Show a run and where its files are: 200, 404."""
        job, changes = search.job(call.session, project, query.number(number, "build"), run)
        shown = build_words.run(Shown(base(call), project, call.settings), job, changes)
        files = run_files.listed(call.session, [job.id])[job.id]
        artifacts = [build_words.artifact(shown["url"], file, sized=call.query.version == "v2") for file in files]
        return success({"run": {**shown, "artifacts": artifacts}})

    @face.endpoint(body=bytes, query=RunQuery, answers=Success, refuses=(Unauthenticated, NotFound))
    def post_one(self, project: str, number: str, run: str, call: Call) -> Any:
        """Take a piece of a run's log, and with ``X-RUN-STATUS`` how it is: 200; 401 without its key or after its end.

        ``X-JOBSERV-CANCEL`` in the answer asks it to stop. With ``X-Log-Offset``, which byte of all that was sent this
        begins with, nothing is in the log twice however often it is sent.
        """
        return stream.take(project, number, run, call)
