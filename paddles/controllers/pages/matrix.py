"""``/matrix``: how builds, boots or tests ended, by any two to four of their fields."""

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
# A cell: its classes, what changed, where it leads, its glyph, how it ended, and how many passed of how many.
Inside = tuple[str, str, str, str, str, str]


class MatrixPageQuery(MatrixQuery):
    """What a page of a matrix understands besides: whether rows in which all passed are shown, or folded."""

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
            table=drawn(found, pages.place(call.settings), fold=asked.passed == "fold"),
            sides=[(side, shape.rows if side == "rows" else shape.cols) for side in SIDES],
            cell=shape.source.name,
            dimensions=DIMENSIONS,
            chips=listing.chips(shape.source, said, looked),
            ignored=ignored,
            choices=[(name, next((text for each, text in said if each == name), "")) for name in CHOICES],
            since=asked.since,
        )


def drawn(found: Mapping[str, Any], base: str, *, fold: bool) -> dict[str, Any]:
    """Return a matrix as a table: heads of columns, rows of cells, and how many rows are folded.

    A cell in which nothing is is None. Rows in which all passed are folded, unless there are no others. Addresses begin
    with ``base``.
    """
    lines: list[list[Inside | None]] = [[None] * len(found["cols"]["items"]) for _ in found["rows"]["items"]]
    for each in found["cells"]:
        lines[each["row"]][each["col"]] = _inside(each, base)
    rows = [
        (" / ".join(key or "none" for key in side["keys"]), line, _cell(side), side["passed"])
        for side, line in zip(found["rows"]["items"], lines, strict=True)
    ]
    folded = fold and not all(passed for *_, passed in rows)
    shown = [row[:3] for row in rows if not (folded and row[3])]
    return {
        "heads": heads([each["keys"] for each in found["cols"]["items"]]),
        "corner": " / ".join(name.replace("_", " ") for name in found["rows"]["names"]),
        "rows": shown,
        "cols": [_cell(each) for each in found["cols"]["items"]],
        "total": _cell(found["total"]) if rows else None,
        "folded": len(rows) - len(shown),
        "unfolded": sum(passed for *_, passed in rows),
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


def _inside(told: Mapping[str, Any], base: str) -> Inside:
    kind, change = page_words.kind(told["status"]), told["change"] or ""
    classes = f"s-{kind} {shade(told['rate'])}{' x' if change else ''}"
    return (
        classes,
        change,
        base + told["href"],
        f"#g-{kind}",
        told["status"],
        f"{cells.passed(told['counts'])}/{told['total']}",
    )


def _tidied(call: Call) -> Page:
    """Send a browser from what its form has said, a field a word, to the address of that matrix."""
    said = addresses.pairs(call.headers.get("QUERY_STRING", ""))
    sides = {side: ",".join(value for name, value in said if name == side and value) for side in SIDES}
    kept = [(name, value) for name, value in said if value and name not in ("form", *SIDES)]
    return Page("", 303, {"Location": addresses.written([*sides.items(), *kept])})
