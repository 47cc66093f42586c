"""``/actions/note`` and ``/actions/end-note``: something is written beside results, or ended."""

from typing import Annotated, Any

from pydantic import Field

from paddles.controllers.note_bodies import NewNote
from paddles.controllers.pages import acting, face, notes
from paddles.controllers.pages.acting import ActionPage, ActionQuery, Sent
from paddles.errors import Conflict, NotFound
from paddles.notes import notes as written
from paddles.notes import subjects
from paddles.web import query
from paddles.web.endpoint import Html
from paddles.web.face import Call

# By kind: what its form is called, what it says, its button, and what is said when it is done.
WORDS = {
    "note": ("Write a note", "Whoever may see this may read it.", "Write it", "The note is there."),
    "issue": ("Link an issue", "The link is shown with what it is about.", "Link it", "The issue is linked."),
    "pin": (
        "Pin for the whole lab",
        "The run stands first on everybody's first page, and is marked in lists, until it is unpinned.",
        "Pin it",
        "The run is pinned for the whole lab.",
    ),
    "quarantine": (
        "Put into quarantine",
        "Nobody is to rely on this test until that ends. Its results are stored and judged as ever.",
        "Put it there",
        "The test is in quarantine.",
    ),
}
ENDED = {
    "note": "The note has ended.",
    "issue": "The link has ended.",
    "pin": "The run is unpinned.",
    "quarantine": "The quarantine is over.",
}


class NoteQuery(NewNote, ActionQuery):
    """Beside what, and what is filled in already."""


class SentNote(NewNote, Sent):
    """What is written beside what."""


class EndQuery(ActionQuery):
    """Which note."""

    note: query.Count = 0


class SentEnd(Sent):
    """Which note."""

    note: Annotated[int, Field(ge=0)] = 0


class NotePage(ActionPage):
    """``/actions/note``"""

    @face.endpoint(query=NoteQuery, answers=Html, refuses=(NotFound,), fresh=True)
    def get_all(self, call: Call) -> Any:
        """Show the form: 200, 400, 404."""
        asked: NoteQuery = call.query
        subject = asked.subject()
        subjects.find(call.session, subject)
        title, says, button, _ = WORDS[asked.kind]
        return acting.form(
            call,
            f"{title}: {notes.called(subject)}",
            says=(says,),
            button=button,
            following=notes.address(subject),
            kept={**subject.said, "kind": asked.kind},
            template="pages/actions/note.html",
            crumbs=notes.crumbs(subject),
            kind=asked.kind,
            text=asked.text,
            url=asked.url,
        )

    @face.endpoint(body=SentNote, answers=Html, refuses=(NotFound, Conflict))
    def post(self, call: Call) -> Any:
        """Write it: 303; 400, 403, 404, 409 where there is such a mark already."""
        by, said = acting.sender(call), call.body
        subject = said.subject()
        written.add(call.session, subject, said.written(), by, call.now)
        return acting.done(call, WORDS[said.kind][-1], notes.address(subject))


class EndNotePage(ActionPage):
    """``/actions/end-note``"""

    @face.endpoint(query=EndQuery, answers=Html, refuses=(NotFound,), fresh=True)
    def get_all(self, call: Call) -> Any:
        """Show the form: 200, 404."""
        row = written.one(call.session, call.query.note)
        subject = subjects.of(row)
        over = f"It was ended already, by {row.ended_by}."
        return acting.form(
            call,
            f"End this {row.kind}: {notes.called(subject)}",
            says=tuple(filter(None, (f"{row.author} wrote:", row.text, row.url, over if row.ended else ""))),
            button="" if row.ended else f"End this {row.kind}",
            following=notes.address(subject),
            kept={"note": str(row.id)},
            crumbs=notes.crumbs(subject),
        )

    @face.endpoint(body=SentEnd, answers=Html, refuses=(NotFound, Conflict))
    def post(self, call: Call) -> Any:
        """End it: 303; 403, 404, 409 where somebody has done so."""
        by = acting.sender(call)
        subject = written.end(call.session, call.body.note, by, call.now)
        kind = written.one(call.session, call.body.note).kind
        return acting.done(call, ENDED[kind], notes.address(subject))
