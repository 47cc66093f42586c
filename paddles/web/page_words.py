"""How values are written on pages: moments, stretches of time, numbers, and what a word says of how something ended."""

import datetime
import math
from typing import Any

# What stands for how something ended, by the words of all faces; one that is not here is unknown.
KINDS = {
    "pass": "pass passed done fixed up ok success promoted finished_pass processed",
    "fail": "fail failed fails regression open warn finished_fail new_failure still_failing lost failing refused",
    "dead": "dead error offline infra incomplete abort aborted crashed down timeout finished_dead cancelled",
    "running": "running uploading cancelling taken available live closing",
    "waiting": "waiting paused held holding",
    "queued": "queued ready scheduled not_started",
    "skip": "skip skipped not_run miss",
}
KIND_OF = {word: kind for kind, words in KINDS.items() for word in words.split()}
# Of which of them the icon of a page has a shape of its own; the others are shown by another one's.
ICONS = {"queued": "waiting", "skip": "plain", "unknown": "plain"}
NONE = "\N{EN DASH}"


def kind(word: Any) -> str:
    """Return which of the eight ways to show a status is that of a word: ``pass fail dead running waiting ...``."""
    return KIND_OF.get(str(word or "").strip().lower().replace(" ", "_").replace("-", "_"), "unknown")


def icon(word: Any) -> str:
    """Return which icon a page has that is about something in this status: ``pass fail dead running waiting plain``."""
    return ICONS.get(kind(word), kind(word))


def moment(value: Any) -> datetime.datetime | None:
    """Return a moment, also one that is written; None for none."""
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime.datetime):
        return None
    return (value if value.tzinfo else value.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC)


def iso(value: Any) -> str:
    """Return a moment for machines: ``2026-01-31T12:00:00Z``."""
    at = moment(value)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


def utc(value: Any) -> str:
    """Return a moment for people: ``2026-01-31 12:00 UTC``."""
    at = moment(value)
    return at.strftime("%Y-%m-%d %H:%M UTC") if at else NONE


def span(seconds: Any) -> str:
    """Return a stretch of time as ``h:mm:ss``, of a number of seconds, a difference of moments or nothing."""
    if isinstance(seconds, datetime.timedelta):
        seconds = seconds.total_seconds()
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or math.isnan(seconds):
        return NONE
    whole = int(abs(seconds))
    sign = "-" if seconds < 0 else ""
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def between(begin: Any, end: Any) -> float | None:
    """Return how many seconds lie between two moments, None where one of them is not known."""
    first, last = moment(begin), moment(end)
    return (last - first).total_seconds() if first and last else None


def count(value: Any) -> str:
    """Return a number as people read it: ``12 345``, with narrow blanks."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return NONE if value is None else str(value)
    whole = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
    return whole.replace(",", "\N{NARROW NO-BREAK SPACE}")


def many(number: Any, one: str, more: str = "") -> str:
    """Return so many of something in words: ``1 job``, ``2 jobs``; ``more`` is what several are called."""
    return f"{count(number)} {one if number == 1 else more or f'{one}s'}"


def singular(words: str) -> str:
    """Return what one of several is called: ``machine`` of ``machines``."""
    return words.removesuffix("s")


def share(part: Any, whole: Any) -> str:
    """Return a part of a whole in percent, nothing of nothing."""
    if not whole:
        return NONE
    percent = 100 * part / whole
    # All but a few are not all, and a few are not none.
    return f"{99.9 if part < whole and percent > 99.9 else percent:.1f} %" if 0 < percent < 100 else f"{percent:.0f} %"


def web(address: Any) -> str:
    """Return an address that a page may link to: http, https, or one of this service; blank for any other."""
    text = str(address or "").strip()
    if text.lower().startswith(("http://", "https://")):
        return text
    return text if text.startswith(("/", "?", "#")) and not text.startswith(("//", "/\\")) else ""


FILTERS = {
    "kind": kind,
    "iso": iso,
    "utc": utc,
    "span": span,
    "count": count,
    "many": many,
    "singular": singular,
    "web": web,
}
