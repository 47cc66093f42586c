"""How rows of a source ended, counted in SQL: from what is counted already where that will do."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, Integer, cast, func

from paddles.listing import search
from paddles.listing.fields import Source
from paddles.listing.search import Asked


@dataclass(frozen=True)
class Counted:
    """Where rows are counted: of ``table`` what matches all ``conditions``; ``outcomes`` has a count for each."""

    table: FromClause
    conditions: list[ColumnElement[bool]]
    outcomes: Mapping[str, ColumnElement[int]]

    @property
    def total(self) -> ColumnElement[int]:
        """The count of all of them."""
        return func.coalesce(sum(self.outcomes.values(), start=cast(0, Integer)), 0)


def outcomes(source: Source, asked: Asked, names: tuple[str, ...] = ()) -> Counted:
    """Return what counts the rows of a source that match by how they ended; they may be grouped by fields of ``names``.

    Raises:
        Invalid: what is asked cannot be.
    """
    if source.tally and search.counts(source, asked, names):
        kept = [each for each in asked.wanted if each.field != source.tally.of]
        wanted = Asked(kept, asked.since, asked.until)
        sums = {word: func.coalesce(func.sum(column), 0) for word, column in search.counted(source, asked).items()}
        return Counted(source.tally.table, search.conditions(source, wanted), sums)
    field = source.one(source.outcome)
    counts = {word: func.count().filter(field.column == word) for word in field.among}
    return Counted(source.table, search.conditions(source, asked), counts)
