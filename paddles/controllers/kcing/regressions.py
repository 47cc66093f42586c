"""``/regressions``: what passed and fails now."""

from typing import Any

from paddles.analysis import regressions
from paddles.analysis.sources import REGRESSIONS
from paddles.archive import links
from paddles.controllers import list_queries, lists
from paddles.controllers.kcing import face
from paddles.controllers.lists import Listed
from paddles.controllers.remarks import Remarks
from paddles.errors import NotFound
from paddles.web.endpoint import Csv
from paddles.web.face import Call
from paddles.web.resource import Resource


class RegressionsController(Resource):
    """``/regressions`` and ``/regressions/<id>``"""

    face = face

    @face.endpoint(query=list_queries.of(REGRESSIONS), answers=Listed | Csv)
    def get_all(self, call: Call) -> Any:
        """List regressions: 200, the latest to begin first, a page of them as JSON, or as CSV; 400."""
        return lists.answer(call, REGRESSIONS)

    @face.endpoint(answers=dict[str, Any], refuses=(NotFound,))
    def get_one(self, number: str, call: Call) -> Any:
        """Show a regression with its history, a record for each kernel, the latest first: 200, 404."""
        return _shown(call, regressions.number_of(number))

    @face.endpoint(body=Remarks, answers=dict[str, Any], refuses=(NotFound,))
    def put(self, number: str, call: Call) -> Any:
        """Say whose a regression is, what there is to say of it, and which issue it is: 200 with all of it, 404."""
        said: Remarks = call.body
        regressions.say(call.session, regressions.number_of(number), said.model_dump(), call.principal.username)
        return _shown(call, regressions.number_of(number))


def _shown(call: Call, number: int) -> dict[str, Any]:
    row = regressions.one(call.session, number)
    kernels = regressions.history(call.session, number)
    return {**lists.shown(row), "history": [_record(kernel, results) for kernel, results in kernels]}


def _record(kernel: str, results: list[Any]) -> dict[str, Any]:
    shown = [
        {
            "status": each.status,
            "at": lists.moment(each.happened),
            "href": links.job(each.run, each.key),
        }
        for each in results
    ]
    return {"kernel": kernel, "results": shown}
