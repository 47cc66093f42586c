"""Parts of lists, their order, and texts taken literally in patterns."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """Part of a list: ``limit`` rows (None: all) after the first ``offset``."""

    limit: int | None = None
    offset: int = 0


@dataclass(frozen=True)
class Order:
    """Where a list begins and which way it goes: by creation, behind the id ``after`` where one is given."""

    after: str | None = None
    newest_first: bool = False


OLDEST_FIRST = Order()


def prefix(value: str) -> str:
    """Return the LIKE pattern of what begins with ``value``."""
    return f"{escape(value)}%"


def part(value: str) -> str:
    """Return the LIKE pattern of what contains ``value``."""
    return f"%{escape(value)}%"


def escape(value: str) -> str:
    """Return ``value`` with the wildcards of LIKE made literal."""
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
