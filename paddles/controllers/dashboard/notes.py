"""``/notes``: what people write beside results."""

import re
from typing import Any

from pydantic import BaseModel

from paddles.accounts import access
from paddles.controllers import note_bodies
from paddles.controllers.dashboard import face
from paddles.controllers.note_bodies import Named, NewNote, ShownNote
from paddles.errors import Conflict, NotFound
from paddles.notes import notes, subjects
from paddles.web import query
from paddles.web.face import Call
from paddles.web.resource import Resource


class NotesQuery(query.Query):
    """Beside what, and whether those that have ended are asked for, too."""

    run: query.Text = ""
    job: query.Text = ""
    machine: query.Text = ""
    test: query.Text = ""
    failure: query.Text = ""
    regression: query.Text = ""
    ended: query.Boolean = False


class Notes(BaseModel):
    """The newest notes beside something, what it has only once before all others, and how many are listed at most."""

    notes: list[ShownNote]
    most: int


class NotesController(Resource):
    """``/notes`` and ``/notes/<id>``"""

    face = face

    @face.endpoint(query=NotesQuery, answers=Notes, refuses=(NotFound,))
    def get_all(self, call: Call) -> Any:
        """List the notes beside a run, a job, a machine, a test, a kind of failures or a regression: 200, 400, 404."""
        subject = Named(**{name: getattr(call.query, name) for name in Named.model_fields}).subject()
        number = subjects.find(call.session, subject)
        rows = notes.of(call.session, subject.kind, number, ended=call.query.ended)
        return {"notes": [note_bodies.note(row) for row in rows], "most": notes.MOST}

    @face.endpoint(answers=ShownNote, refuses=(NotFound,))
    def get_one(self, number: str, call: Call) -> Any:
        """Show a note: 200, 404."""
        return note_bodies.note(notes.one(call.session, number_of(number)))

    @face.endpoint(body=NewNote, answers={201: ShownNote}, refuses=(NotFound, Conflict), who=access.anybody)
    def post(self, call: Call) -> Any:
        """Write a note: 201, 400, 404, 409 where a run has a pin, or a test is in quarantine, already."""
        said: NewNote = call.body
        by = note_bodies.author(call.principal)
        number = notes.add(call.session, said.subject(), said.written(), by, call.now)
        return note_bodies.note(notes.one(call.session, number))

    @face.endpoint(answers=ShownNote, refuses=(NotFound, Conflict), who=access.anybody)
    def delete(self, number: str, call: Call) -> Any:
        """End a note: 200, 404, 409 where it was ended already."""
        wanted = number_of(number)
        notes.end(call.session, wanted, note_bodies.author(call.principal), call.now)
        return note_bodies.note(notes.one(call.session, wanted))


def number_of(written: str) -> int:
    """Return a number as it stands in an address. Raises NotFound where it is none."""
    if not re.fullmatch(r"[0-9]{1,19}", written):
        raise NotFound(f"there is no {written[:50]!r} here")
    return int(written)
