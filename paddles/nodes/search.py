"""Find nodes: one, and those that filters match, a page at a time or from one id on, with or without their number."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, func, literal, literal_column, select
from sqlalchemy.types import NullType

from paddles.db import limits
from paddles.db.pages import OLDEST_FIRST, Order, Page
from paddles.db.prepared import hot
from paddles.db.session import Session
from paddles.nodes.filters import TABLE, conditions, has_pattern
from paddles.nodes.models import BRANCH, COMMIT, TREE
from paddles.nodes.statements import COLUMNS, READ, SHOWN

# How many seconds of the server a query may take, and one with a pattern.
LIMIT_S = 15.0
PATTERN_LIMIT_S = 5.0

ONE = hot(f"SELECT {SHOWN} FROM nodes WHERE id = :id", " ".join(COLUMNS))
# Without types: what the driver makes of a value is what is wanted, and SQLAlchemy knows the result beforehand.
_NODES = TABLE.id.table
_ROW = [literal_column(expression, NullType()).label(name) for name, expression in READ.items()]
_ALL = select(*_ROW).select_from(_NODES)
# What people are told of many nodes at once: which, in which state, and of which sources.
IN_BRIEF = ("id", "kind", "name", "path", "state", "result", "owner", "created", "updated")
_SOURCES = {"tree": TREE, "branch": BRANCH, "commit": COMMIT}
_BRIEF = select(
    *(column for column in _ROW if column.name in IN_BRIEF),
    *(literal_column(f"({expression})", NullType()).label(name) for name, expression in _SOURCES.items()),
).select_from(_NODES)
Asked = Sequence[tuple[str, str]]
Columns = Select[*tuple[Any, ...]]


def one(session: Session, node_id: str) -> Row[Any] | None:
    """Return a node, its columns as of ``statements.COLUMNS``, or None; times are in UTC without saying so."""
    return session.execute(ONE, {"id": node_id}).first()


def find(session: Session, asked: Asked, page: Page, order: Order = OLDEST_FIRST) -> Sequence[Row[Any]]:
    """Return the nodes that match all that is asked (``filters.conditions``), each as :func:`one` does.

    Raises:
        Invalid: what is asked cannot be, or takes too long to be found.
    """
    return _found(session, _ALL, asked, page, order)


def brief(session: Session, asked: Asked, page: Page, order: Order = OLDEST_FIRST) -> Sequence[Row[Any]]:
    """Return the same nodes as :func:`find`, of each ``IN_BRIEF`` and the ``tree``, ``branch`` and ``commit``.

    What is large of nodes is not read.

    Raises:
        Invalid: as :func:`find`.
    """
    return _found(session, _BRIEF, asked, page, order)


def count(session: Session, asked: Asked) -> int:
    """Return how many nodes match. Raises Invalid as :func:`find`."""
    query = select(func.count()).select_from(_NODES).where(*conditions(asked))
    return int(limits.within(session, query, _limit(asked)).scalar())


def count_up_to(session: Session, asked: Asked, most: int) -> int:
    """Return how many nodes match, ``most`` at the most. Raises Invalid as :func:`find`."""
    some = select(literal(1)).select_from(_NODES).where(*conditions(asked)).limit(most).subquery()
    return int(limits.within(session, select(func.count()).select_from(some), _limit(asked)).scalar())


def total(session: Session, asked: Asked, page: Page, order: Order, found: int) -> int:
    """Return how many nodes match, of which a page has ``found``: one that is not full was the last of them."""
    whole = order.after is None and (found or not page.offset)
    if whole and (page.limit is None or found < page.limit):
        return page.offset + found
    return count(session, asked)


def _found(session: Session, columns: Columns, asked: Asked, page: Page, order: Order) -> Sequence[Row[Any]]:
    wanted = conditions(asked)
    if order.after is not None:
        wanted.append(TABLE.id < order.after if order.newest_first else TABLE.id > order.after)
    by = TABLE.id.desc() if order.newest_first else TABLE.id
    query = columns.where(*wanted).order_by(by).limit(page.limit)
    if page.offset:
        query = query.offset(page.offset)
    found: Sequence[Row[Any]] = limits.within(session, query, _limit(asked)).all()
    return found


def _limit(asked: Asked) -> float:
    return PATTERN_LIMIT_S if has_pattern(asked) else LIMIT_S
