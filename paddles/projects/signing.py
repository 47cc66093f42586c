"""Signatures: of addresses that expire, of administrators' requests, and of webhooks, ours and those of forges. Pure.

All are compared in a time that says nothing of where they differ, and none is right by an empty key.
"""

import datetime
import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import astuple, dataclass

from paddles.errors import Forbidden, Unauthenticated

SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
# How far the clock of an administrator may be off.
SKEW_S = 300


@dataclass(frozen=True)
class Access:
    """What an address allows: one method on one file of one run, whose content is of this type."""

    method: str
    run: str
    path: str
    content_type: str = ""


def sign(key: bytes, access: Access, expires: int) -> str:
    """Return the signature of an address that is good until ``expires``, in seconds of UNIX time."""
    # As JSON, no two of these are one text.
    return _hex(key, json.dumps([*astuple(access), expires]).encode(), "sha256")


def check(key: bytes, access: Access, expires: str, signature: str, now: datetime.datetime) -> None:
    """Do nothing when an address is good for this access; ``expires`` and ``signature`` are what stands in it.

    Raises:
        Unauthenticated: it was signed for another access, by another key, or has expired.
    """
    if not SECONDS.fullmatch(expires) or not key or not _same(signature, sign(key, access, int(expires))):
        raise Unauthenticated("the address is not signed for this")
    if now.timestamp() >= int(expires):
        raise Unauthenticated("the address has expired")


def sign_request(key: str, method: str, seconds: str, url: str) -> str:
    """Return the signature of an administrator's request; ``url`` is absolute and has no query.

    Source: JobServ's internal requests, which have it in ``X-JobServ-Sig`` and the time in ``X-Time``.
    """
    return _hex(key.encode(), f"{method},{seconds},{url}".encode(errors="surrogatepass"), "sha1")


def check_request(key: str, method: str, seconds: str, url: str, signature: str, now: datetime.datetime) -> None:
    """Do nothing when a request is an administrator's; ``seconds`` and ``signature`` are what its headers say.

    Raises:
        Unauthenticated: it was not signed, not so, or more than ``SKEW_S`` seconds from now.
    """
    if not key or not signature or not SECONDS.fullmatch(seconds):
        raise Unauthenticated("the request is not signed")
    if not _same(signature, sign_request(key, method, seconds, url)):
        raise Unauthenticated("the request's signature is wrong")
    if abs(now.timestamp() - int(seconds)) > SKEW_S:
        raise Unauthenticated(f"the request was signed more than {SKEW_S} seconds from now")


def of_webhook(secret: str, body: bytes) -> str:
    """Return the signature of a webhook of ours, as it stands in ``X-JobServ-Sig``."""
    return f"sha256:{_hex(secret.encode(), body, 'sha256')}"


def github(keys: Iterable[str], body: bytes, sha1: str, sha256: str) -> int:
    """Return the place in ``keys`` of the one by which GitHub has signed a body.

    Args:
        sha1, sha256: ``X-Hub-Signature`` and ``X-Hub-Signature-256``, empty where there is none; the latter counts.

    Raises:
        Unauthenticated: there is neither.
        Forbidden: none of the keys has signed this.
    """
    if not sha1 and not sha256:
        raise Unauthenticated("the webhook is not signed")
    said, kind = (sha256, "sha256") if sha256 else (sha1, "sha1")
    return _first(_same(said, f"{kind}={_hex(key.encode(), body, kind)}") if key else False for key in keys)


def gitlab(keys: Iterable[str], token: str) -> int:
    """Return the place in ``keys`` of the one that GitLab has sent as its token. Raises Forbidden: it is none."""
    return _first(bool(key) and _same(token, key) for key in keys)


def _first(right: Iterable[bool]) -> int:
    # All are looked at, so that nobody sees by the time how many were.
    places = [place for place, is_right in enumerate(list(right)) if is_right]
    if not places:
        raise Forbidden("the webhook's signature is wrong")
    return places[0]


def _hex(key: bytes, said: bytes, kind: str) -> str:
    return hmac.digest(key, said, kind).hex()


def _same(said: str, right: str) -> bool:
    # Text that is not ASCII cannot be compared as text.
    return hmac.compare_digest(said.encode(errors="surrogatepass"), right.encode())
