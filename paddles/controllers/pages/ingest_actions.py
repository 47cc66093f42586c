"""``/actions/read-again``: a document that could not be read is read once more."""

from typing import Any

from paddles.archive import links, receipts
from paddles.controllers.pages import acting, face
from paddles.controllers.pages.acting import ActionPage, ActionQuery, Sent, Short
from paddles.errors import NotFound
from paddles.events import actions
from paddles.kernels.refusals import FAILED
from paddles.web import query
from paddles.web.endpoint import Html
from paddles.web.face import Call

ERRORS = "/ingest/errors"


class DocumentQuery(ActionQuery):
    """Which document, by its number."""

    document: query.Text = ""


class Again(Sent):
    """Which document is to be read again."""

    document: Short = ""


class ReadAgainPage(ActionPage):
    """``/actions/read-again``"""

    @face.endpoint(query=DocumentQuery, answers=Html, fresh=True)
    def get_all(self, call: Call) -> Any:
        """Show the form: 200, 404."""
        found = _found(call, call.query.document)
        failed = found.state == FAILED
        says = f"It could not be read: {found.reason}" if failed else f"Document {found.id} has not failed."
        where = links.document(found.id)
        return acting.form(
            call,
            f"Read document {found.id} again",
            says=(says,),
            button=f"Read document {found.id} again" if failed else "",
            following=where,
            kept={"document": str(found.id)},
            crumbs=(("Ingest", "/ingest"), ("Errors", ERRORS), (f"Document {found.id}", where)),
        )

    @face.endpoint(body=Again, answers=Html)
    def post(self, call: Call) -> Any:
        """Have it read: 303; 403, 404 also where it has not failed."""
        by, number = acting.sender(call), int(_found(call, call.body.document).id)
        receipts.again_numbered(call.session, number, call.now)
        actions.note(call.session, "document.again", f"ingest/documents/{number}", by, document=number)
        return acting.done(call, f"Document {number} is read again.", links.document(number))


def _found(call: Call, said: str) -> Any:
    if not said:
        raise NotFound("no document is named")
    return receipts.numbered(call.session, query.number(said, "document"))
