"""Where a request comes from, and the address under which its client has reached the service."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9a-fA-F:.]{2,45}\](:[0-9]{1,5})?")
PAIR = re.compile(r'(host|proto)="?([^";,]*)"?', re.IGNORECASE)


def base(configured: str, headers: Mapping[str, Any]) -> str:
    """Return what addresses of ours begin with, without a slash at the end.

    That is what was ``configured``; else what a proxy near us says that it was asked (``Forwarded``, or
    ``X-Forwarded-Host`` and ``X-Forwarded-Proto``); else what the request itself was sent to.
    """
    if configured:
        return configured.rstrip("/")
    host, scheme = str(headers.get("HTTP_HOST") or ""), str(headers.get("wsgi.url_scheme") or "http")
    if near(str(headers.get("REMOTE_ADDR") or "")):
        said = _forwarded(headers)
        host, scheme = said.get("host") or host, said.get("proto") or scheme
    if not HOST.fullmatch(host):
        host = f"{headers.get('SERVER_NAME')}:{headers.get('SERVER_PORT')}"
    return f"{scheme if scheme in ('http', 'https') else 'http'}://{host}"


def address(headers: Mapping[str, Any]) -> str:
    """Return the absolute address that a request names, as it was written and without its query."""
    written = headers.get("RAW_URI") or headers.get("REQUEST_URI") or quote(headers["PATH_INFO"], encoding="latin-1")
    path = str(written).partition("?")[0]
    return path if "://" in path else base("", headers) + path


def near(address: str) -> bool:
    """Return whether an address is of this machine or of a network of ours, where proxies may stand."""
    try:
        return not ipaddress.ip_address(address).is_global
    except ValueError:
        return not address  # a socket of this machine has none


def _forwarded(headers: Mapping[str, Any]) -> dict[str, str]:
    first = str(headers.get("HTTP_FORWARDED") or "").partition(",")[0]
    if first:
        return {name.lower(): value.strip() for name, value in PAIR.findall(first)}
    named = {"host": headers.get("HTTP_X_FORWARDED_HOST"), "proto": headers.get("HTTP_X_FORWARDED_PROTO")}
    return {name: str(value).partition(",")[0].strip() for name, value in named.items() if value}


def peer(headers: Mapping[str, Any]) -> str:
    """Return where a request comes from: the address of the other end, or what a proxy near us says it is."""
    address = str(headers.get("REMOTE_ADDR") or "")
    forwarded = str(headers.get("HTTP_X_FORWARDED_FOR") or "").rpartition(",")[2].strip()
    return forwarded[:64] if forwarded and near(address) else address
