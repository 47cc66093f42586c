"""The body of a request: read it within bounds, as JSON whatever its label says, and bind it to a pydantic model."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import orjson
from gunicorn.http.errors import ParseException
from pydantic import BaseModel, RootModel, ValidationError

from paddles.errors import Fault, Invalid, Malformed, TooLarge
from paddles.web.query import malformed

B = TypeVar("B", bound=BaseModel)


class Form(BaseModel):
    """What bodies derive from that are sent as a form, ``application/x-www-form-urlencoded``, not as JSON."""


class Fillable(BaseModel):
    """What bodies derive from that are JSON, or a form that somebody has filled in.

    Such a form may also hold ``access_token``, which speaks for somebody (RFC 6750, section 2.2).
    """

    @classmethod
    def of_form(cls, fields: Mapping[str, str]) -> Mapping[str, Any]:
        """Return what the fields of a form stand for in JSON."""
        return fields


UNDECODABLE = "could not decode JSON body"
FORM = "application/x-www-form-urlencoded"
DEEPEST = 200
# Beyond 64 bits a number would silently become a float: look closer where so many digits stand in a row.
LONG_NUMBER = b"0" * 19
ANY_DIGIT = bytes.maketrans(b"123456789", b"0" * 9)
SMALLEST, LARGEST = -(2**63), 2**64 - 1


def read(environ: Mapping[str, Any], limit: int) -> bytes:
    """Return the body of a request, of ``limit`` bytes at most, chunked or not.

    Raises:
        TooLarge: it is longer; not more than ``limit`` bytes of it were read.
        Invalid: its length is no number, its chunks are none, or less came than was announced.
    """
    announced = length(environ)
    if announced == 0:
        return b""
    wanted = limit + 1 if announced is None else announced
    if announced is not None and announced > limit:
        raise TooLarge(f"a request body has at most {limit} bytes")
    data = received(environ, wanted)
    if len(data) > limit:
        raise TooLarge(f"a request body has at most {limit} bytes")
    if announced is not None and len(data) < announced:
        raise Invalid("the request ended before its body did")
    return data


def length(environ: Mapping[str, Any]) -> int | None:
    """Return how long the body of a request is said to be, 0 where there is none, None where it comes in chunks.

    Raises:
        Invalid: that is no number, or the server takes no chunks.
    """
    said = environ.get("CONTENT_LENGTH") or ""
    chunked = environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked"
    if chunked and not environ.get("wsgi.input_terminated"):
        raise Invalid("this server takes no chunked bodies: send a Content-Length")
    if said and not (said.isascii() and said.isdigit()):
        raise Invalid("Content-Length is not a number")
    return None if chunked else int(said or "0")


def received(environ: Mapping[str, Any], size: int) -> bytes:
    """Return the next bytes of a body, ``size`` at most. Raises Invalid when they do not come."""
    try:
        data: bytes = environ["wsgi.input"].read(size)
    except (OSError, ParseException):
        # What servers raise when a client leaves, or sends no chunks where it announced them.
        raise Invalid("the body of the request could not be read") from None
    return data


def decode(data: bytes) -> Any:
    """Return what JSON text says. Of equal keys in one object the last counts.

    Raises:
        Invalid: it is not JSON (NaN and infinities are not), or holds what cannot be stored unchanged: a NUL
            character, half a surrogate pair, an integer beyond 64 bits, more than ``DEEPEST`` levels.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise _unreadable(UNDECODABLE) from None
    if LONG_NUMBER in data.translate(ANY_DIGIT):
        _refuse_long_numbers(data)
    if b"\\u0000" in data and b"\\u0000" in orjson.dumps(value):
        _refuse_nul(value)
    if data.count(b"{") + data.count(b"[") > DEEPEST:
        _refuse_depth(value)
    return value


def form(data: bytes) -> dict[str, str]:
    """Return the fields of a form as browsers encode it; of equal names the last counts.

    Raises:
        Malformed: it is not UTF-8, has too many fields, or holds a NUL character.
    """
    try:
        pairs = parse_qsl(data.decode(), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise _unreadable("could not decode the form") from None
    if any("\0" in text for pair in pairs for text in pair):
        raise _unreadable("a NUL character cannot be stored")
    return dict(pairs)


def filled_in(environ: Mapping[str, Any], data: bytes) -> bool:
    """Return whether a body is a form: called so, and not JSON, since there are clients which call that a form, too."""
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    return kind == FORM and not data.lstrip().startswith(b"{")


def bind(model: type[B], value: Any) -> B:
    """Return a decoded body as ``model``.

    Raises:
        Invalid: it is no JSON object where it must be one, or holds what it cannot have; the message names each.
    """
    if not isinstance(value, dict) and not issubclass(model, RootModel):
        raise _unreadable(f"{UNDECODABLE}: it must be an object")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise malformed("body", error) from None


def _unreadable(message: str) -> Malformed:
    return Malformed(message, (Fault("json_invalid", ("body",), message),))


def _refuse_long_numbers(data: bytes) -> None:
    def check(text: str) -> int:
        if len(text) > 20 or not SMALLEST <= int(text) <= LARGEST:
            raise _unreadable("an integer beyond 64 bits cannot be stored")
        return int(text)

    try:
        json.loads(data, parse_int=check)
    except RecursionError:
        raise _unreadable(f"a body nests at most {DEEPEST} levels") from None


def _refuse_nul(value: Any) -> None:
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, str) and "\0" in item:
            raise _unreadable("a NUL character cannot be stored")
        todo.extend(_children(item))


def _refuse_depth(value: Any) -> None:
    level, depth = [value], 0
    while level:
        level, depth = [child for item in level for child in _children(item)], depth + 1
        if depth > DEEPEST:
            raise _unreadable(f"a body nests at most {DEEPEST} levels")


def _children(item: Any) -> list[Any]:
    if isinstance(item, dict):
        return [*item, *item.values()]
    return item if isinstance(item, list) else []
