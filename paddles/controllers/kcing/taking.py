"""Documents taken in: read within bounds, prepared, kept, noted; what is refused is noted, too."""

import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from paddles.accounts.access import NOBODY, Principal
from paddles.archive import contents, files
from paddles.controllers import kcing
from paddles.db.session import Session
from paddles.errors import Forbidden, Invalid, Malformed, PaddlesError, TooLarge, Unauthenticated
from paddles.ingest import intake
from paddles.ingest.intake import Prepared, Received
from paddles.kernels import refusals
from paddles.kernels.refusals import Refused
from paddles.web import auth, body
from paddles.web.face import Call, Then
from paddles.web.incoming import Incoming

TITLES = {400: "Bad request", 403: "Forbidden", 404: "Not found", 413: "Too large", 415: "Unsupported", 422: "No JSON"}
GZIP = 16 + zlib.MAX_WBITS
PIECE = 2**20


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


def problem(status: int, message: str) -> dict[str, Any]:
    """Return the error document of what takes documents."""
    return {"type": "about:blank", "title": TITLES.get(status, "Refused"), "status": status, "detail": message}


face = replace(kcing.face, error_body=problem, error=Problem, statuses={Malformed: 422})


def asker(principal: Principal) -> Principal:
    """Return whoever asks: nobody in particular may, too, unless the settings say otherwise."""
    return principal


def believed(call: Call) -> Principal:
    """Return whom a request speaks for; who shows no token is nobody.

    Raises:
        Unauthenticated: the token that it shows is worth nothing.
    """
    if call.principal == NOBODY and auth.token(call.headers):
        raise Unauthenticated("this token is worth nothing")
    principal: Principal = call.principal
    return principal


def speaks_for(principal: Principal, lab: str) -> None:
    """Do nothing where a request may speak for a lab: the token of a program speaks for the lab of its name alone.

    Raises:
        Forbidden: it is another lab's.
    """
    if lab and principal.scope and not principal.id and principal.username != lab:
        raise Forbidden(f"a token of {principal.username} does not speak for {lab}")


def content(call: Call) -> bytes:
    """Return the body of a request, unpacked where it is packed by gzip.

    Raises:
        TooLarge: it is too large, packed or not.
        Invalid: it cannot be unpacked, or did not come whole.
    """
    limit = call.settings.max_document_bytes
    incoming: Incoming = call.body
    said = b"".join(incoming.pieces(limit, contents.directory(call.settings) / contents.INCOMING))
    coding = call.headers.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if coding in ("", "identity"):
        return said
    if coding not in ("gzip", "x-gzip"):
        raise Invalid("Content-Encoding: gzip is understood, and none")
    return _unpacked(said, limit)


def _unpacked(packed: bytes, limit: int) -> bytes:
    unpacker, found = zlib.decompressobj(GZIP), bytearray()
    try:
        while packed and not unpacker.eof:
            found += unpacker.decompress(packed, PIECE)
            packed = unpacker.unconsumed_tail
            if len(found) > limit:
                raise TooLarge(f"a document has at most {limit} bytes")
    except zlib.error as error:
        raise Invalid(f"cannot be unpacked: {error}") from None
    if not unpacker.eof:
        raise Invalid("cannot be unpacked: it ends too early")
    return bytes(found)


def take(
    call: Call,
    kind: str,
    lab: str,
    prepare: Callable[[bytes], Prepared],
    answer: Callable[[Received], Any],
    *,
    job_id: int | None = None,
) -> Then:
    """Return what takes the document of a request: ``answer`` is sent when it is kept and noted.

    One that ``prepare`` refuses is noted as such, and the refusal is the answer.
    """
    came: list[bytes] = []
    found: list[Prepared | PaddlesError] = []

    def receive() -> None:
        try:
            came.append(content(call))
            found.append(prepare(came[0]))
        except (Invalid, TooLarge, Forbidden) as error:
            found.append(error)

    def expect(session: Session) -> Any:
        prepared = found[0]
        if isinstance(prepared, PaddlesError):
            refusals.note(session, _refused(call, kind, lab, came, prepared), call.now)
            return prepared
        files.expect(session, {prepared.digest: len(prepared.content)}, call.now)
        return Then(lambda: contents.keep(contents.store(call.settings), prepared.content), lambda s: note(s, prepared))

    def note(session: Session, prepared: Prepared) -> Any:
        name = call.principal.username
        return answer(intake.receive(session, prepared, call.now, username=name, job_id=job_id))

    return Then(receive, expect)


def _refused(call: Call, kind: str, lab: str, came: list[bytes], error: PaddlesError) -> Refused:
    whole = came[0] if came else b""
    size = len(whole) or body.length(call.headers) or 0
    digest = contents.digest(whole) if whole else None
    return Refused(kind, str(error), lab, intake.without_token(whole), size, digest, call.principal.username)
