"""The query string of a request: bind it to a pydantic model, or say what is wrong with it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from paddles.db.pages import Page
from paddles.errors import Fault, Malformed, NotFound

Q = TypeVar("Q", bound="Query")
MOST = 1_000_000
MOST_FAULTS = 20
TRUE = frozenset(("1", "t", "true", "y", "yes", "on"))
# Of what is called so nothing is said back.
SECRET = ("password", "token", "secret")
# Of what is numbered here nothing has a longer number.
LONGEST_NUMBER = 18
FALSE = frozenset(("0", "f", "false", "n", "no", "off"))


class Query(BaseModel):
    """What every query derives from: unknown parameters are ignored, of repeated ones the last counts."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @classmethod
    def gathered(cls, pairs: Sequence[tuple[str, str]]) -> Mapping[str, Any]:
        """Return the parameters of a query string by name."""
        return dict(pairs)


def _number(value: Any) -> Any:
    if isinstance(value, str):
        if not value.isascii() or not value.isdigit():
            raise ValueError("must be an integer")
        value = min(int(value), MOST * MOST) if len(value) < 20 else MOST * MOST
    return value


def _boolean(value: Any) -> Any:
    if isinstance(value, str):
        if value.lower() not in TRUE | FALSE:
            raise ValueError("must be true or false")
        return value.lower() in TRUE
    return value


def _text(value: str) -> str:
    if "\0" in value:
        raise ValueError("must not hold a NUL character")
    return value


# ``1 0 true false`` and what else PostgreSQL reads as one of them; clients write ``1``, ``0`` and ``True``.
Boolean = Annotated[bool, BeforeValidator(_boolean)]
Count = Annotated[int, Field(ge=0, le=MOST), BeforeValidator(_number)]
# A number of any size; one that nothing could reach is taken for a large one.
Whole = Annotated[int, BeforeValidator(_number)]
Text = Annotated[str, AfterValidator(_text)]


def page(count: int | None, number: int) -> Page:
    """Return the part of a list that ``count`` rows a page and a page number from 1 (0 is taken for 1) ask for."""
    return Page(count, 0 if count is None else count * (max(number, 1) - 1))


def parse(model: type[Q], query_string: str) -> Q:
    """Return the query as ``model``.

    Raises:
        Invalid: a parameter has a value that it cannot have, or is not UTF-8; the message names it.
    """
    try:
        # Bytes that nobody escaped arrive as the Latin-1 letters that WSGI makes of them.
        text = query_string.encode("latin-1").decode()
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=200)
    except (UnicodeDecodeError, ValueError):
        message = "the query string is not UTF-8, or has too many parameters"
        raise Malformed(message, (Fault("query_invalid", ("query",), message),)) from None
    try:
        return model.model_validate(model.gathered(pairs))
    except ValidationError as error:
        raise malformed("query", error) from None


def malformed(part: str, error: ValidationError) -> Malformed:
    """Return the first faults that pydantic found in a part of a request, ``query`` or ``body``.

    The message says them in one sentence: ``count must be an integer; page: ...``.
    """
    found = error.errors(include_url=False, include_context=True, include_input=True)[:MOST_FAULTS]
    faults = tuple(Fault(each["type"], (part, *each["loc"]), each["msg"], _shown(each)) for each in found)
    return Malformed("; ".join(_fault(each) for each in found), faults)


def _shown(each: Any) -> str | int | float | bool | None:
    """Return what was sent, unless it is long, holds more than was found wanting, or is somebody's secret."""
    value = each["input"]
    hidden = any(word in str(part) for part in each["loc"] for word in SECRET)
    short = not isinstance(value, str) or len(value) <= 200
    return value if short and not hidden and isinstance(value, str | int | float | bool) else None


def _fault(each: Any) -> str:
    where = ".".join(str(part) for part in each["loc"])
    if each["type"] == "missing":
        return f"could not find required key: '{where}'"
    if each["type"] == "value_error":
        reason = str(each["ctx"]["error"])
        return f"{where} {reason}" if where and reason.startswith("must ") else reason
    return f"{where}: {each['msg']}" if where else each["msg"]


def number(text: str, what: str) -> int:
    """Return a number that stands in the path of an address. Raises NotFound: nothing has another one."""
    if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER:
        return int(text)
    raise NotFound(f"there is no {what} {text[:80]}")
