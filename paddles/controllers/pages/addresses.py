"""Addresses that differ from the one at hand in a parameter or two. Pure."""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, quote, urlencode

Pairs = Sequence[tuple[str, str]]
# What says how a page is shown and which part of it: another set of rows begins at its first page.
PLACE = frozenset(("after", "page", "fragment", "format", "form"))
SEGMENT = ":@!$&'()*+,;="
# A path below us, with its query: letters that stand in addresses, and no second slash in front.
LOCAL = re.compile(r"/(?:[A-Za-z0-9_.~%:@!$&'()*+,;=?-][A-Za-z0-9_.~%:@!$&'()*+,;=?/-]{0,2000})?")
# What leads back to where somebody came from.
INWARDS = ("/login", "/logout")


def topic(kind: str, name: str) -> str:
    """Return a topic of something that has a name, as pages have theirs: between blanks, percent-encoded."""
    return f"{kind}:{quote(name, safe='')}"


def pairs(query_string: str) -> list[tuple[str, str]]:
    """Return the parameters of an address, those that are blank too."""
    text = query_string.encode("latin-1", "replace").decode("utf-8", "replace")
    return parse_qsl(text, keep_blank_values=True)


def written(said: Iterable[tuple[str, str]]) -> str:
    """Return parameters as they follow a path: ``?a=b``, or nothing."""
    text = urlencode([*said], safe="/:~")
    return f"?{text}" if text else "?"


def changed(said: Pairs, **values: str | None) -> str:
    """Return the parameters with others in their place, from the first page on; None takes one away."""
    kept = [(name, value) for name, value in said if name not in PLACE and name not in values]
    return written([*kept, *((name, value) for name, value in values.items() if value is not None)])


def moved(said: Pairs, **values: str) -> str:
    """Return the parameters with another place in the same list."""
    kept = [(name, value) for name, value in said if name not in values and name not in PLACE - {"format"}]
    return written([*((name, value) for name, value in kept if name != "format"), *values.items()])


def without(said: Pairs, name: str, value: str) -> str:
    """Return the parameters without one value of one of them, from the first page on."""
    return written((each, text) for each, text in said if each not in PLACE and (each, text) != (name, value))


def added(said: Pairs, name: str, value: str) -> str:
    """Return the parameters with one more value of one of them, from the first page on."""
    return written([*((each, text) for each, text in said if each not in PLACE), (name, value)])


def formatted(said: Pairs, form: str) -> str:
    """Return the parameters of the same rows in another form."""
    kept = [(name, value) for name, value in said if name not in ("format", "fragment")]
    return written([*kept, ("format", form)])


def feed(query_string: str, name: str) -> str:
    """Return the address of the feed of that name of the rows of an address, however these are sorted and counted."""
    said = [pair for pair in pairs(query_string) if pair[0] not in (*PLACE, "sort", "count", "tab")]
    return f"/feeds/{name}.atom{written(said) if said else ''}"


def segment(name: object) -> str:
    """Return a name as part of a path."""
    return quote(str(name), safe=SEGMENT)


def path(*names: object) -> str:
    """Return the path that names make, with a slash at its end: ``/runs/a%2Fb/``."""
    return "/" + "".join(f"{segment(name)}/" for name in names)


def local(said: str) -> str:
    """Return an address below the service that somebody is to be sent to; where it is anything else, the first page's.

    Browsers take a backslash for a slash, and leave out what cannot be seen: ``//a`` and ``/\\a`` are elsewhere.
    """
    good = LOCAL.fullmatch(said) and not said.startswith(INWARDS)
    return said if good else "/"
