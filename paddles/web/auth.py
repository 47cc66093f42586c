"""The credential that a request brings in its Authorization header."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

LONGEST = 8192
PARAMETER = "access_token"
MOST_PARAMETERS = 200
SCHEMES = ("bearer", "token", "basic")


@dataclass(frozen=True)
class Credential:
    """``secret`` and how it was sent: ``scheme`` is ``bearer``, ``token`` or ``basic``, blank where there was none.

    With ``basic`` the secret is the password, and ``name`` is whose.
    """

    scheme: str
    secret: str = field(repr=False)
    name: str = ""


def sent(environ: Mapping[str, Any]) -> Credential | None:
    """Return what a request brings: in its header, else in its address as ``access_token`` (RFC 6750, section 2.3).

    The latter is for firmware, which can send no header; addresses are read by more people than headers.
    """
    header = environ.get("HTTP_AUTHORIZATION", "")
    if header or PARAMETER not in environ.get("QUERY_STRING", ""):
        return credential(header)
    try:
        said = dict(parse_qsl(environ["QUERY_STRING"], max_num_fields=MOST_PARAMETERS))
    except ValueError:
        return None
    return credential(said.get(PARAMETER, ""))


def token(environ: Mapping[str, Any]) -> str | None:
    """Return the secret that a request brings (:func:`sent`), None where it brings none."""
    given = sent(environ)
    return given.secret if given else None


def credential(header: str) -> Credential | None:
    """Return what an Authorization header says, None when it is blank or nothing that we understand."""
    header = header.strip()
    if not header or len(header) > LONGEST:
        return None
    first, _, rest = header.partition(" ")
    scheme, secret = (first.lower(), rest.strip()) if rest else ("", first)
    if scheme not in ("", *SCHEMES) or not secret:
        return None
    return _basic(secret) if scheme == "basic" else Credential(scheme, secret)


def _basic(encoded: str) -> Credential | None:
    try:
        name, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return Credential("basic", password, name) if colon and password else None
