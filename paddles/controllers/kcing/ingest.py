"""``/ingest/{build,boot,lava}``: what builders and labs post, and feeders that crawl for it."""

from typing import Any, Literal

from pydantic import BaseModel

from paddles.controllers.kcing import taking
from paddles.errors import Forbidden, TooLarge, Unauthenticated
from paddles.ingest import intake
from paddles.ingest.intake import CREATED, Prepared, Received
from paddles.web import query
from paddles.web.face import Call, Reply
from paddles.web.incoming import Incoming
from paddles.web.resource import Resource

face = taking.face
OK = "ok"
REFUSALS = (Unauthenticated, Forbidden, TooLarge)


class Taken(BaseModel):
    """A document was taken, or had been: ``href`` says what became of it."""

    status: Literal["created", "duplicate"]
    href: str


class LabQuery(query.Query):
    """From which lab a document is, where it does not say so itself."""

    lab_name: query.Text = ""


def answered(call: Call, received: Received) -> Any:
    """Return the answer to who sent a document: JSON for those that accept it by name, ``ok`` for all others."""
    if "application/json" not in call.accept:
        return OK
    return Reply(201 if received.state == CREATED else 200, {"status": received.state, "href": received.href})


class DocumentController(Resource):
    """``/ingest/<kind>``"""

    face = face

    def __init__(self, kind: str) -> None:
        self.kind = kind

    @face.endpoint(needs_database=False, answers=str)
    def get_all(self, call: Call) -> Any:
        """Say that documents are taken here: 200 ``ok``."""
        return OK

    @face.endpoint(body=Incoming, query=LabQuery, answers={200: str, 201: Taken}, refuses=REFUSALS, who=taking.asker)
    def post(self, call: Call) -> Any:
        """Take a document: 200 ``ok``; who accepts JSON is answered 201 ``created``, or 200 ``duplicate``.

        It is on the disk when that is said, and is read afterwards. 400 where something is missing, 401 where the
        token is worth nothing, 403 where it is another lab's, 413, 422 where it is no JSON object.
        """
        lab, who = call.query.lab_name, taking.believed(call)
        taking.speaks_for(who, lab)

        def prepare(content: bytes) -> Prepared:
            prepared = intake.prepare(self.kind, content, lab, otherwise=who.username)
            taking.speaks_for(who, prepared.lab)
            return prepared

        return taking.take(call, self.kind, lab, prepare, lambda received: answered(call, received))
