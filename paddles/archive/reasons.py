"""Failure reasons, said alike: what differs from one failure to the next of the same kind is taken out. Pure.

The rules and their order are those of the dashboards that labs use: what is left of a reason names its group, and the
group has the same number in every archive.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

LONGEST = 300
# A reason is told by its beginning; commands in it can be long, and what is prepared for them stands first.
READ = 8000
# What programs say that had no reason to give.
PLACEHOLDERS = frozenset(("", "none", "null", "nil", "n/a", "unknown", "backtrace", "no reason given"))

Replacement = str | Callable[[re.Match[str]], str]


def _number(found: re.Match[str]) -> str:
    return found[0] if found["kept"] else "N"


# Each takes what the ones before it left.
RULES: tuple[tuple[re.Pattern[str], Replacement], ...] = (
    # Colours, and those that lost their first character on the way.
    (re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]|\[\d{1,2}(?:;\d{1,2}){0,4}m"), ""),
    (
        re.compile(
            r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)?(?:Z|[+-]\d\d:?\d\d)?"
            r"|\b\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
        ),
        "DATE",
    ),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b0x[0-9a-f]+\b", re.IGNORECASE), "ID"),
    # A long number is a number: so many digits and a letter are a hash.
    (re.compile(r"\b(?=\d{0,64}[a-f])(?=[a-f]{0,64}\d)[0-9a-f]{8,64}\b"), "ID"),
    # A host has a digit or a dot within its name, and is no daemon.
    (
        re.compile(r"\bon (?!(?:osd|mon|mgr|mds|rgw|client)\.)(?=[\w-]{0,63}(?:\d|\.[a-z]))[A-Za-z][\w.-]{0,253}\w"),
        "on HOST",
    ),
    (re.compile(r"\b([a-z][a-z-]{0,30})\.\d+\b"), r"\1.N"),
    (re.compile(r"/(?:var/)?tmp/[^\s'\"/:,;)]+"), "/TMP"),
    (re.compile(r"/home/[^\s'\"/:,;)]+|/root(?=/)"), "~"),
    (re.compile(r"(--[A-Za-z][\w-]{0,60})="), r"\1 "),
    (re.compile(r"[\"'`]"), ""),
    (re.compile(r"(^|: )mkdir -p [^&]{0,2000}&& "), r"\1"),
    (
        re.compile(
            r"(?P<kept>\b(?i:status|errno|exit code|exited with|exit)\b[\s:=]{0,3}-?\d+)|(?<![\w.])\d+(?:\.\d+)*"
        ),
        _number,
    ),
    (re.compile(r"\s+"), " "),
)


def of(document: Mapping[str, Any]) -> str:
    """Return the reason that a document gives why its job failed; blank where it gives none, or says that it has none.

    A reason in another shape than text is none.
    """
    said = document.get("failure_reason")
    if not isinstance(said, str):
        return ""
    return "" if said[:READ].strip().strip("'\"`.").lower() in PLACEHOLDERS else said


def alike(reason: str) -> str:
    """Return what a reason has in common with others of its kind, on one line of at most ``LONGEST`` characters."""
    text = reason[:READ]
    for pattern, replacement in RULES:
        text = pattern.sub(replacement, text)
    return text.strip()[:LONGEST].rstrip()


def number(text: str) -> int:
    """Return the number of the group of that text: 64 bits of its SHA-256, as PostgreSQL's ``bigint`` holds them."""
    return int.from_bytes(hashlib.sha256(text.encode(errors="replace")).digest()[:8], signed=True)
