"""``/known-issues``: failures that are known, and what explains them."""

from typing import Any

from pydantic import BaseModel

from paddles.accounts import access
from paddles.controllers import note_bodies
from paddles.controllers.dashboard import face
from paddles.controllers.dashboard.notes import number_of
from paddles.controllers.note_bodies import NewIssue, ShownIssue
from paddles.errors import Conflict, NotFound
from paddles.notes import known
from paddles.web import query
from paddles.web.face import Call
from paddles.web.resource import Resource

MOST = 1000


class IssuesQuery(query.Query):
    """Which part of the list, and whether issues that have ended are asked for, too."""

    ended: query.Boolean = False
    count: query.Count = 100
    page: query.Count = 1


class Issues(BaseModel):
    """Known issues, the newest first, those that ended behind the others."""

    known_issues: list[ShownIssue]


class KnownIssuesController(Resource):
    """``/known-issues`` and ``/known-issues/<id>``"""

    face = face

    @face.endpoint(query=IssuesQuery, answers=Issues)
    def get_all(self, call: Call) -> Any:
        """List known issues: 200, 400."""
        asked: IssuesQuery = call.query
        part = query.page(min(asked.count, MOST), asked.page)
        rows = known.listed(call.session, int(part.limit or 0), part.offset, ended=asked.ended)
        return {"known_issues": [note_bodies.issue(row) for row in rows]}

    @face.endpoint(answers=ShownIssue, refuses=(NotFound,))
    def get_one(self, number: str, call: Call) -> Any:
        """Show a known issue: 200, 404."""
        return note_bodies.issue(known.one(call.session, number_of(number)))

    @face.endpoint(body=NewIssue, answers={201: ShownIssue}, refuses=(NotFound, Conflict), who=access.anybody)
    def post(self, call: Call) -> Any:
        """Make failures known by an issue: 201, 400, 404, 409 where there are too many."""
        said: NewIssue = call.body
        number = known.add(call.session, said.issue(), note_bodies.author(call.principal), call.now)
        return note_bodies.issue(known.one(call.session, number))

    @face.endpoint(answers=ShownIssue, refuses=(NotFound, Conflict), who=access.anybody)
    def delete(self, number: str, call: Call) -> Any:
        """Have an issue explain nothing any more: 200, 404, 409 where it was ended already."""
        wanted = number_of(number)
        known.end(call.session, wanted, note_bodies.author(call.principal), call.now)
        return note_bodies.issue(known.one(call.session, wanted))
