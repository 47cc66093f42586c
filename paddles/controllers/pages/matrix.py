"""``/matrix``: how builds, boots or tests ended, by any two to four of their fields."""

import functools
import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from paddles.controllers import panel_queries
from paddles.controllers.pages import addresses, face, frame, listing
from paddles.controllers.panel_queries import MatrixQuery
from paddles.dashboards import cells, crossing, matrix
from paddles.dashboards.matrix import DIMENSIONS
from paddles.listing.search import Part
from paddles.web import page_words, pages, query
from paddles.web.endpoint import Html
from paddles.web.face import Call
from paddles.web.pages import Page
from paddles.web.resource import Resource

# Below which part that passed a cell is of which shade, from the worst on; what passed as a whole is of the last.
SHADES = (0.5, 0.9, 1.0)
CHOICES = ("tree", "branch", "kernel", "arch", "board", "lab")
SIDES = ("rows", "cols")
# A page shows rows of so many cells, and so many rows in any case; the others are on pages of their own.
MOST_SHOWN, LEAST_ROWS = 6_000, 20
# A cell: its classes, what changed, its glyph, how it ended, and how many passed of how many; and where it leads.
Ended = tuple[str, str, str, str, str]
Inside = tuple[Ended, str]


class MatrixPageQuery(MatrixQuery):
    """What a page of a matrix understands besides: whether rows in which all passed are shown, and which rows."""

    page: query.Count = 1
    fragment: query.Text = ""
    form: query.Text = ""
    passed: Literal["show", "fold"] = "fold"


MatrixPageQuery.single = frozenset(MatrixPageQuery.model_fields)


class MatrixPage(Resource):
    """A matrix."""

    face = face

    @face.endpoint(query=MatrixPageQuery, answers=Html)
    def get_all(self, call: Call) -> Any:
        """Show how builds, boots or tests ended by what rows and columns are of: 200, 400."""
        asked: MatrixPageQuery = call.query
        if asked.form:
            return _tidied(call)
        shape, wanted, ignored = panel_queries.crossed(asked, call.now)
        found = crossing.told(shape, matrix.cells(call.session, shape, wanted), asked.narrowed(ignored))
        said = addresses.pairs(call.headers.get("QUERY_STRING", ""))
        looked = listing.Looked(wanted, asked.pairs, ignored, Part(0))
        return frame.show(
            call,
            "pages/kernels/matrix.html",
            title="Matrix",
            forms=("json", "csv"),
            table=drawn(found, pages.place(call.settings), fold=asked.passed == "fold", page=asked.page),
            sides=[(side, shape.rows if side == "rows" else shape.cols) for side in SIDES],
            cell=shape.source.name,
            dimensions=DIMENSIONS,
            chips=listing.chips(shape.source, said, looked),
            ignored=ignored,
            choices=[(name, next((text for each, text in said if each == name), "")) for name in CHOICES],
            since=asked.since,
        )


def drawn(found: Mapping[str, Any], base: str, *, fold: bool, page: int | None = None) -> dict[str, Any]:
    """Return a matrix as a table: heads of columns, rows of cells, and how many rows are folded.

    A cell in which nothing is is None. Rows in which all passed are folded, unless there are no others. Addresses begin
    with ``base``. A ``page`` has some of the rows, from ``first`` to ``last`` of ``all``, None all of them.
    """
    sides, wide = found["rows"]["items"], len(found["cols"]["items"])
    folded = fold and not all(side["passed"] for side in sides)
    shown = [place for place, side in enumerate(sides) if not (folded and side["passed"])]
    each = max(MOST_SHOWN // max(wide, 1), LEAST_ROWS)
    part = shown if page is None else shown[(page - 1) * each : page * each]
    lines = _inside(found["cells"], part, wide, base)
    return {
        "heads": heads([each["keys"] for each in found["cols"]["items"]]),
        "corner": " / ".join(name.replace("_", " ") for name in found["rows"]["names"]),
        "rows": [
            (" / ".join(key or "none" for key in sides[place]["keys"]), lines[place], _cell(sides[place]))
            for place in part
        ],
        "cols": [_cell(each) for each in found["cols"]["items"]],
        "total": _cell(found["total"]) if sides else None,
        "folded": len(sides) - len(shown),
        "unfolded": sum(side["passed"] for side in sides),
        "pages": None if page is None else _pages(page, each, len(shown)),
    }


def _pages(page: int, each: int, rows: int) -> dict[str, int | None]:
    """Return which of the rows a page has, and which pages are before and behind it."""
    return {
        "first": (page - 1) * each + 1,
        "last": min(page * each, rows),
        "all": rows,
        "before": min(page - 1, -(-rows // each)) or None,
        "behind": page + 1 if page * each < rows else None,
    }


def heads(keys: Sequence[Sequence[str]]) -> list[list[tuple[str, int]]]:
    """Return the lines of heads of columns: each a word, and over how many columns it stands."""
    if not keys:
        return []
    above = [(word or "none", len([*some])) for word, some in itertools.groupby(keys, key=lambda each: each[0])]
    return [above] if len(keys[0]) == 1 else [above, [(each[1] or "none", 1) for each in keys]]


def shade(rate: float | None) -> str:
    """Return the class of a cell by which part passed; none where that cannot be said."""
    return "" if rate is None else f"r-{sum(rate >= bound for bound in SHADES)}"


def _cell(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": page_words.kind(told["status"]),
        "status": told["status"],
        "shade": shade(told["rate"]),
        "passed": cells.passed(told["counts"]),
        "total": told["total"],
    }


def _inside(
    cells_of: Sequence[Mapping[str, Any]], part: Sequence[int], wide: int, base: str
) -> dict[int, list[Inside | None]]:
    """Return the lines of some rows."""
    lines: dict[int, list[Inside | None]] = {place: [None] * wide for place in part}
    for each in cells_of:
        line = lines.get(each["row"])
        if line is not None:
            counts = tuple(each["counts"].items())
            line[each["col"]] = _ended(each["status"], each["rate"], each["change"], counts), base + each["href"]
    return lines


# Few ways to end for many cells.
@functools.lru_cache(4096)
def _ended(status: str, rate: float | None, change: str | None, counts: tuple[tuple[str, int], ...]) -> Ended:
    kind = page_words.kind(status)
    passed, total = cells.passed(dict(counts)), cells.total(dict(counts))
    classes = f"s-{kind} {shade(rate)}{' x' if change else ''}"
    return classes, change or "", f"#g-{kind}", status, f"{passed}/{total}"


def _tidied(call: Call) -> Page:
    """Send a browser from what its form has said, a field a word, to the address of that matrix."""
    said = addresses.pairs(call.headers.get("QUERY_STRING", ""))
    sides = {side: ",".join(value for name, value in said if name == side and value) for side in SIDES}
    kept = [(name, value) for name, value in said if value and name not in ("form", *SIDES)]
    return Page("", 303, {"Location": addresses.written([*sides.items(), *kept])})
