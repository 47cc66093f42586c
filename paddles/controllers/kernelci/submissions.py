"""``/submit``, ``/status``, ``/authtest`` and ``/health``: what KCIDB answers, a service of its own there."""

import secrets
import string
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from paddles.accounts import access, services
from paddles.archive import contents, files, receipts
from paddles.archive.contents import Received
from paddles.controllers import kernelci
from paddles.db.session import Session
from paddles.errors import Forbidden, Invalid, TooLarge, Unauthenticated
from paddles.web import query
from paddles.web.face import Call, Reply, Then
from paddles.web.incoming import Incoming
from paddles.web.resource import Resource

# What documents are received under, and what they are called: as KCIDB calls them.
SOURCE = "kcidb"
LETTERS = string.ascii_letters + string.digits
ID_LENGTH = 32
# The states of a receipt as KCIDB says them.
STATES = {"ready": "ready", "taken": "inprogress", "processed": "processed", "failed": "failed"}
ABOUT = {
    "ready": "waits to be read",
    "taken": "is being read",
    "processed": "was read and loaded",
}


class Told(BaseModel):
    """What became of a submission; nothing of what is refused is kept, and its id is 0."""

    id: str
    status: str
    message: str


class Known(BaseModel):
    """Whom a token speaks for."""

    status: str
    message: str
    origin: str


face = replace(
    kernelci.face,
    name="kcidb",
    error=Told,
    error_body=lambda status, message: {"id": "0", "status": "error", "message": message},
    malformed_body=None,
    statuses={},
    messages={},
    identify=services.kcidb,
)
MAY = access.permitted("submit", "kcidb:submit", "report")
REFUSALS = (Unauthenticated, Forbidden, TooLarge)


def checked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the pieces of a document that begins as a JSON object does. Raises Invalid for any other."""
    begun = False
    for piece in pieces:
        if not begun and piece.strip():
            if not piece.lstrip().startswith(b"{"):
                raise Invalid("the document must be a JSON object")
            begun = True
        yield piece
    if not begun:
        raise Invalid("the document is empty")


class SubmitController(Resource):
    """``/submit``"""

    face = face

    @face.endpoint(body=Incoming, answers=Told, who=MAY, refuses=REFUSALS)
    def post(self, call: Call) -> Any:
        """Take a document of KCIDB: 200 with its id once it is on the disk; it is read afterwards.

        400 when it is no JSON object at first sight, 401, 403, 413.
        """
        folder, store = contents.directory(call.settings), contents.store(call.settings)
        limit = call.settings.max_document_bytes
        arrived: list[Received] = []

        def receive() -> None:
            pieces = checked(call.body.pieces(limit, folder / contents.INCOMING))
            arrived.append(contents.receive(folder, pieces, limit))

        def expect(session: Session) -> Then:
            files.expect(session, {arrived[0].name: arrived[0].size}, call.now)
            return Then(lambda: contents.take(store, arrived[0]), lambda session: self._note(session, call, arrived[0]))

        return Then(receive, expect)

    def _note(self, session: Session, call: Call, arrived: Received) -> dict[str, str]:
        name = "".join(secrets.choice(LETTERS) for _ in range(ID_LENGTH))
        who = call.principal
        receipts.add(session, SOURCE, {name: arrived.name}, call.now, origin=who.origin, username=who.username)
        return {"id": name, "status": "ok", "message": "Submission received"}


class StatusQuery(query.Query):
    """Which submission."""

    id: query.Text


class StatusController(Resource):
    """``/status``"""

    face = face

    @face.endpoint(query=StatusQuery, answers={200: Told, 404: Told}, who=MAY)
    def get_all(self, call: Call) -> Any:
        """Say how far a submission was read: 200 ``ready``, ``inprogress``, ``processed`` or ``failed``, and why.

        404 ``notfound``.
        """
        found = receipts.one(call.session, SOURCE, call.query.id)
        if found is None:
            said = {"id": call.query.id, "status": "notfound", "message": "there is no such submission"}
            return Reply(404, said)
        message = ABOUT.get(found.state) or found.reason
        return {"id": found.external_id, "status": STATES[found.state], "message": message}


class AuthController(Resource):
    """``/authtest``"""

    face = face

    @face.endpoint(answers=Known, who=MAY)
    def get_all(self, call: Call) -> Any:
        """Say whom a token speaks for: 200, 401, 403. The origin is blank where it may speak for any."""
        who = call.principal
        return {"status": "ok", "message": f"authenticated as {who.username}", "origin": who.origin}


class HealthController(Resource):
    """``/health``"""

    face = face

    @face.endpoint(needs_database=False, answers=str)
    def get_all(self, call: Call) -> Any:
        """Say that this process answers: 200 ``OK``."""
        return "OK"


AT_ROOT: dict[str, Resource] = {
    "submit": SubmitController(),
    "status": StatusController(),
    "authtest": AuthController(),
    "health": HealthController(),
}
