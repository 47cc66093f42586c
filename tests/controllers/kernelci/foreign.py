"""Tokens that KernelCI's other services make for their clients."""

from typing import Any

import jwt

SECRET = "what the services of KernelCI share"
MAY = ("checkout", "testretry", "patchset")


def bare(claims: dict[str, Any] | None = None, secret: str = SECRET) -> dict[str, str]:
    """Return the header of a token that the pipeline's own tools make: bare, all permissions unless others are said."""
    said = {"email": "eve@example.org", "permissions": list(MAY), **(claims or {})}
    return {"HTTP_AUTHORIZATION": jwt.encode(said, secret, "HS256")}


def message(answer: Any) -> str:
    """Return what an answer says, which is all that it says."""
    assert ["message"] == list(answer.json)
    return str(answer.json["message"])
