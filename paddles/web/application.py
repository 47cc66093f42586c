"""The WSGI application: Pecan with strict paths, and around it what holds for every request."""

import logging
import random
import re
import time
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import pecan.core
from pecan.core import Pecan
from webob import Request, Response

from paddles.errors import Invalid, NoAddress
from paddles.logs import FIELDS, REQUEST_ID
from paddles.web.face import Context
from paddles.web.incoming import Wanted
from paddles.web.parking import Parked
from paddles.web.resource import Found, Resource
from paddles.web.streams import Streaming

access = logging.getLogger("paddles.access")

ORIGIN = "Access-Control-Allow-Origin"
# What the log shows of a path as it is; all else is escaped.
PLAIN = "/:@!$&'()*+,;="
GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
StartResponse = Callable[..., Any]


class PlainRequest(Request):  # type: ignore[misc]
    """A request as WebOb has it: Pecan's own class puts a method call in front of every attribute."""


class PathApp(Pecan):  # type: ignore[misc]
    """Pecan, with controllers found by path alone and given nothing but parts of the path.

    Pecan's own dispatch negotiates content types by file extension, parses bodies and merges query and body into a
    handler's arguments. Here the path is split once, as it was sent; ``%2F`` stays within its segment. ``ports`` are
    roots of their own for requests that arrive at a port of their own.
    """

    ports: Mapping[str, Resource] = MappingProxyType({})

    def find_controller(self, state: Any) -> tuple[Callable[..., Response], tuple[Any, ...], dict[str, Any]]:
        """Return the handler of a request and the ids it takes; refusals are handlers too, and never raise."""
        pecan.core.state.request, pecan.core.state.response = state.request, state.response
        environ = state.request.environ
        root = self.ports.get(environ.get("SERVER_PORT", ""), self.root)
        try:
            located = root.locate(segments(environ), environ["REQUEST_METHOD"])
            found = located.meant(environ)
            environ["paddles.chosen"] = located.other is not None and found is not located
        except Invalid as error:
            found = Found(root.face, refusal=NoAddress(str(error)))
        environ["paddles.found"] = found
        handler = self._options if environ["REQUEST_METHOD"] == "OPTIONS" and found.methods else self._guarded
        return handler, (found,), {}

    def invoke_controller(self, controller: Any, args: Any, kwargs: Any, state: Any) -> None:
        """Answer with what the handler returned, which is a response in every case."""
        state.response = controller(*args)

    def _handle_empty_response_body(self, state: Any) -> None:
        """Leave statuses as they are: no answer of ours is empty by mistake."""

    @staticmethod
    def _guarded(found: Found) -> Response:
        try:
            if found.handler is None:
                raise found.refusal or NoAddress("resource was not found")
            return found.handler(*found.ids)
        except Exception as error:
            return found.face.refuse(error)

    @staticmethod
    def _options(found: Found) -> Response:
        methods = ", ".join(found.methods)
        response = Response(status=200, body=b"{}", content_type="application/json", charset="utf-8")
        response.headers.update(
            {
                "Allow": methods,
                "Access-Control-Allow-Methods": methods,
                "Access-Control-Allow-Headers": "origin, authorization, accept, content-type",
                "Access-Control-Max-Age": "600",
            }
        )
        return response


def segments(environ: dict[str, Any]) -> list[str]:
    """Return the parts of a request's path, decoded, without blank ones.

    The path is split before it is decoded where the server tells how it was sent (gunicorn does), so that a name may
    hold a slash as ``%2F``; other servers, ``pecan serve`` among them, decode first, and there it separates.

    Raises:
        Invalid: the path is not UTF-8, or holds NUL.
    """
    raw = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if raw is None:
        parts = [part.encode("latin-1") for part in environ.get("PATH_INFO", "").split("/")]
    else:
        path = raw.partition("?")[0]
        if "://" in path:  # a proxy's absolute form
            path = "/" + path.split("://", 1)[1].partition("/")[2]
        # Bytes that nobody escaped arrive as the Latin-1 letters that WSGI makes of them.
        parts = [unquote_to_bytes(part.encode("latin-1")) for part in path.split("/")]
    try:
        decoded = [part.decode() for part in parts if part]
    except UnicodeDecodeError:
        raise Invalid("the path is not UTF-8") from None
    if any("\0" in part for part in decoded):
        raise Invalid("the path holds a NUL character")
    return decoded


def build(
    root: Resource, context: Context, ports: Mapping[str, Resource] | None = None
) -> Callable[[dict[str, Any], StartResponse], Iterable[bytes]]:
    """Return the WSGI application of the service under ``root``; ``ports`` have roots of their own."""
    app = _routed(root, ports or {})

    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        begun = time.perf_counter()
        environ["paddles.context"] = context
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if GIVEN_ID.match(given) else f"{random.getrandbits(64):016x}"
        REQUEST_ID.set(request_id)
        answered = "500"

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal answered
            answered = status[:3]
            headers += _common(environ, request_id)
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        try:
            answer: Iterable[bytes] = app(environ, start)
            return answer
        except (Parked, Wanted):
            answered = ""
            raise
        except Streaming as streaming:
            answered = "200"
            streaming.headers += _common(environ, request_id)
            raise
        finally:
            spent = time.perf_counter() - begun
            if answered:
                _count(context, environ, answered, spent)
            if answered and context.settings.access_log:
                _log(environ, answered, spent, request_id)
            REQUEST_ID.set("")

    return application


def _common(environ: dict[str, Any], request_id: str) -> list[tuple[str, str]]:
    """Return what every answer says; one that would have been a page for others says by what it was chosen."""
    chosen = [("Vary", "Accept")] if environ.get("paddles.chosen") else []
    return [(ORIGIN, "*"), ("X-Request-Id", request_id), *chosen]


def _routed(root: Resource, ports: Mapping[str, Resource]) -> PathApp:
    app = PathApp(
        root,
        force_canonical=False,
        guess_content_type_from_ext=False,
        request_cls=PlainRequest,
        response_cls=Response,
        default_renderer="json",
    )
    app.ports = ports
    return app


def _count(context: Context, environ: dict[str, Any], status: str, seconds: float) -> None:
    found: Found | None = environ.get("paddles.found")
    face, route = (found.face.name, found.route) if found else ("", "")
    context.metrics.answered(face, route, environ["REQUEST_METHOD"], status, seconds)


def _log(environ: dict[str, Any], status: str, seconds: float, request_id: str) -> None:
    method, spent = environ["REQUEST_METHOD"], 1000 * seconds
    path = quote(environ.get("PATH_INFO", ""), safe=PLAIN, encoding="latin-1")
    fields = {"method": method, "path": path, "status": int(status), "ms": round(spent, 1)}
    access.info("%s %s %s %.1f ms %s", method, path, status, spent, request_id, extra={FIELDS: fields})
