"""The body of a request: read within bounds, decoded as JSON, bound to a model."""

from io import BytesIO
from typing import Any

import pytest
from pydantic import BaseModel

from paddles.errors import Invalid, TooLarge
from paddles.web import body

LIMIT = 10


class Thing(BaseModel):
    """What a body may be."""

    name: str
    size: int = 0


def environ(data: bytes = b"", **said: Any) -> dict[str, Any]:
    """Return the part of a WSGI environment that tells of a body."""
    return {"wsgi.input": BytesIO(data), **said}


CHUNKED: dict[str, Any] = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (environ(b"ignored"), b""),
        (environ(b"ignored", CONTENT_LENGTH=""), b""),
        (environ(b"ignored", CONTENT_LENGTH="0"), b""),
        (environ(b"12345", CONTENT_LENGTH="5"), b"12345"),
        (environ(b"12345next request", CONTENT_LENGTH="5"), b"12345"),
        (environ(b"1234567890", CONTENT_LENGTH="10"), b"1234567890"),
        (environ(b"12345", **CHUNKED), b"12345"),
        (environ(b"1234567890", **CHUNKED), b"1234567890"),
        (environ(b"", **CHUNKED), b""),
        (environ(b"12345", **{**CHUNKED, "HTTP_TRANSFER_ENCODING": "Chunked"}), b"12345"),
        (environ(b"12345", CONTENT_LENGTH="999", **CHUNKED), b"12345"),
    ],
)
def test_a_body_is_read_as_far_as_it_goes(given: dict[str, Any], expected: bytes) -> None:
    """By its length, or to its end when it comes in chunks; never into the next request."""
    assert expected == body.read(given, LIMIT)


@pytest.mark.parametrize(
    "given",
    [environ(b"x" * 11, CONTENT_LENGTH="11"), environ(b"", CONTENT_LENGTH="9" * 30), environ(b"x" * 11, **CHUNKED),
     environ(b"x" * 1000, **CHUNKED)],
)  # fmt: skip
def test_a_body_over_the_limit_is_not_read_to_its_end(given: dict[str, Any]) -> None:
    """It is refused by its length unread, or after one byte too many."""
    with pytest.raises(TooLarge, match="a request body has at most 10 bytes"):
        body.read(given, LIMIT)

    assert given["wsgi.input"].tell() <= LIMIT + 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (environ(b"x", CONTENT_LENGTH="abc"), "Content-Length is not a number"),
        (environ(b"x", CONTENT_LENGTH="-1"), "Content-Length is not a number"),
        (environ(b"x", CONTENT_LENGTH="1_0"), "Content-Length is not a number"),
        (environ(b"x", CONTENT_LENGTH="٣"), "Content-Length is not a number"),
        (environ(b"123", CONTENT_LENGTH="5"), "the request ended before its body did"),
        (environ(b"x", HTTP_TRANSFER_ENCODING="chunked"), "this server takes no chunked bodies: send a Content-Length"),
    ],
)
def test_a_body_that_lies_about_itself_is_refused(given: dict[str, Any], message: str) -> None:
    """A length that is none, more than came, and chunks that the server does not unpack."""
    with pytest.raises(Invalid) as refusal:
        body.read(given, LIMIT)

    assert message == str(refusal.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b" \n[] ", []),
        (b"null", None),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        ('"ü😀"'.encode(), "ü😀"),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'"\\\\u0000"', "\\u0000"),
        (b"18446744073709551615", 2**64 - 1),
        (b"-9223372036854775808", -(2**63)),
        (b"0.12345678901234567890123", 0.12345678901234568),
        (b'"12345678901234567890123"', "12345678901234567890123"),
        (b"1e300", 1e300),
        (b"[" * 200 + b"]" * 200, "deep"),
        (b"[" + b"[]," * 500 + b"{}]", "wide"),
    ],
)
def test_json_is_decoded(text: bytes, expected: Any) -> None:
    """Whatever JSON can say and the database can keep unchanged."""
    value = body.decode(text)

    if expected == "deep":
        assert str(value) == text.decode()
    elif expected == "wide":
        assert 501 == len(value)
    else:
        assert expected == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "could not decode JSON body"),
        (b"{", "could not decode JSON body"),
        (b"NaN", "could not decode JSON body"),
        (b"[Infinity]", "could not decode JSON body"),
        (b"1e999", "could not decode JSON body"),
        (b'"\\ud800"', "could not decode JSON body"),
        (b'"\xff"', "could not decode JSON body"),
        (b"[" * 100_000, "could not decode JSON body"),
        (b"[" * 201 + b"]" * 201, "a body nests at most 200 levels"),
        (b'{"a":' * 500 + b"1" + b"}" * 500, "a body nests at most 200 levels"),
        (b'"\\u0000"', "a NUL character cannot be stored"),
        (b'{"\\u0000": 1}', "a NUL character cannot be stored"),
        (b'[["\\\\u0000", {"a": "\\u0000"}]]', "a NUL character cannot be stored"),
        (b"18446744073709551616", "an integer beyond 64 bits cannot be stored"),
        (b"[-9223372036854775809]", "an integer beyond 64 bits cannot be stored"),
        (b"-" + b"1" * 250, "an integer beyond 64 bits cannot be stored"),
    ],
)
def test_what_is_not_json_or_cannot_be_kept_is_refused(text: bytes, message: str) -> None:
    """The refusal says which of the two it is."""
    with pytest.raises(Invalid) as refusal:
        body.decode(text)

    assert message == str(refusal.value)


@pytest.mark.parametrize("value", [None, [], "x", 5, True])
def test_a_body_is_an_object(value: Any) -> None:
    """Anything else cannot be decoded as one."""
    with pytest.raises(Invalid, match=r"could not decode JSON body: it must be an object"):
        body.bind(Thing, value)


def test_an_object_is_bound() -> None:
    """Values arrive in their types, defaults filled in."""
    assert Thing(name="x", size=0) == body.bind(Thing, {"name": "x"})


def test_every_fault_of_an_object_is_named() -> None:
    """A missing key in the words that clients know, a wrong value under its name, all in one sentence."""
    with pytest.raises(Invalid) as refusal:
        body.bind(Thing, {"size": "x"})

    assert str(refusal.value).startswith("could not find required key: 'name'; size: ")
