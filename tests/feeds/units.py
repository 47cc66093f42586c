"""What tests of feeds ask the database."""

from typing import Any

from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.work import read

FED = text("SELECT kind, source_id, digest, at FROM fed ORDER BY kind, source_id")
RECEIPTS = text("SELECT source, digest, origin FROM receipts ORDER BY source, id")


def quietly(_found: int, _new: int) -> Any:
    """Show nobody how far it is."""
    return lambda _handled: None


def fed(database: Database) -> set[tuple[str, str]]:
    """Return kind and name of every document that was brought."""
    return {(row.kind, row.source_id) for row in read(database, lambda session: session.execute(FED).all())}


def received(database: Database) -> list[tuple[str, bytes]]:
    """Return kind and content of every document that is kept."""
    return [(row.source, bytes(row.digest)) for row in read(database, lambda s: s.execute(RECEIPTS).all())]
