"""``/known-issues/``: failures that are known, by what; and the forms by which they become so."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Row

from paddles.archive import failures, links
from paddles.controllers.note_bodies import NewIssue
from paddles.controllers.pages import acting, addresses, face, frame
from paddles.controllers.pages.acting import ActionPage, ActionQuery, Sent
from paddles.errors import Conflict, NotFound
from paddles.notes import known
from paddles.web import query
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.resource import Resource

PLACE, CRUMBS = "/known-issues/", (("Known issues", "/known-issues/"),)
MOST = 200


class IssuesQuery(frame.PageQuery):
    """Which part of the list, and whether issues that have ended are shown, too."""

    ended: query.Boolean = False
    count: query.Count = 50
    page: query.Count = 1


class IssueQuery(NewIssue, ActionQuery):
    """What is filled in already; a pattern is tried."""


class SentIssue(NewIssue, Sent):
    """What explains which failures."""


class EndQuery(ActionQuery):
    """Which issue."""

    known_issue: query.Count = 0


class SentEnd(Sent):
    """Which issue."""

    known_issue: Annotated[int, Field(ge=0)] = 0


class KnownIssuesPage(Resource):
    """All of them."""

    face = face

    @face.endpoint(query=IssuesQuery, answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show known issues, the newest first: 200, 400."""
        asked: IssuesQuery = call.query
        count = min(asked.count, MOST)
        part = query.page(count, asked.page)
        rows = known.listed(call.session, count, part.offset, ended=asked.ended)
        said = addresses.pairs(call.headers.get("QUERY_STRING", ""))
        return frame.show(
            call,
            "pages/notes/known_issues.html",
            title="Known issues",
            crumbs=[("Failures", "/failures/")],
            issues=[(row, known.group(row)) for row in rows],
            ended=asked.ended,
            next=addresses.moved(said, page=str(asked.page + 1)) if len(rows) == count and count else "",
            first=addresses.changed(said) if asked.page > 1 else "",
        )


class IssuePage(ActionPage):
    """``/actions/known-issue``"""

    @face.endpoint(query=IssueQuery, answers=Html, refuses=(NotFound,), fresh=True)
    def get_all(self, call: Call) -> Any:
        """Show the form, and in how many kinds of failures a pattern is found: 200, 400, 404."""
        asked: IssueQuery = call.query
        says = "Failures that it explains are told to be known. Their jobs have failed all the same."
        return acting.form(
            call,
            "Make failures known",
            says=(says, *_bound(call, asked)),
            button="Make them known",
            following=f"/failures/{asked.failure}/" if asked.failure else PLACE,
            kept={"failure": asked.failure} if asked.failure else {},
            template="pages/actions/known_issue.html",
            crumbs=CRUMBS,
            issue=asked,
        )

    @face.endpoint(body=SentIssue, answers=Html, refuses=(NotFound, Conflict))
    def post(self, call: Call) -> Any:
        """Make them known: 303; 400, 403, 404, 409 where there are too many."""
        by, said = acting.sender(call), call.body
        known.add(call.session, said.issue(), by, call.now)
        return acting.done(call, "These failures are known.", PLACE)


class EndIssuePage(ActionPage):
    """``/actions/end-known-issue``"""

    @face.endpoint(query=EndQuery, answers=Html, refuses=(NotFound,), fresh=True)
    def get_all(self, call: Call) -> Any:
        """Show the form: 200, 404."""
        row = known.one(call.session, call.query.known_issue)
        over = f"It was ended already, by {row.ended_by}."
        return acting.form(
            call,
            f"No known issue any more: {row.title}",
            says=(over if row.ended else "It will explain no failure any more.",),
            button="" if row.ended else "End it",
            following=PLACE,
            kept={"known_issue": str(row.id)},
            crumbs=CRUMBS,
        )

    @face.endpoint(body=SentEnd, answers=Html, refuses=(NotFound, Conflict))
    def post(self, call: Call) -> Any:
        """End it: 303; 403, 404, 409 where somebody has done so."""
        known.end(call.session, call.body.known_issue, acting.sender(call), call.now)
        return acting.done(call, "It explains no failure any more.", PLACE)


def _bound(call: Call, asked: NewIssue) -> Sequence[str]:
    """Return which failures are meant, in sentences."""
    if asked.failure:
        row: Row[Any] = failures.one(call.session, links.number_of(asked.failure))
        return (f"These are {row.jobs} jobs so far:", row.text)
    if not asked.pattern:
        return ()
    found = known.tried(call.session, asked.pattern)
    most = f"more than {known.MOST_COUNTED}" if found > known.MOST_COUNTED else str(found)
    return (f"The pattern is found in {most} kinds of failures so far.",)
