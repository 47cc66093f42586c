"""In which form somebody wants an answer: JSON, or lines of CSV."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from webob.acceptparse import create_accept_header

JSON, CSV = "application/json", "text/csv"
SUFFIX = ".csv"


def wants_csv(said: str | None, environ: Mapping[str, Any]) -> bool:
    """Return whether a request is to be answered with CSV: by ``?format=``, else its address, else what it accepts."""
    if said:
        return said == "csv"
    if str(environ.get("PATH_INFO", "")).rstrip("/").endswith(SUFFIX):
        return True
    offers = create_accept_header(environ.get("HTTP_ACCEPT")).acceptable_offers([JSON, CSV])
    return bool(offers) and offers[0][0] == CSV


def lines(rows: Iterable[Sequence[Any]]) -> bytes:
    """Return rows as lines of CSV (RFC 4180), with line ends of one character."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue().encode("utf-8", "replace")
