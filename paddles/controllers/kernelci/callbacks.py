"""What labs say of jobs that have ended: kept for good before they are told so, and acted on after that."""

from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from paddles.accounts import grants
from paddles.accounts.access import Principal, known
from paddles.archive import contents, files
from paddles.controllers.kernelci import face, labs
from paddles.db import object_ids
from paddles.db.session import Session
from paddles.errors import Fault, Invalid, Malformed
from paddles.ingest import lava
from paddles.nodes import callbacks
from paddles.nodes.callbacks import Kept
from paddles.web.face import Call, Reply, Then

# Labs are programs: beside users, whoever has a grant may ask.
programs = replace(face, identify=grants.asker)


class Taken(BaseModel):
    """A callback was taken."""

    message: str


OK = Reply(202, {"message": "OK"})


def reporter(principal: Principal) -> Principal:
    """Return ``principal`` if it is a user, or a program that may report. Raises Unauthenticated."""
    return principal if principal.scope == "report" else known(principal)


def take(node_id: str, call: Call) -> Any:
    """Keep what a lab says of the job of a node, and have it acted on: 202; what is no end is answered alike."""
    asked, document, ended = object_ids.check(node_id), *_received(call.body)
    callbacks.admit(call.session, asked, call.principal)
    if not ended:
        return OK
    digest = contents.digest(document)
    kept = Kept(callbacks.path_of(digest), digest, len(document))
    store = contents.store(call.settings)
    files.expect(call.session, {digest: kept.size}, call.now)

    def record(session: Session) -> Any:
        callbacks.record(session, asked, kept, labs.of(call.settings), call.now)
        return OK

    return Then(lambda: contents.keep(store, document), record)


def _received(content: bytes) -> tuple[bytes, bool]:
    try:
        return lava.received(content)
    except Invalid as error:
        raise Malformed(str(error), (Fault("json_invalid", ("body",), str(error)),)) from None
