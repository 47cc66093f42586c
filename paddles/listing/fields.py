"""What may be asked of a source of rows, field by field: the one table that maps names to columns.

Whatever a user names is looked up here, so nothing that he sends becomes SQL.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, FromClause

from paddles.errors import Invalid

# What a field holds: text; one of some words; a number; a moment; JSON as it was sent, which nobody looks for.
TEXT, WORD, NUMBER, MOMENT, JSON = "text", "word", "number", "moment", "json"


@dataclass(frozen=True)
class Through:
    """How rows are found by what stands in others: those for which ``holds`` that something is so of ``column``.

    ``plain`` is how a value is compared where nothing else is said.
    """

    column: ColumnElement[Any]
    holds: Callable[[ColumnElement[bool]], ColumnElement[bool]]
    plain: str = "in"


@dataclass(frozen=True)
class Field:
    """A column of a source, ``title`` for people. Words are ``among`` some; ``spoken`` are other words for them.

    ``dear`` is one that is looked up row by row: it is shown, and neither sorted by nor looked for, but ``through``
    what it is looked up in. What ``moves`` changes by itself, so nothing is sorted by it.
    """

    name: str
    column: ColumnElement[Any]
    kind: str = TEXT
    title: str = ""
    among: tuple[str, ...] = ()
    dear: bool = False
    moves: bool = False
    spoken: Mapping[str, str] = field(default_factory=dict)
    through: Through | None = None

    @property
    def asked(self) -> bool:
        """That rows can be looked for by it."""
        return self.kind != JSON and (not self.dear or self.through is not None)


@dataclass(frozen=True)
class Link:
    """A field that is made of others, ``needs``: an address of ours, or nothing where they are blank."""

    name: str
    needs: tuple[str, ...]
    make: Callable[[Mapping[str, Any]], str | None]
    title: str = ""


@dataclass(frozen=True)
class Tally:
    """Rows of a source that are counted already, beside ``table``: columns that hold how many there are of each word.

    ``of`` is the field that has these words, ``fields`` are those that can be asked for without the rows themselves.
    """

    table: FromClause
    of: str
    counts: Mapping[str, ColumnElement[Any]]
    fields: frozenset[str]


@dataclass(frozen=True)
class Source:
    """Rows of one kind. ``at`` is the name of their moment; ``key`` are the columns that tell two of one moment apart.

    Of the moment and the key the first ``lead`` are columns of one index. ``usual`` are the fields that are shown where
    none are named. ``outcome`` is the field that says how a row ended. Of the table there are ``only`` some rows in it.
    What is ``timeless`` is as it is now, whatever stretch of time is asked for; ``within`` is the moment that such a
    stretch is of, where that is another. ``sort`` is the usual order, where that is not the newest first. Of what
    ``adds`` up many others to make its rows the server gets room to do so.
    """

    name: str
    table: FromClause
    fields: Mapping[str, Field]
    usual: tuple[str, ...]
    key: tuple[ColumnElement[Any], ...]
    at: str = "@timestamp"
    outcome: str = ""
    lead: int = 2
    links: Mapping[str, Link] = field(default_factory=dict)
    tally: Tally | None = None
    searched: ColumnElement[Any] | None = None
    only: tuple[ColumnElement[bool], ...] = ()
    timeless: bool = False
    within: str = ""
    sort: str = ""
    adds: bool = False

    @property
    def names(self) -> list[str]:
        """All that can be shown."""
        return [*self.fields, *self.links]

    def one(self, name: str) -> Field:
        """Return the field of a name. Raises Invalid when nothing can be looked for by it."""
        found = self.fields.get(name)
        if found is None or (found.dear and found.through is None):
            raise Invalid(f"{self.name} cannot be asked for by {name}: it is one of {', '.join(self.asked)}")
        return found

    @property
    def asked(self) -> list[str]:
        """What can be looked for."""
        return [name for name, each in self.fields.items() if each.asked]


def named(*fields: Field, also: Mapping[str, str]) -> dict[str, Field]:
    """Return fields by their names, and those that ``also`` has a further name for once more under that."""
    known = {each.name: each for each in fields}
    return known | {other: replace(known[name], name=other) for name, other in also.items() if name in known}


def checked(names: str | None, source: Source) -> tuple[str, ...]:
    """Return the names in a list with commas, those that are usual where there is none.

    Raises:
        Invalid: the source has no field that is called so.
    """
    wanted = tuple(dict.fromkeys(filter(None, (name.strip() for name in (names or "").split(",")))))
    unknown = [name for name in wanted if name not in source.fields and name not in source.links]
    if unknown:
        raise Invalid(f"{source.name} have no field {', '.join(unknown)}: there are {', '.join(source.names)}")
    return wanted or source.usual


def number(text: str, name: str) -> int | float:
    """Return a number as it is written. Raises Invalid."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Invalid(f"{name} must be a number, not {text[:50]!r}")
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def one_of(text: str, among: Iterable[str], name: str) -> str:
    """Return a word in small letters. Raises Invalid where it is none of those that there are."""
    word, known = text.lower(), tuple(among)
    if known and word not in known:
        raise Invalid(f"{name} is one of {', '.join(known)}, not {text[:50]!r}")
    return word
