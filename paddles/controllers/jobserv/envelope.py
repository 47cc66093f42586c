"""What all answers of the face are wrapped in (JSend), and the address that their links begin with."""

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel

from paddles.web import origins
from paddles.web.face import Call


class Success(BaseModel):
    """What was asked for."""

    status: Literal["success"]
    data: Any


CREATED: Mapping[int, Any] = {201: Success}
ACCEPTED: Mapping[int, Any] = {202: Success}


def success(data: Any = None) -> dict[str, Any]:
    """Return the answer that says that all went well."""
    return {"status": "success", "data": {} if data is None else data}


def base(call: Call) -> str:
    """Return the scheme and host by which the client reached us, which absolute links begin with."""
    return origins.base("", call.headers)


def page(call: Call, name: str, items: list[Any], total: int, limit: int, number: int) -> dict[str, Any]:
    """Return a page of a list: ``number`` is that of the page, from 0; ``next`` is where there is another one."""
    pages = -(-total // limit)
    said: dict[str, Any] = {"limit": limit, "page": number, "pages": pages, "total": total, name: items}
    if number + 1 < pages:
        said["next"] = f"{origins.address(call.headers)}?{_next(call, limit, number)}"
    return said


def _next(call: Call, limit: int, number: int) -> str:
    said = parse_qsl(call.headers.get("QUERY_STRING", ""), keep_blank_values=True)
    others = [(name, value) for name, value in said if name not in ("limit", "page")]
    return urlencode([*others, ("limit", limit), ("page", number + 1)])
