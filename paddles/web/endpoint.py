"""What an endpoint declares of itself, and its requests brought into that shape."""

import functools
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import UnionType
from typing import Any, Never, get_args

from pydantic import BaseModel, RootModel

from paddles.errors import Malformed, PaddlesError
from paddles.web import auth, pages
from paddles.web import body as bodies
from paddles.web import query as queries
from paddles.web.incoming import Incoming

JSON = "application/json"
EVENTS = "text/event-stream"


class Events(RootModel[Any]):
    """What an endpoint declares that answers with a ``streams.Stream``."""


class Html(RootModel[str]):
    """What an endpoint declares that answers with a page."""


class Yaml(RootModel[Any]):
    """What an endpoint declares that answers with a file of YAML."""


class Zip(RootModel[Any]):
    """What an endpoint declares that answers with a zip."""


class Svg(RootModel[Any]):
    """What an endpoint declares that answers with an image."""


class Atom(RootModel[Any]):
    """What an endpoint declares that answers with a feed (RFC 4287)."""


class OpenSearch(RootModel[Any]):
    """What an endpoint declares that answers with how a site is searched (OpenSearch 1.1)."""


class Csv(RootModel[str]):
    """What an endpoint declares beside JSON, as ``Answer | Csv``, that answers with CSV where it is asked to."""


class Anything(RootModel[Any]):
    """What an endpoint declares that answers with what others have written, of whatever kind."""


PRODUCED: dict[Any, str] = {
    str: "text/plain",
    bytes: "application/octet-stream",
    Zip: "application/zip",
    Svg: "image/svg+xml",
    Atom: "application/atom+xml",
    OpenSearch: "application/opensearchdescription+xml",
    Csv: "text/csv",
    Anything: "*/*",
    Events: EVENTS,
    Html: pages.HTML,
    Yaml: "text/yaml",
}


# What endpoints declare that answer with another status than 200: with 204 there is no body.
ACCEPTED: Mapping[int, Any] = {202: None}
NO_CONTENT: Mapping[int, Any] = {204: Never}


@dataclass(frozen=True)
class Use:
    """What an endpoint does with the database: it ``reads`` only, or writes too; or needs none."""

    reads: bool = True
    database: bool = True


@dataclass(frozen=True)
class Endpoint:
    """What an endpoint declares of itself: how its requests are checked, and what the service's description says of it.

    ``by_status`` are the types of its answers: none where it only refuses, Never where there is no body. What a handler
    returns without saying a status has that of ``status``. For the description alone: ``refuses`` are the errors that
    the handler answers with besides those that any endpoint of its kind may; ``also`` what it answers with instead of
    JSON where it is asked to. ``who`` lets some through.
    """

    handler: Callable[..., Any]
    body: type[BaseModel] | type[bytes] | type[Incoming] | None = None
    query: type[queries.Query] = queries.Query
    body_optional: bool = False
    by_status: Mapping[int, Any] = field(default_factory=lambda: {200: Any})
    refuses: tuple[type[PaddlesError], ...] = ()
    who: Callable[[Any], Any] | None = None
    use: Use = Use()
    also: tuple[Any, ...] = ()

    @functools.cached_property
    def status(self) -> int:
        """The status of what it usually answers: 200 where it has that."""
        return min(self.by_status, default=200)

    @property
    def answers(self) -> Any:
        """The type of what it usually answers."""
        return self.by_status.get(self.status, Never)

    @functools.cached_property
    def produces(self) -> str:
        """The content type of what it answers: text and files say so themselves, all else is JSON."""
        return PRODUCED.get(self.answers, JSON) if isinstance(self.answers, type) else JSON


def declare(
    handler: Callable[..., Any],
    body: Any,
    query: type[queries.Query],
    answers: Any,
    refuses: tuple[type[PaddlesError], ...],
    who: Callable[[Any], Any] | None,
    use: Use,
) -> Endpoint:
    """Return the endpoint of a handler; a body declared as ``Model | None`` may be absent."""
    also = (Csv,) if isinstance(answers, UnionType) and Csv in get_args(answers) else ()
    if also:
        answers = functools.reduce(operator.or_, (each for each in get_args(answers) if each is not Csv))
    by_status = answers if isinstance(answers, Mapping) else {} if answers is Never else {200: answers}
    kinds = get_args(body) if isinstance(body, UnionType) else (body,)
    return Endpoint(handler, kinds[0], query, len(kinds) > 1, by_status, refuses, who, use, also)


def shaped(declared: Endpoint, environ: Mapping[str, Any], data: Any) -> tuple[queries.Query, Any]:
    """Return the query and the body of a request as its endpoint wants them."""
    return queries.parse(declared.query, environ.get("QUERY_STRING", "")), _said(declared, environ, data)


def shown(
    declared: Endpoint, environ: Mapping[str, Any], data: bytes, credential: Callable[[Mapping[str, Any]], Any]
) -> Any:
    """Return what a request shows of who asks, by its face's ``credential``: a filled-in form may hold a token, too."""
    brought = credential(environ)
    if brought or not _filled_in(declared.body, environ, data):
        return brought
    try:
        given = auth.credential(bodies.form(data).get(auth.PARAMETER, ""))
    except Malformed:
        return None  # which is said when it is known who asks
    return given and given.secret


def _filled_in(kind: Any, environ: Mapping[str, Any], data: bytes) -> bool:
    return isinstance(kind, type) and issubclass(kind, bodies.Fillable) and bodies.filled_in(environ, data)


def _said(declared: Endpoint, environ: Mapping[str, Any], data: Any) -> Any:
    """Return the body of a request as its endpoint wants it."""
    kind: Any = declared.body
    if kind is bytes or kind is Incoming:
        return data
    if kind is None or (declared.body_optional and not data):
        return None
    if _filled_in(kind, environ, data):
        return bodies.bind(kind, kind.of_form(bodies.form(data)))
    return bodies.bind(kind, bodies.form(data) if issubclass(kind, bodies.Form) else bodies.decode(data))
