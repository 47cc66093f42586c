"""A face: one outside vocabulary's way in. Reads, checks, does the work in one unit, answers.

Every handler of every face passes through :meth:`Face.endpoint`; it is the only place where HTTP meets a transaction
and where an error becomes a status.

What a handler returns becomes the JSON of a 200, or of the one status that its endpoint has a type for; bytes are JSON
already. One that answers ``str`` returns plain text, one that answers ``bytes`` an ``answers.File``, and any may return
another of ``answers``, a ``parking.Later`` or a ``streams.Stream``. A refusal that is returned, not raised, keeps what
its unit has done.
"""

import datetime
import functools
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import UnionType
from typing import Any, Never, cast

import pecan
from pydantic import BaseModel
from webob import Response

from paddles.db import work
from paddles.db.engine import Database
from paddles.db.session import Session
from paddles.errors import Malformed, NotAllowed, PaddlesError, TooMany, Unauthenticated, Unavailable
from paddles.settings import Settings
from paddles.web import answers as answered
from paddles.web import auth, parking, streams
from paddles.web import body as bodies
from paddles.web import endpoint as endpoints
from paddles.web import query as queries
from paddles.web.answers import Download, File, Flow, Reply, Then, respond
from paddles.web.endpoint import JSON, Endpoint
from paddles.web.incoming import Incoming
from paddles.web.metrics import Metrics
from paddles.web.watch import Watch

__all__ = ["Call", "Context", "Download", "Face", "File", "Reply", "Then", "respond"]

log = logging.getLogger(__name__)

# What a header cannot carry, and how much of a message it is given.
UNPRINTABLE = re.compile(r"[^ -~]")
LONGEST_HEADER = 1000
# How long a client should wait before it asks again, in seconds.
RETRY_AFTER = "2"


@dataclass(frozen=True)
class Context:
    """What every request finds in its WSGI environment: the service it has reached."""

    database: Database
    settings: Settings
    metrics: Metrics = field(default_factory=Metrics)
    watch: Watch | None = None
    changes: Watch | None = None


@dataclass(frozen=True)
class Call:
    """What a handler is given besides its path: session, checked query and body, settings, and the moment.

    ``body`` and ``query`` are of the types that the endpoint declares; ``headers`` are the WSGI environment's, of which
    ``accept`` is one; ``principal`` is whom the request speaks for where the endpoint asks, else the face's nobody.
    ``memo`` is what the handler noted when the request was put aside.
    """

    session: Session
    settings: Settings
    now: datetime.datetime
    query: Any
    body: Any
    accept: str
    headers: Mapping[str, Any] = field(default_factory=dict)
    principal: Any = None
    memo: Any = None

    def present(self) -> None:
        """Make sure that the client is still there, before it is given what nobody else will get.

        Raises:
            Unavailable: it is not, and nobody hears of it.
        """
        parking.present(self.headers)


@dataclass(frozen=True)
class Face:
    """``error_body(status, message)`` is the face's error document; ``statuses`` its exceptions to the rule.

    ``name`` is what its requests are counted under, ``error`` the type of that document, for the description, Never
    where errors have no body. With ``error_header`` the message is said in a header of that name as well.
    ``malformed_body`` makes the document for a request of a wrong shape, where that is another; ``messages`` are said
    instead of what errors say themselves. ``credential(environ)`` is what a request shows, None for nothing: its token.
    ``identify(session, settings, that, now)`` returns whom it speaks for, ``nobody`` where it is worth nothing.
    ``guard(settings, what)`` returns what lets some of them do ``what`` a resource ``needs``, None: anybody.
    With ``error_page(status, message, error)`` errors are answered with what that makes instead of a document.
    """

    error_body: Callable[[int, str], object]
    statuses: Mapping[type[PaddlesError], int] = field(default_factory=dict)
    name: str = ""
    error: Any = Any
    error_header: str = ""
    malformed_body: Callable[[Malformed], object] | None = None
    messages: Mapping[type[PaddlesError], str] = field(default_factory=dict)
    credential: Callable[[Mapping[str, Any]], Any] = auth.token
    identify: Callable[[Session, Settings, Any, datetime.datetime], Any] | None = None
    nobody: Any = None
    guard: Callable[[Settings, str], Callable[[Any], Any] | None] | None = None
    error_page: Callable[[int, str, Exception], Response] | None = None

    def endpoint(
        self,
        *,
        body: type[BaseModel] | type[bytes] | type[Incoming] | UnionType | None = None,
        query: type[queries.Query] = queries.Query,
        writes: bool | None = None,
        needs_database: bool = True,
        fresh: bool = False,
        answers: Any = Any,
        refuses: tuple[type[PaddlesError], ...] = (),
        who: Callable[[Any], Any] | None = None,
    ) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
        """Expose ``handler(self, *ids, call)``.

        Handlers named ``get_...`` read on a connection that cannot write, unless ``writes`` says otherwise; from a
        replica where there is one, unless what they read must be ``fresh`` since clients act on it. A body that is
        declared ``Model | None`` may be absent, and is None then; ``body.Pieces`` are read by
        the handler; without the need of a database, so is ``call.session``. ``answers``, a type or several by their
        status, and ``refuses`` are for the description (:class:`Endpoint`), but that text and files say by it what
        they are.

        With ``who`` the token is looked up first, in the same unit of work, and ``who(principal)`` raises unless
        that may ask this; the shape of the request is looked at only then. What it reads is fresh.
        """

        def decorate(handler: Callable[..., Any]) -> Callable[..., Response]:
            reads = handler.__name__.startswith("get_") if writes is None else not writes
            use = endpoints.Use(reads=reads, database=needs_database)
            declared = endpoints.declare(handler, body, query, answers, refuses, who, use)
            unit = _unit(reads=reads, needs_database=needs_database, fresh=fresh or who is not None)

            @functools.wraps(handler)
            def exposed(resource: Any, *ids: Any) -> Response:
                return _serve(self, declared, unit, (resource, *ids))

            exposed.declared = declared  # type: ignore[attr-defined]
            return cast("Callable[..., Response]", pecan.expose()(exposed))

        return decorate

    def refuse(self, error: Exception) -> Response:
        """Return the answer that tells a client of ``error``."""
        if not isinstance(error, PaddlesError):
            log.error("unhandled error", exc_info=error)
            return self._told(500, "internal error", error)
        status = self.statuses.get(type(error), error.status)
        if isinstance(error, Malformed) and self.malformed_body:
            return respond(status, self.malformed_body(error))
        response = self._told(status, self.messages.get(type(error), str(error)), error)
        if isinstance(error, Unavailable):
            response.headers["Retry-After"] = RETRY_AFTER
        if isinstance(error, Unauthenticated):
            response.headers["WWW-Authenticate"] = "Bearer"
        if isinstance(error, TooMany):
            response.headers["Retry-After"] = str(error.seconds)
        if isinstance(error, NotAllowed):
            response.headers["Allow"] = ", ".join(error.methods)
        return response

    def _told(self, status: int, message: str, error: Exception) -> Response:
        if self.error_page:
            return self.error_page(status, message, error)
        response = respond(status, self.error_body(status, message))
        if self.error_header:
            response.headers[self.error_header] = UNPRINTABLE.sub("?", message)[:LONGEST_HEADER]
        return response


def _serve(face: Face, declared: Endpoint, unit: Callable[..., Any], arguments: tuple[Any, ...]) -> Response:
    """Check what the request at hand asks and says, do its work in one unit, and answer."""
    environ = pecan.request.environ
    context: Context = environ["paddles.context"]
    now = datetime.datetime.now(datetime.UTC)
    data = _body(declared, environ, context.settings)
    # Who must be known first is told nothing of the shape before; who need not takes no connection for a bad one.
    checks = _checks(face, declared, context.settings, arguments[0])
    shaped = None if checks else endpoints.shaped(declared, environ, data)
    accept = environ.get("HTTP_ACCEPT", "")
    # Before the handler looks: what is seen in the meantime is not missed.
    stamp, memo = context.watch.stamp() if context.watch else 0, parking.memo()

    def work_of_request(session: Session) -> Any:
        principal = face.nobody
        if checks:
            given = endpoints.shown(declared, environ, data, face.credential)
            principal = _admitted(face, checks, session, context.settings, now, given)
        asked, said = shaped or endpoints.shaped(declared, environ, data)
        call = Call(session, context.settings, now, asked, said, accept, environ, principal, memo)
        return declared.handler(*arguments, call=call)

    answer = unit(context.database, work_of_request)
    while isinstance(answer, Then):
        answer.outside()
        answer = unit(context.database, answer.work)
    if isinstance(answer, streams.Stream):
        return streams.answered(answer, context.changes if answer.changes else context.watch)
    answer = parking.settled(answer, context.watch, stamp)
    if isinstance(answer, PaddlesError):
        raise answer
    if isinstance(answer, Reply):
        return respond(answer.status, answer.content, answer.headers)
    if isinstance(answer, Download):
        return answered.offer(answer, environ)
    if isinstance(answer, Flow):
        return answered.flow(answer, lambda work: unit(context.database, work), environ)
    if declared.produces != JSON:
        return answered.send(answer, declared.produces, environ)
    return respond(declared.status, b"" if declared.answers is Never else answer)


def _body(declared: Endpoint, environ: Mapping[str, Any], settings: Settings) -> Any:
    """Return the body of a request that its endpoint wants, or what reads it piece by piece."""
    if declared.body is Incoming:
        return Incoming(environ)
    return bodies.read(environ, settings.max_body_bytes) if declared.body else b""


def _checks(face: Face, declared: Endpoint, settings: Settings, resource: Any) -> tuple[Callable[[Any], Any], ...]:
    """Return what whoever asks has to pass: the guard of the face, where the settings set one, then the endpoint's."""
    guard = None
    # What needs no database tells nothing that is kept there.
    if face.guard and declared.use.database:
        guard = face.guard(settings, resource.needs_to_read if declared.use.reads else resource.needs)
    return tuple(filter(None, (guard, declared.who)))


def _admitted(
    face: Face,
    checks: tuple[Callable[[Any], Any], ...],
    session: Session,
    settings: Settings,
    now: datetime.datetime,
    given: Any,
) -> Any:
    """Return whom the request speaks for. Raises what ``checks`` raise when that may not ask this."""
    known = given and face.identify and face.identify(session, settings, given, now)
    principal = known or face.nobody
    for check in checks:
        check(principal)
    return principal


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
