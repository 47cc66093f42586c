"""Values as words of a POSIX shell: what the shell sees is what was sent, whatever it looks like."""

import re
from typing import Any

from paddles.errors import Invalid

NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
OUTSIDE_NAMES = re.compile(rb"[^A-Za-z0-9_]|\A[0-9]")


def text(value: Any) -> str | None:
    """Return a scalar, or a list of scalars one below the other, as text; None for what has none (mappings, null)."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and not any(isinstance(each, list | dict) for each in value):
        return "\n".join(text(each) or "" for each in value)
    return None


def quoted(said: str) -> str:
    """Return text as one shell word: a plain number as it is, anything else in single quotes.

    Raises:
        Invalid: there is a NUL in it, which no shell can hold.
    """
    if NUMBER.fullmatch(said):
        return said
    if "\0" in said:
        raise Invalid("a job holds no NUL characters")
    return "'" + said.replace("'", "'\\''") + "'"


def name(said: str) -> str:
    """Return the name of a shell variable: each byte that cannot stand in one as ``_<its number>_``."""
    return OUTSIDE_NAMES.sub(lambda found: b"_%d_" % found[0][0], said.encode()).decode()
