"""``/ingest/errors`` and ``/ingest/documents``: what became of documents, and those that nobody could read."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal
from urllib.parse import quote

from pydantic import BaseModel
from sqlalchemy import Row

from paddles.archive import receipts
from paddles.archive.sources import DOCUMENTS
from paddles.controllers import kcing, list_queries, lists
from paddles.controllers.lists import Listed, moment
from paddles.db.session import Session
from paddles.errors import NotFound
from paddles.kernels import refusals
from paddles.kernels.refusals import FAILED, Place
from paddles.web import formats, query
from paddles.web.answers import Flow
from paddles.web.endpoint import Csv
from paddles.web.face import Call, Reply
from paddles.web.resource import Resource

face = kcing.face
USUAL, MOST = 100, 1000
COLUMNS = ("received", "state", "id", "kind", "lab", "sha256", "size", "reason", "username", "head", "again")
AGAIN = "/ingest/errors/{id}/again"


class Unread(BaseModel):
    """A document that nobody reads: refused, or failed and to be read ``again`` by a POST there."""

    received: str
    state: Literal["refused", "failed"]
    id: int
    kind: str
    lab: str
    sha256: str | None
    size: int
    reason: str
    username: str
    head: str
    again: str | None


class UnreadPage(BaseModel):
    """Documents that nobody reads, the newest first, and the address of what follows."""

    items: list[Unread]
    next: str | None


class Document(BaseModel):
    """What became of a document, and the address of its job."""

    id: int
    kind: str
    lab: str
    sha256: str
    size: int
    state: Literal["ready", "taken", "processed", "failed"]
    reason: str
    received: str
    updated: str
    job: str | None


class ErrorsQuery(query.Query):
    """Which documents."""

    kind: query.Text | None = None
    lab: query.Text | None = None
    count: query.Count = USUAL
    after: query.Text = ""
    format: Literal["json", "csv"] | None = None


class AgainController(Resource):
    """``/ingest/errors/<id>/again``"""

    face = face

    @face.endpoint(answers={202: Document}, refuses=(NotFound,))
    def post(self, name: str, call: Call) -> Any:
        """Have a document read again that could not be: 202, 404."""
        receipts.again_numbered(call.session, query.number(name, "document"), call.now)
        return Reply(202, shown(receipts.numbered(call.session, query.number(name, "document"))))


class ErrorsController(Resource):
    """``/ingest/errors``"""

    face = face
    nested: ClassVar[dict[str, Resource]] = {"again": AgainController()}

    @face.endpoint(query=ErrorsQuery, answers=UnreadPage | Csv)
    def get_all(self, call: Call) -> Any:
        """List documents that were refused, or could not be read: 200, newest first, with the reason; CSV if asked."""
        asked: ErrorsQuery = call.query
        if formats.wants_csv(asked.format, call.headers):
            return _flow(asked)
        limit = min(max(asked.count, 1), MOST)
        rows = _listed(call.session, asked, limit + 1, refusals.place(asked.after))
        more = _next(asked, rows[limit - 1], limit) if len(rows) > limit else None
        return {"items": [unread(row) for row in rows[:limit]], "next": more}


class DocumentsController(Resource):
    """``/ingest/documents``"""

    face = face

    @face.endpoint(query=list_queries.of(DOCUMENTS), answers=Listed | Csv)
    def get_all(self, call: Call) -> Any:
        """List documents that were received: 200, the newest first, a page of them as JSON, or as CSV; 400."""
        return lists.answer(call, DOCUMENTS)

    @face.endpoint(answers=Document, refuses=(NotFound,), fresh=True)
    def get_one(self, name: str, call: Call) -> Any:
        """Say what became of a document: 200, 404."""
        return shown(receipts.numbered(call.session, query.number(name, "document")))


def shown(row: Row[Any]) -> dict[str, Any]:
    """Return a receipt as it is answered."""
    run, key = (quote(name or "", safe="") for name in (row.run, row.key))
    return {
        "id": row.id,
        "kind": row.source,
        "lab": row.origin,
        "sha256": bytes(row.digest).hex(),
        "size": row.size,
        "state": row.state,
        "reason": row.reason,
        "received": moment(row.received),
        "updated": moment(row.updated),
        "job": f"/runs/{run}/jobs/{key}/" if row.key is not None else None,
    }


def unread(row: Row[Any]) -> dict[str, Any]:
    """Return a document that nobody reads as it is answered."""
    return {
        "received": moment(row.received),
        "state": row.state,
        "id": row.id,
        "kind": row.kind,
        "lab": row.lab,
        "sha256": None if row.digest is None else bytes(row.digest).hex(),
        "size": row.size,
        "reason": row.reason,
        "username": row.username,
        "head": row.head,
        "again": AGAIN.format(id=row.id) if row.state == FAILED else None,
    }


def _listed(session: Session, asked: ErrorsQuery, limit: int, behind: Place) -> Sequence[Row[Any]]:
    return refusals.listed(session, limit, behind=behind, kind=asked.kind or None, lab=asked.lab or None)


def _flow(asked: ErrorsQuery) -> Flow:
    """Return all of the list as CSV, read in parts of which none takes long."""

    def piece(session: Session, at: tuple[Place, bool]) -> tuple[bytes, Any]:
        behind, headed = at
        rows = _listed(session, asked, MOST, behind)
        items = [[unread(row)[name] for name in COLUMNS] for row in rows]
        more = (refusals.behind(rows[-1]), True) if len(rows) == MOST else None
        return formats.lines(items if headed else [COLUMNS, *items]), more

    return Flow(piece, (refusals.place(asked.after), False), formats.CSV)


def _next(asked: ErrorsQuery, last: Row[Any], limit: int) -> str:
    said = refusals.written(refusals.behind(last))
    wanted = {"kind": asked.kind, "lab": asked.lab, "count": limit, "after": said}
    return "/ingest/errors?" + "&".join(f"{name}={quote(str(value))}" for name, value in wanted.items() if value)
