"""``/projects/<project>/builds/<number>/runs/<run>/tests``: what runs tested, said by them or by others for them."""

from collections.abc import Callable
from typing import Any, ClassVar, Literal
from urllib.parse import quote

from pydantic import BaseModel, Field
from sqlalchemy import Row

from paddles.archive.status import FINISHED
from paddles.controllers.jobserv import artifacts, face, stream, words
from paddles.controllers.jobserv.envelope import Success, base, success
from paddles.controllers.jobserv.stream import RunQuery
from paddles.errors import Invalid, NotFound, Unauthenticated
from paddles.projects import masking, progress, testing
from paddles.projects.consoles import Keeping, Piece
from paddles.projects.testing import Reported, Result
from paddles.web import query
from paddles.web.endpoint import Anything
from paddles.web.face import Call
from paddles.web.resource import Form, Resource

Status = Literal["QUEUED", "RUNNING", "PASSED", "FAILED", "SKIPPED"]
# How a text is shown: the same stars for secrets as in the log.
Shown = Callable[[str], str]
STATUSES = {word: status for status, word in words.RESULT.items() if status in testing.SAID}


class SaidResult(BaseModel):
    """One check in a test."""

    name: str
    status: Status
    context: str | None = None
    output: str | None = None


class SaidTest(BaseModel):
    """What is said of a test."""

    context: str | None = None
    status: Status | None = None
    results: list[SaidResult] | None = Field(None, max_length=100_000)

    def reported(self, context: str | None, shown: Shown) -> Reported:
        """Return it in our words, and all of them as they are ``shown``."""
        results = [
            Result(shown(one.name), STATUSES[one.status], shown(one.context or ""), shown(one.output or ""))
            for one in self.results or ()
        ]
        return Reported(context and shown(context), self.status and STATUSES[self.status], results)


class MoreOfTest(SaidTest):
    """What is said further of a test; the ``message`` goes into the log of the run."""

    message: str | None = None


class TestQuery(RunQuery):
    """Which test of several of a name."""

    context: query.Text | None = None


class TestsController(Resource):
    """The tests of a run, and one of them: its name is all that stands behind ``tests/``."""

    face = face
    needs = "enter"
    chain: ClassVar[bool] = True
    forms = (Form("", Success), Form("{name}/", Success))
    refusals = (Unauthenticated, NotFound)

    @face.endpoint(answers={200: Success, 302: Anything})
    def get_chain(self, project: str, number: str, run: str, path: tuple[str, ...], call: Call) -> Any:
        """List the tests of a run in their order, or show one with its results: 200, 404.

        Where there is no test called so, a file of the run may be: it is given as all others are.
        """
        place = (project, query.number(number, "build"), run)
        try:
            return _told(place, path, call)
        except NotFound:
            # Nothing is written for it: who put the file had been given an address, for which the key was made.
            return artifacts.given(place, "/".join(("tests", *path)), call)

    @face.endpoint(body=SaidTest, query=RunQuery, answers=Success, refuses=refusals)
    def post_chain(self, project: str, number: str, run: str, path: tuple[str, ...], call: Call) -> Any:
        """Tell of a test: 200, the same again too; 401 without the run's key. An open one keeps the run open."""
        job = stream.holder(call, project, number, run)
        keeping = stream.keeping(call, job)
        progress.add(call.session, job, Piece(b""), "", keeping, call.now)
        said, shown = call.body, _shown_without(keeping)
        testing.add(call.session, job.id, shown(_name(path)), said.reported(said.context, shown), call.now)
        return success()

    @face.endpoint(body=MoreOfTest, query=TestQuery, answers=Success, refuses=refusals)
    def put_chain(self, project: str, number: str, run: str, path: tuple[str, ...], call: Call) -> Any:
        """Tell more of a test: 200 with whether that ended the run; 401 without its key, 404."""
        said: MoreOfTest = call.body
        build = stream.locked_build(call, project, number)
        job = stream.holder(call, project, number, run)
        keeping = stream.keeping(call, job)
        shown = _shown_without(keeping)
        testing.go_on(call.session, job.id, shown(_name(path)), said.reported(call.query.context, shown), call.now)
        message = Piece((said.message or "").encode())
        became = progress.tested(call.session, build, job, message, keeping, call.now)
        return success({"complete": became in FINISHED})


def _told(place: tuple[str, int, str], path: tuple[str, ...], call: Call) -> Any:
    start = f"{words.run_url(base(call), *place)}tests/"
    if not path:
        return success({"tests": [_shown(start, test) for test in testing.of_job(call.session, *place)]})
    test, cases = testing.one(call.session, *place, "/".join(path))
    return success({"test": {**_shown(start, test), "results": [_result(case) for case in cases]}})


def _shown_without(keeping: Keeping) -> Shown:
    return lambda said: masking.text(said, keeping.masked)


def _name(path: tuple[str, ...]) -> str:
    if not path:
        raise Invalid("a test has a name")
    return "/".join(path)


def _shown(start: str, test: Row[Any]) -> dict[str, Any]:
    return {
        "name": test.name,
        "url": f"{start}{quote(test.name)}/",
        "status": words.RESULT[test.status],
        "context": test.context,
        "created": words.moment(test.stored),
    }


def _result(case: Row[Any]) -> dict[str, Any]:
    return {"name": case.name, "context": case.context, "status": words.RESULT[case.status], "output": case.output}
