"""A face: one outside vocabulary's way in. Reads, checks, does the work in one unit, answers.

Every handler of every face passes through :meth:`Face.endpoint`; it is the only place where HTTP meets a transaction
and where an error becomes a status.
"""

import datetime
import functools
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
import pecan
from pydantic import BaseModel
from webob import Response

from paddles.db import work
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.errors import NotAllowed, PaddlesError, Unavailable
from paddles.settings import Settings
from paddles.web import body as bodies
from paddles.web import parking, streams
from paddles.web import query as queries
from paddles.web.metrics import Metrics
from paddles.web.watch import Watch

log = logging.getLogger(__name__)

JSON = "application/json"
PRODUCED: dict[Any, str] = {str: "text/plain", bytes: "application/octet-stream"}
# How long a client should wait before it asks again, in seconds.
RETRY_AFTER = "2"


@dataclass(frozen=True)
class Context:
    """What every request finds in its WSGI environment: the service it has reached."""

    database: Database
    settings: Settings
    metrics: Metrics = field(default_factory=Metrics)
    watch: Watch | None = None


@dataclass(frozen=True)
class Call:
    """What a handler is given besides its path: session, checked query and body, settings, and the moment.

    ``body`` and ``query`` are of the types that the endpoint declares; ``headers`` are the WSGI environment's, of which
    ``accept`` is one. ``memo`` is what the handler noted when the request was put aside.
    """

    session: Session
    settings: Settings
    now: datetime.datetime
    query: Any
    body: Any
    accept: str
    headers: Mapping[str, Any] = field(default_factory=dict)
    memo: Any = None

    def present(self) -> None:
        """Make sure that the client is still there, before it is given what nobody else will get.

        Raises:
            Unavailable: it is not, and nobody hears of it.
        """
        parking.present(self.headers)


@dataclass(frozen=True)
class File:
    """An answer of bytes, and ``etag``, its version, which a client that has it is not sent again."""

    content: bytes
    etag: str


@dataclass(frozen=True)
class Then:
    """What a handler answers that has something to do outside of its unit of work, with files for instance.

    When its unit is committed ``outside`` is called, then ``work(session)`` gives the answer in a unit of its own.
    """

    outside: Callable[[], None]
    work: Callable[[Session], Any]


@dataclass(frozen=True)
class Endpoint:
    """What an endpoint declares of itself: how its requests are checked, and what the service's description says of it.

    For the description alone: ``answers`` is the type of a 200's JSON, Never where there is none; ``refuses`` are the
    errors that the handler answers with besides those that any endpoint of its kind may.
    """

    handler: Callable[..., Any]
    body: type[BaseModel] | type[bytes] | None = None
    query: type[queries.Query] = queries.Query
    body_optional: bool = False
    answers: Any = Any
    refuses: tuple[type[PaddlesError], ...] = ()

    @property
    def produces(self) -> str:
        """The content type of what it answers: text and files say so themselves, all else is JSON."""
        return PRODUCED.get(self.answers, JSON) if isinstance(self.answers, type) else JSON


@dataclass(frozen=True)
class Face:
    """``error_body(status, message)`` is the face's error document; ``statuses`` its exceptions to the rule.

    ``name`` is what its requests are counted under, ``error`` the type of that document, for the description.
    """

    error_body: Callable[[int, str], object]
    statuses: Mapping[type[PaddlesError], int] = field(default_factory=dict)
    name: str = ""
    error: Any = Any

    def endpoint(
        self,
        *,
        body: type[BaseModel] | type[bytes] | None = None,
        query: type[queries.Query] = queries.Query,
        writes: bool | None = None,
        body_optional: bool = False,
        needs_database: bool = True,
        fresh: bool = False,
        answers: Any = Any,
        refuses: tuple[type[PaddlesError], ...] = (),
    ) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
        """Expose ``handler(self, *ids, call)``.

        Handlers named ``get_...`` read on a connection that cannot write, unless ``writes`` says otherwise; from a
        replica where there is one, unless what they read must be ``fresh`` since clients act on it. What a handler
        returns becomes the JSON of a 200; bytes are JSON already. An endpoint that ``answers`` ``str`` returns plain
        text, one that answers ``bytes`` a :class:`File`, and any may return a ``parking.Later``
        or a ``streams.Stream``. Without a body
        ``call.body`` is None where it is optional; without the need of a database, so is ``call.session``. ``answers``
        and ``refuses`` are otherwise for
        the description only (:class:`Endpoint`).
        """

        def decorate(handler: Callable[..., Any]) -> Callable[..., Response]:
            declared = Endpoint(handler, body, query, body_optional, answers, refuses)
            reads = handler.__name__.startswith("get_") if writes is None else not writes
            unit = _unit(reads=reads, needs_database=needs_database, fresh=fresh)

            @functools.wraps(handler)
            def exposed(resource: Any, *ids: Any) -> Response:
                return _serve(declared, unit, (resource, *ids))

            exposed.declared = declared  # type: ignore[attr-defined]
            return cast("Callable[..., Response]", pecan.expose()(exposed))

        return decorate

    def refuse(self, error: Exception) -> Response:
        """Return the answer that tells a client of ``error``."""
        if not isinstance(error, PaddlesError):
            log.error("unhandled error", exc_info=error)
            return respond(500, self.error_body(500, "internal error"))
        status = self.statuses.get(type(error), error.status)
        response = respond(status, self.error_body(status, str(error)))
        if isinstance(error, Unavailable):
            response.headers["Retry-After"] = RETRY_AFTER
        if isinstance(error, NotAllowed):
            response.headers["Allow"] = ", ".join(error.methods)
        return response


def _serve(declared: Endpoint, unit: Callable[..., Any], arguments: tuple[Any, ...]) -> Response:
    """Check what the request at hand asks and says, do its work in one unit, and answer."""
    environ = pecan.request.environ
    context: Context = environ["paddles.context"]
    now = datetime.datetime.now(datetime.UTC)
    asked = queries.parse(declared.query, environ.get("QUERY_STRING", ""))
    data = bodies.read(environ, context.settings.max_body_bytes) if declared.body else b""
    said = _said(declared, data)
    accept = environ.get("HTTP_ACCEPT", "")
    # Before the handler looks: what is seen in the meantime is not missed.
    stamp, memo = context.watch.stamp() if context.watch else 0, parking.memo()

    def work_of_request(session: Session) -> Any:
        call = Call(session, context.settings, now, asked, said, accept, environ, memo)
        return declared.handler(*arguments, call=call)

    answer = unit(context.database, work_of_request)
    if isinstance(answer, Then):
        answer.outside()
        answer = unit(context.database, answer.work)
    if isinstance(answer, streams.Stream):
        return streams.answered(answer, context.watch)
    answer = parking.settled(answer, context.watch, stamp)
    return respond(200, answer) if declared.produces == JSON else _send(answer, declared.produces)


def _said(declared: Endpoint, data: bytes) -> Any:
    """Return the body of a request as its endpoint wants it."""
    if declared.body is bytes:
        return data
    expected = declared.body if data or not declared.body_optional else None
    return bodies.bind(cast("type[BaseModel]", expected), bodies.decode(data)) if expected else None


def _unit(*, reads: bool, needs_database: bool, fresh: bool) -> Callable[..., Any]:
    """Return what does the work of a request."""
    if not needs_database:
        return _without
    if not reads:
        return work.transact
    return work.read if fresh else work.browse


def _without(_database: Database, job: Callable[[Any], Any]) -> Any:
    """Do what needs no database, whatever state it is in."""
    return job(None)


def _send(answer: Any, kind: str) -> Response:
    """Return text or a file as a response of its kind; a client that has the file's version is told so instead."""
    if isinstance(answer, File):
        response = Response(body=answer.content, content_type=kind, conditional_response=True)
        response.etag = answer.etag
        return response
    if isinstance(answer, str):
        return Response(body=answer.encode(), content_type=kind, charset="utf-8")
    return respond(200, answer)


def respond(status: int, answer: object) -> Response:
    """Return ``answer`` as a JSON response; bytes are sent as they are."""
    data = answer if isinstance(answer, bytes) else orjson.dumps(answer)
    return Response(status=status, body=data, content_type=JSON, charset="utf-8")
