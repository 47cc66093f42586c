"""``/matrix``: how builds, boots or tests ended, by any two to four of their fields."""

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from paddles.controllers import panel_queries
from paddles.controllers.kcing import face, matrix_words
from paddles.controllers.panel_queries import MatrixQuery
from paddles.dashboards import crossing, matrix
from paddles.db.session import Session
from paddles.web import formats
from paddles.web.answers import Flow
from paddles.web.endpoint import Csv
from paddles.web.face import Call
from paddles.web.resource import Resource

Count = Annotated[int, Field(ge=0)]


class Ended(BaseModel):
    """How many ended in which way: at worst so; ``rate`` is which part passed, null where that cannot be said."""

    model_config = ConfigDict(extra="forbid")

    status: str | None
    counts: dict[str, Count]
    total: Count
    rate: float | None


class Line(Ended):
    """A row or a column, what all of it has in common, and whether nothing in it is anything but passed."""

    keys: list[str]
    passed: bool


class Side(BaseModel):
    """Rows or columns, and what their keys are of."""

    names: list[str]
    items: list[Line]


class Inside(Ended):
    """What is where a row meets a column, and what the newest revision changed: broken, fixed, changed, or nothing."""

    row: Count
    col: Count
    change: str | None
    href: str


class Matrix(BaseModel):
    """A matrix of which only those cells are told in which there is anything."""

    cell: str
    rows: Side
    cols: Side
    cells: list[Inside]
    total: Ended
    ignored: list[str]


class MatrixController(Resource):
    """``/matrix``"""

    face = face
    needs: ClassVar[str] = "read"

    @face.endpoint(query=MatrixQuery, answers=Matrix | Csv)
    def get_all(self, call: Call) -> Any:
        """Count builds, boots or tests by what rows and columns are of: 200, as JSON, or a line of CSV a cell; 400."""
        asked: MatrixQuery = call.query
        shape, wanted, ignored = panel_queries.crossed(asked, call.now)
        narrowed = asked.narrowed(ignored)

        def told(session: Session) -> Any:
            return crossing.told(shape, matrix.cells(session, shape, wanted), narrowed)

        if formats.wants_csv(asked.format, call.headers):
            return Flow(lambda session, _: (matrix_words.lines(told(session)), None), None, formats.CSV)
        return {**told(call.session), "ignored": ignored}
