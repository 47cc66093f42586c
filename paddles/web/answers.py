"""What a handler may answer besides what becomes the JSON of its endpoint, and the responses that are made of it."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from webob import Response

from paddles.db.session import Session
from paddles.web import pages, ranges
from paddles.web.endpoint import JSON

# What others have written is shown as what it is said to be, and runs nothing.
UNTRUSTED: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline' 'self'; img-src 'self' data:",
}


@dataclass(frozen=True)
class File:
    """An answer of bytes, and ``etag``, its version, which a client that has it is not sent again.

    ``kind`` is its content type where it is not the one that its endpoint declares, ``headers`` are further ones.
    """

    content: bytes
    etag: str
    kind: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Download:
    """An answer of ``size`` bytes that others have written, or of the part of them that the client asks for.

    ``part(start, stop)`` yields the bytes of a part, ``kind`` is their content type, ``headers`` are further ones.
    """

    size: int
    part: Callable[[int, int], Iterable[bytes]]
    kind: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Flow:
    """An answer of as many pieces as it takes, each read in a unit of work of its own, so that none is long.

    ``piece(session, place)`` returns the piece at a place and the place behind it, None behind the last; the first is
    at ``begin``. ``kind`` is the content type of the whole.
    """

    piece: Callable[[Session, Any], tuple[bytes, Any]]
    begin: Any
    kind: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """An answer with a status or ``headers`` of its own: JSON, or without ``content`` no body at all."""

    status: int
    content: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Then:
    """What a handler answers that has something to do outside of its unit of work, with files for instance.

    When its unit is committed ``outside`` is called, then ``work(session)`` gives the answer in a unit of its own; that
    may be another of these.
    """

    outside: Callable[[], None]
    work: Callable[[Session], Any]


def versioned(content: bytes, headers: Mapping[str, str]) -> File:
    """Return bytes as an answer whose version is what they are."""
    return File(content, hashlib.sha256(content).hexdigest()[:32], headers=headers)


def respond(status: int, answer: object, headers: Mapping[str, str] | None = None) -> Response:
    """Return ``answer`` as a JSON response; bytes are sent as they are."""
    data = answer if isinstance(answer, bytes) else orjson.dumps(answer)
    response = Response(status=status, body=data, content_type=JSON, charset="utf-8")
    response.headers.update(headers or {})
    return response


def send(answer: Any, kind: str, environ: Mapping[str, Any]) -> Response:
    """Return text, a page or a file as a response of its kind; who has its version is told so instead."""
    if isinstance(answer, pages.Page):
        return pages.sent(answer, environ)
    if isinstance(answer, File):
        response = Response(body=answer.content, content_type=answer.kind or kind, conditional_response=True)
        response.etag = answer.etag
        response.headers.update(answer.headers)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
    if kind == pages.HTML:
        return pages.answer(answer)
    if isinstance(answer, str):
        return Response(body=answer.encode(), content_type=kind, charset="utf-8")
    return respond(200, answer)


def flow(answer: Flow, unit: Callable[[Callable[[Session], Any]], Any], environ: Mapping[str, Any]) -> Response:
    """Return an answer that is read while it is sent: ``unit(work)`` does what each piece takes.

    What is wrong with the first piece is raised; where another fails the answer breaks off, which its client sees.
    """

    def read(place: Any) -> tuple[bytes, Any]:
        found: tuple[bytes, Any] = unit(lambda session: answer.piece(session, place))
        return found

    def rest(piece: bytes, place: Any) -> Iterator[bytes]:
        yield piece
        while place is not None:
            piece, place = read(place)
            yield piece

    begun = read(answer.begin)
    response = Response(status=200, content_type=answer.kind, charset="utf-8")
    response.headers.update({"X-Content-Type-Options": "nosniff", **answer.headers})
    if environ["REQUEST_METHOD"] != "HEAD":
        response.app_iter = rest(*begun)
    return response


def offer(download: Download, environ: Mapping[str, Any]) -> Response:
    """Return a download as a response: all of it, or the part that the client asks for (RFC 9110, section 14)."""
    wanted = ranges.wanted(environ.get("HTTP_RANGE", ""), download.size)
    if wanted is None or "HTTP_IF_RANGE" in environ:
        # There are no versions to compare: whoever has a part of one is sent all.
        wanted = ranges.Part(0, download.size)
        response = Response(status=200)
    elif wanted.start >= wanted.stop:
        response = respond(416, b"")
        response.headers["Content-Range"] = f"bytes */{download.size}"
        return response
    else:
        response = Response(status=206)
        response.headers["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{download.size}"
    response.headers.update({**UNTRUSTED, "Accept-Ranges": "bytes", "Content-Type": download.kind, **download.headers})
    if environ["REQUEST_METHOD"] != "HEAD":
        response.app_iter = download.part(wanted.start, wanted.stop)
    response.content_length = wanted.stop - wanted.start
    return response
