"""What may be written: lines and texts within bounds, addresses of issues, patterns that cost little. Pure."""

import re

from paddles.errors import Invalid

# Line feeds and tabs may be in a text; other control characters are in nothing.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
ADDRESS = re.compile(r"(?i)https?://[^\s/?#@\\]+(?:[/?#][^\s]*)?")
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# What would have PostgreSQL try one way after the other, which can take for ever: what looks around itself, and what
# refers back to something found before.
COSTLY = ("(?=", "(?!", "(?<")


def text(said: str, name: str, longest: int) -> str:
    """Return a text without blanks around it and with line feeds alone between its lines.

    Raises:
        Invalid: it is longer than that, or holds other control characters.
    """
    kept = said.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(kept) > longest:
        raise Invalid(f"{name} has at most {longest} characters, not {len(kept)}")
    if CONTROL.search(kept):
        raise Invalid(f"{name} must not hold control characters")
    return kept


def line(said: str, name: str, longest: int) -> str:
    """Return one line of text without blanks around it. Raises Invalid as :func:`text`, and where it is several."""
    kept = text(said, name, longest)
    if "\n" in kept or "\t" in kept:
        raise Invalid(f"{name} must be one line")
    return kept


def address(said: str, name: str, longest: int) -> str:
    """Return the address of an issue, or blank. Raises Invalid where it is neither, or not of http or https."""
    kept = line(said, name, longest)
    if kept and not ADDRESS.fullmatch(kept):
        raise Invalid(f"{name} must be a link that begins with http:// or https://")
    return kept


def pattern(said: str, longest: int) -> str:
    """Return a regular expression that finds what it finds in a time that does not grow out of bounds.

    As with RE2 nothing in it looks ahead or behind, or refers back. ``(?i)`` at its beginning ignores the size of
    letters. That it is one at all is the database's to say.

    Raises:
        Invalid: it is too long, or holds what costs too much.
    """
    if len(said) > longest:
        raise Invalid(f"pattern has at most {longest} characters, not {len(said)}")
    if CONTROL.search(said) or "\n" in said:
        raise Invalid("pattern must be one line, without control characters")
    if said.startswith("***") or any(found[1].isdigit() and found[1] != "0" for found in ESCAPED.finditer(said)):
        raise Invalid("pattern must not refer back to what it found, nor begin with ***")
    bare = ESCAPED.sub("", said)
    if any(each in bare for each in COSTLY):
        raise Invalid("pattern must not look ahead or behind")
    options = bare.removeprefix("(?i)").replace("(?:", "(")
    if "(?" in options:
        raise Invalid("pattern may begin with (?i), and has no other options")
    return said
