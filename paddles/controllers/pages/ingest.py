"""``/ingest``: documents that came, those that nobody reads, and the feeds that bring some."""

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import Row

from paddles.archive import links, receipts
from paddles.archive.sources import DOCUMENTS
from paddles.controllers.pages import addresses, face, frame, listing
from paddles.controllers.pages.listing import Chip, Column
from paddles.feeds import offered, records
from paddles.kernels import refusals
from paddles.kernels.refusals import FAILED
from paddles.web import query
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.resource import Resource

HERE = (("Ingest", "/ingest"),)
USUAL, MOST = 50, 1000
# How many documents that nobody reads the overview shows.
RECENT = 5
COLUMNS = (
    Column("id", "Document", link="href"),
    Column("state", kind="status"),
    Column("kind", kind="word"),
    Column("lab", kind="word"),
    Column("size", kind="size"),
    Column("received", kind="time"),
    Column("reason"),
    Column("key", "Job", link="job"),
)
CHOICES = ("state", "kind", "lab")


class ErrorsQuery(frame.PageQuery):
    """Which documents."""

    kind: query.Text = ""
    lab: query.Text = ""
    count: query.Count = USUAL
    after: query.Text = ""


class ErrorsPage(Resource):
    """Documents that nobody reads."""

    face = face

    @face.endpoint(query=ErrorsQuery, answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show documents that were refused, or could not be read, the newest first: 200, 400."""
        asked: ErrorsQuery = call.query
        limit = min(max(asked.count, 1), MOST)
        behind = refusals.place(asked.after)
        rows = refusals.listed(call.session, limit + 1, behind=behind, kind=asked.kind or None, lab=asked.lab or None)
        said = addresses.pairs(call.headers.get("QUERY_STRING", ""))
        further = refusals.written(refusals.behind(rows[limit - 1])) if len(rows) > limit else ""
        return frame.show(
            call,
            "pages/ingest/errors.html",
            title="Documents that nobody reads",
            crumbs=HERE,
            documents=_unread(rows[:limit]),
            chips=[
                Chip(f"{name}: {value}", addresses.without(said, name, value))
                for name, value in said
                if name in ("kind", "lab") and value
            ],
            kind=asked.kind,
            lab=asked.lab,
            next=addresses.moved(said, after=further) if further else "",
            first=addresses.changed(said) if asked.after else "",
            forms=("json", "csv"),
        )


class SourcesPage(Resource):
    """Feeds."""

    face = face

    @face.endpoint(query=frame.PageQuery, answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show how the last feed of each source went: 200."""
        feeds = records.last(call.session)
        return frame.show(call, "pages/ingest/sources.html", title="Feeds", crumbs=HERE, feeds=feeds)


class DocumentsPage(Resource):
    """Documents that were received, and one."""

    face = face

    @face.endpoint(query=listing.query(DOCUMENTS), answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show documents, the newest first: 200, 400."""
        return listing.show(call, DOCUMENTS, COLUMNS, title="Documents", choices=CHOICES, crumbs=HERE)

    @face.endpoint(query=frame.PageQuery, answers=Html)
    def get_one(self, name: str, call: Call) -> Any:
        """Show what became of a document: 200, 404."""
        found = receipts.numbered(call.session, query.number(name, "document"))
        return frame.show(
            call,
            "pages/ingest/document.html",
            title=f"Document {found.id}",
            crumbs=(*HERE, ("Documents", "/ingest/documents")),
            document=found,
            sha256=bytes(found.digest).hex(),
            raw=offered.address(found.source, bytes(found.digest)),
            job=links.job(found.run, found.key) if found.key is not None else "",
        )


class IngestPage(Resource):
    """How documents come in, and what became of them."""

    face = face
    words: ClassVar[dict[str, Resource]] = {
        "errors": ErrorsPage(),
        "sources": SourcesPage(),
        "documents": DocumentsPage(),
    }

    @face.endpoint(query=frame.PageQuery, answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show what nobody reads by kinds and the last of it, what waits to be read, and the feeds: 200."""
        unread = refusals.counted(call.session)
        return frame.show(
            call,
            "pages/ingest/overview.html",
            title="Ingest",
            unread=sorted(unread.items()),
            open=receipts.open_now(call.session),
            documents=_unread(refusals.listed(call.session, RECENT)) if unread else [],
            feeds=records.last(call.session),
            forms=(),
        )


def _unread(rows: Sequence[Row[Any]]) -> list[tuple[Row[Any], str]]:
    """Return documents that nobody reads, each with the address of the whole of it: of one that was refused none."""
    return [(row, offered.address(row.kind, bytes(row.digest)) if row.state == FAILED else "") for row in rows]
