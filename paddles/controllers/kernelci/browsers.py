"""What browsers are shown where clients are answered in JSON."""

import functools
from collections.abc import Callable
from typing import Any

import orjson
import pecan
from webob import Response

from paddles.controllers.kernelci import face
from paddles.errors import PaddlesError
from paddles.web import pages

Exposed = Callable[..., Response]


def page(template: str) -> Callable[[Exposed], Exposed]:
    """Show what an endpoint answers as a page to who would rather have one; ``said`` is the answer in the template.

    A refusal is the same page, with what is wrong in front; the status is that of the answer in either case.
    """

    def decorate(exposed: Exposed) -> Exposed:
        @functools.wraps(exposed)
        def negotiated(resource: Any, *ids: Any) -> Response:
            wanted = pages.wanted(pecan.request.environ)
            try:
                answer = exposed(resource, *ids)
            except PaddlesError as error:
                answer = face.refuse(error)
            answer = shown(template, answer) if wanted else answer
            answer.vary = ["Accept"]
            return answer

        return negotiated

    return decorate


def shown(template: str, answer: Response) -> Response:
    """Return a JSON answer as a page."""
    said = orjson.loads(answer.body)
    settings = pecan.request.environ["paddles.context"].settings
    faults = _faults(said.pop("detail", ()))
    html = pages.render(template, place=pages.place(settings), said=said, faults=faults, token="")
    response = pages.answer(html, answer.status_int)
    if "Retry-After" in answer.headers:
        response.headers["Retry-After"] = answer.headers["Retry-After"]
    return response


def _faults(detail: Any) -> list[str]:
    """Return what is wrong, as the API says it, a line each."""
    if isinstance(detail, str):
        return [detail]
    return [": ".join([*map(str, fault["loc"][1:]), fault["msg"]]) for fault in detail]
