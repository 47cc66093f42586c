"""Lists of runs and of jobs as pages: they are asked for as their JSON is, and show the same rows."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from pydantic import create_model

from paddles.controllers import archive_queries
from paddles.controllers.pages.listing import Looked
from paddles.listing.filters import Wanted
from paddles.web import query
from paddles.web.face import Call

# However many rows are asked for, a page has at most so many.
MOST = 1000


def _page(base: Any, *more: str) -> Any:
    """Return the query of a list with what its page understands besides."""
    names = ("fragment", "form", *more)
    fields: dict[str, Any] = {name: (query.Text, "") for name in names}
    made: Any = cast("Any", create_model(f"{base.__name__}OfPage", __base__=base, __doc__=base.__doc__, **fields))
    made.single = base.single | frozenset(names)
    return made


RunsPageQuery = _page(archive_queries.RunsQuery)
JobsPageQuery = _page(archive_queries.JobsQuery)
# Of the page of a run, whose jobs are such a list: which part of it, and what its matrix is made of.
RunPageQuery = _page(archive_queries.JobsQuery, "tab", "rows", "cols")


def looked(call: Call, usual: int, also: Sequence[Wanted] = (), *, counted: bool = True) -> Looked:
    """Return what a list is asked for; ``also`` is asked besides, and ``usual`` how many rows a page has.

    Raises:
        Invalid: a value or a moment is none.
    """
    asked, ignored = call.query.asked(call.now, call.settings.zone)
    asked = replace(asked, wanted=[*asked.wanted, *also])
    part = call.query.part(usual)
    return Looked(asked, call.query.said(), ignored, replace(part, limit=min(part.limit, MOST)), counted)
