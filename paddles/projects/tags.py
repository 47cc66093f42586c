"""Host tags: what machines are called, and the patterns by which jobs ask for one. Pure.

A pattern is one of Python's ``fnmatch``: ``*`` is any text, ``?`` any character, ``[a-z]`` one of these, ``[!a-z]`` one
of the others; a bracket without its end is itself. Tags and patterns are compared in lower case.
"""

import fnmatch
import re

from paddles.errors import Invalid

LONGEST = 128
WILD = re.compile(r"[*?\[]")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def checked(tag: str) -> str:
    """Return a tag, or a pattern of tags, as it is compared: in lower case, without blanks around it.

    Raises:
        Invalid: it is empty, longer than ``LONGEST``, has control characters, or a range that is none.
    """
    # Some letters become two in lower case.
    lower = tag.strip().lower() if len(tag) <= LONGEST else tag
    if not 0 < len(lower) <= LONGEST:
        raise Invalid(f"a host tag has 1 to {LONGEST} characters")
    if UNPRINTABLE.search(lower):
        raise Invalid("a host tag has no control characters")
    expression(lower)
    return lower


def is_pattern(name: str) -> bool:
    """Say whether a name may stand for others than itself."""
    return WILD.search(name) is not None


def matches(pattern: str, tag: str) -> bool:
    """Say whether ``tag`` is one that ``pattern`` asks for; both as :func:`checked` returned them."""
    return fnmatch.fnmatchcase(tag, pattern)


def expression(pattern: str) -> str:
    """Return the regular expression by which PostgreSQL (``~``) finds the tags that :func:`matches` finds.

    Raises:
        Invalid: a range in it ends before it begins.

    Source: PostgreSQL 15, section 9.7.3: an "advanced" expression, in which a backslash before what is neither letter
    nor digit takes its meaning away, inside of brackets too, and a point or a negated bracket is also a line break.
    """
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        part, at = _part(pattern, at)
        # What two stars match, one does.
        if part != ".*" or parts[-1:] != [part]:
            parts.append(part)
    # The first characters say of which kind the expression is, whatever the server is set to.
    return f"***:^(?:{''.join(parts)})$"


def _part(pattern: str, at: int) -> tuple[str, int]:
    """Return the expression of what stands at a place of the pattern, and the place behind it."""
    letter = pattern[at]
    if letter == "*":
        return ".*", at + 1
    if letter == "?":
        return ".", at + 1
    if letter == "[":
        first = at + 2 if pattern[at + 1 : at + 2] == "!" else at + 1
        # A bracket that closes at once is a member of the set.
        end = pattern.find("]", first + 1)
        if end >= 0:
            return _set(pattern[first:end], negated=first == at + 2), end + 1
    return _plain(letter), at + 1


def _set(members: str, *, negated: bool) -> str:
    ranges, at = [], 0
    while at < len(members):
        low, high = members[at], members[at]
        if members[at + 1 : at + 2] == "-" and at + 2 < len(members):
            high = members[at + 2]
            at += 2
        at += 1
        if low > high:
            raise Invalid(f"a host tag's range {low}-{high} ends before it begins")
        ranges.append(_plain(low) if low == high else f"{_plain(low)}-{_plain(high)}")
    return f"[{'^' if negated else ''}{''.join(ranges)}]"


def _plain(letter: str) -> str:
    return letter if letter.isalnum() or not letter.isascii() else f"\\{letter}"
