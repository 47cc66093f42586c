"""``/errors/``: each kind of refusal at an address of its own, as the first paddles had it."""

from typing import Any, ClassVar, Never

from paddles.controllers.results import face
from paddles.errors import Forbidden, Invalid, NotFound, PaddlesError, Unavailable
from paddles.web import query
from paddles.web.face import Call
from paddles.web.resource import Resource


class ErrorQuery(query.Query):
    """What to say instead of the usual text."""

    error_message: str | None = None


class ErrorController(Resource):
    """One kind of refusal."""

    face = face

    def __init__(self, kind: type[PaddlesError], message: str) -> None:
        self.kind, self.message = kind, message

    @face.endpoint(
        query=ErrorQuery,
        needs_database=False,
        answers=Never,
        refuses=(Invalid, Forbidden, NotFound, Unavailable),
    )
    def get_all(self, call: Call) -> Any:
        """Refuse, with the status of the kind."""
        raise self.kind(call.query.error_message or self.message)


class ErrorsController(Resource):
    """All kinds."""

    face = face
    words: ClassVar[dict[str, Resource]] = {
        "invalid": ErrorController(Invalid, "invalid request"),
        "forbidden": ErrorController(Forbidden, "forbidden"),
        "not_found": ErrorController(NotFound, "resource was not found"),
        "unavailable": ErrorController(Unavailable, "service unavailable"),
    }
