"""What is understood where rows are added up: of which rows, from when until when, and what goes down and across."""

import datetime
from collections.abc import Sequence

from paddles.controllers.list_queries import Filtered, Some
from paddles.dashboards import matrix
from paddles.dashboards.definitions import Dashboard
from paddles.dashboards.matrix import Shape
from paddles.dashboards.panels import View
from paddles.listing import filters, moments
from paddles.listing.search import Asked
from paddles.web import query

ALL = "all"


class ViewQuery(Filtered):
    """Of which rows, besides what the dashboard says; ``since=all`` is of all times."""

    def view(self, dashboard: Dashboard, now: datetime.datetime) -> View:
        """Of which rows a dashboard is to show something: those of the address, and its own. Raises Invalid."""
        wanted = filters.of_documents([each.model_dump() for each in dashboard.filters])
        said = self.since or ("" if self.until else dashboard.time)
        since = moments.moment(said, now, "since") if said and said != ALL else None
        until = moments.moment(self.until, now, "until") if self.until else None
        return View(self.pairs, wanted, since, until)


class PanelQuery(ViewQuery):
    """Of which rows, and which part of a list."""

    count: Some | None = None
    page: query.Count = 1
    after: query.Text = ""
    sort: query.Text = ""


class MatrixQuery(Filtered):
    """Which fields go down and which across, what is counted, and which rows."""

    rows: query.Text = "tree"
    cols: query.Text = "arch"
    cell: query.Text = ""

    def narrowed(self, ignored: Sequence[str]) -> list[tuple[str, str]]:
        """What the lists of a matrix's cells are narrowed by besides what row and column are."""
        times = [(name, value) for name, value in (("since", self.since), ("until", self.until)) if value]
        return [*((name, value) for name, value in self.pairs if name not in ignored), *times]


ViewQuery.single = frozenset(ViewQuery.model_fields)
PanelQuery.single = frozenset(PanelQuery.model_fields)
MatrixQuery.single = frozenset(MatrixQuery.model_fields)


def crossed(asked: MatrixQuery, now: datetime.datetime) -> tuple[Shape, Asked, list[str]]:
    """Return the matrix that is asked for, of which rows it is, and the parameters that it does not know.

    Raises:
        Invalid: what is asked cannot be.
    """
    shape = matrix.shape(_names(asked.rows), _names(asked.cols), asked.cell)
    wanted, ignored = asked.wanted(shape.source)
    return shape, Asked(wanted, *asked.times(now)), ignored


def _names(said: str) -> list[str]:
    return [name.strip() for name in said.split(",") if name.strip()]
