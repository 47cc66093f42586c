"""``/ingest/sources`` and ``/ingest/offered``: what feeds brought here, and what they may fetch from here."""

import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field
from sqlalchemy import Row

from paddles.archive import contents
from paddles.controllers import kcing
from paddles.controllers.lists import moment
from paddles.errors import NotFound
from paddles.feeds import offered, records
from paddles.web import query
from paddles.web.answers import Download
from paddles.web.face import Call
from paddles.web.resource import Resource

face = kcing.face
USUAL, MOST = 100, 1000
LARGEST = 2**62


class LastFeed(BaseModel):
    """The last feed of a source: how much it found, and what became of that; ``fault`` is why it ended early."""

    source: str
    begun: str
    ended: str | None
    found: int
    known: int
    created: int
    duplicates: int
    failed: int
    fault: str


class Sources(BaseModel):
    """All sources that anything was ever asked of."""

    items: list[LastFeed]


class Offer(BaseModel):
    """A document: ``id`` is its SHA-256, ``number`` its place in the list."""

    number: int
    id: str
    kind: str
    lab: str
    received: str


class Offered(BaseModel):
    """Some documents, in the order in which they came."""

    items: list[Offer]


class SourcesController(Resource):
    """``/ingest/sources``"""

    face = face

    @face.endpoint(answers=Sources)
    def get_all(self, call: Call) -> Any:
        """Say how the last feed of each source went: 200."""
        return {"items": [shown(row) for row in records.last(call.session)]}


def _possible(value: datetime.datetime) -> datetime.datetime:
    if value.year < 1970:
        raise ValueError("must be later than 1970")
    return value


class OfferedQuery(query.Query):
    """Which documents: received since a moment, behind a number, so many of them."""

    since: Annotated[AwareDatetime, AfterValidator(_possible)]
    after: query.Whole = Field(0, le=LARGEST)
    count: query.Count = USUAL


class OfferedController(Resource):
    """``/ingest/offered``"""

    face = face

    @face.endpoint(query=OfferedQuery, answers=Offered)
    def get_all(self, call: Call) -> Any:
        """List documents that were received since a moment, the oldest first: 200, 400."""
        asked: OfferedQuery = call.query
        limit = min(max(asked.count, 1), MOST)
        return {"items": [offer(row) for row in offered.listed(call.session, asked.since, asked.after, limit)]}

    @face.endpoint(answers=bytes, refuses=(NotFound,))
    def get_one(self, name: str, call: Call) -> Any:
        """Give a document as it is kept: 200, 404."""
        found = offered.one(call.session, name)
        store, digest = contents.store(call.settings), bytes(found.digest)
        return Download(found.size, lambda start, stop: contents.pieces(store, digest, start, stop), "application/json")


def shown(row: Row[Any]) -> dict[str, Any]:
    """Return a feed as it is answered."""
    moments = {"begun": moment(row.begun), "ended": moment(row.ended) if row.ended else None}
    counts = ("source", "found", "known", "created", "duplicates", "failed", "fault")
    return {**{name: getattr(row, name) for name in counts}, **moments}


def offer(row: Row[Any]) -> dict[str, Any]:
    """Return a document that is offered as it is answered."""
    name = bytes(row.digest).hex()
    return {"number": row.id, "id": name, "kind": row.kind, "lab": row.lab, "received": moment(row.received)}
