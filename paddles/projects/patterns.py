"""Regular expressions of users: whether they are any, and have the groups that they must have. Pure.

They are looked at here and never used in this process: what they may cost is bounded in ``grepping`` alone.
"""

import re
from collections.abc import Iterable

LONGEST = 1000


def checked(pattern: str, groups: Iterable[str]) -> str:
    """Return a regular expression as Python's ``re`` has them, which names all of ``groups``.

    Raises:
        ValueError: it is none, or has no such group, or more than ``LONGEST`` characters.
    """
    if len(pattern) > LONGEST:
        raise ValueError(f"must have at most {LONGEST} characters")
    try:
        named = re.compile(pattern).groupindex
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"must be a regular expression: {error}") from None
    missing = [group for group in groups if group not in named]
    if missing:
        raise ValueError(f"must have the groups {', '.join(f'(?P<{group}>...)' for group in missing)}")
    return pattern
