"""The query string: bound to a model, or refused with a reason."""

from typing import Any

import pytest

from paddles.db.pages import Page
from paddles.errors import Invalid, NotFound
from paddles.web import query


class Asked(query.Query):
    """One parameter of each kind."""

    count: query.Count | None = None
    page: query.Count = 1
    up: query.Boolean | None = None
    name: query.Text | None = None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("count=7", {"count": 7}),
        ("count=007", {"count": 7}),
        ("count=0&page=0", {"count": 0, "page": 0}),
        ("count=1000000", {"count": 1_000_000}),
        ("count=1&count=2", {"count": 2}),
        ("name=", {"name": ""}),
        ("name", {"name": ""}),
        ("name=a+b%20c%2Bd", {"name": "a b c+d"}),
        ("name=a;b", {"name": "a;b"}),
        ("name=a=b", {"name": "a=b"}),
        ("name=%C3%BC", {"name": "ü"}),
        ("name=\u00c3\u00bc", {"name": "ü"}),
        ("name=100%25", {"name": "100%"}),
        ("name=%zz", {"name": "%zz"}),
        ("nope=1&_method=delete&self=2", {}),
        ("&&&", {}),
    ],
)
def test_a_query_is_bound(text: str, expected: dict[str, Any]) -> None:
    """Parameters become values of their types; unknown ones are ignored, of repeated ones the last counts."""
    asked = query.parse(Asked, text)

    assert Asked(**expected) == asked


@pytest.mark.parametrize(("text", "expected"), [
    *((text, True) for text in ("1", "true", "True", "TRUE", "t", "yes", "y", "on")),
    *((text, False) for text in ("0", "false", "False", "FALSE", "f", "no", "n", "off"))])  # fmt: skip
def test_booleans_are_read_as_the_clients_write_them(text: str, expected: bool) -> None:
    """``1 0 true false True False``, and what else PostgreSQL would take."""
    assert query.parse(Asked, f"up={text}").up is expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("count=x", "count must be an integer"),
        ("count=-1", "count must be an integer"),
        ("count=1.0", "count must be an integer"),
        ("count=", "count must be an integer"),
        ("count=%D9%A3", "count must be an integer"),
        ("up=2", "up must be true or false"),
        ("up=", "up must be true or false"),
        ("up=truely", "up must be true or false"),
        ("name=a%00", "name must not hold a NUL character"),
        ("count=x&page=y", "count must be an integer; page must be an integer"),
        ("name=%ff", "the query string is not UTF-8, or has too many parameters"),
        ("%ff=1", "the query string is not UTF-8, or has too many parameters"),
        ("name=\u00ff", "the query string is not UTF-8, or has too many parameters"),
        ("&".join(["a=1"] * 201), "the query string is not UTF-8, or has too many parameters"),
    ],
)
def test_a_bad_query_is_refused(text: str, message: str) -> None:
    """The refusal names each parameter that is wrong, and how."""
    with pytest.raises(Invalid) as refusal:
        query.parse(Asked, text)

    assert message == str(refusal.value)


@pytest.mark.parametrize("text", ["count=1000001", "count=" + "9" * 19, "count=" + "9" * 10_000, "page=99999999"])
def test_numbers_have_bounds(text: str) -> None:
    """A number of any length beyond the bound is refused, not computed with."""
    with pytest.raises(Invalid, match=text.partition("=")[0]):
        query.parse(Asked, text)


@pytest.mark.parametrize(
    ("count", "number", "expected"),
    [(25, 1, Page(25, 0)), (25, 2, Page(25, 25)), (25, 0, Page(25, 0)), (0, 5, Page(0, 0)), (None, 3, Page(None, 0))],
)
def test_pages_are_counted_from_one(count: int | None, number: int, expected: Page) -> None:
    """Page 0 is the first; a list that is not counted has one page."""
    assert expected == query.page(count, number)


@pytest.mark.parametrize("text", ["", "x", "-1", "+1", " 1", "1.0", "\u0661", "1" * 19, "<script>", "1\0"])
def test_what_is_no_number_is_not_there(text: str) -> None:
    """In a path: nothing has such a number, and the refusal names it, cut."""
    assert 12 == query.number("12", "job")
    with pytest.raises(NotFound, match="there is no job"):
        query.number(text, "job")
