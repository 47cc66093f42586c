"""What descriptions of jobs are made of: facets, each with a value. Pure.

Source: teuthology's ``suite/build_matrix.py``: a description is ``suite/{facet/value facet/{value value}}``, a path
for each file that the job was put together from.
"""

import re
from collections.abc import Iterable, Mapping

TOKEN = re.compile(r"[{}]|[^\s{}]+")
WHOLE = "description"
LONGEST, DEEPEST = 8192, 50


def of(description: str) -> dict[str, str]:
    """Return the values of a description by the folder that they stand in, below that of the whole."""
    found: dict[str, list[str]] = {}
    places: list[str] = []
    pending, top = "", None
    for word in TOKEN.findall(description[:LONGEST]):
        inside = places[-1] if places else ""
        if word == "{":
            places.append(inside + pending)
            top, pending = top if top is not None else places[-1], ""
        elif word == "}":
            places = places[:-1]
        elif word.endswith("/"):
            pending = word
        else:
            folder, _, value = f"{inside}{word}".rpartition("/")
            found.setdefault(f"{folder}/".removeprefix(top or ""), []).append(value)
        if len(places) > DEEPEST:
            break
    return {folder.strip("/").replace("$", "") or WHOLE: " ".join(values) for folder, values in found.items()}


def choices(described: Iterable[Mapping[str, str]]) -> dict[str, list[str]]:
    """Return the facets, by name, of which descriptions have several values, and these."""
    found: dict[str, set[str]] = {}
    for facets in described:
        for name, value in facets.items():
            found.setdefault(name, set()).add(value)
    return {name: sorted(found[name]) for name in sorted(found) if len(found[name]) > 1}


def matching(described: Mapping[int, Mapping[str, str]], wanted: Iterable[str]) -> list[int]:
    """Return which descriptions have the facets ``wanted``, ``name:value``; several values of one are alternatives."""
    own = {number: {written(*facet): facet[0] for facet in facets.items()} for number, facets in described.items()}
    names = {text: name for facets in own.values() for text, name in facets.items()}
    groups: dict[str, set[str]] = {}
    for text in wanted:
        groups.setdefault(names.get(text, text.partition(":")[0]), set()).add(text)
    return [number for number, facets in own.items() if all(facets.keys() & group for group in groups.values())]


def written(name: str, value: str) -> str:
    """Return a facet with its value as addresses have it."""
    return f"{name}:{value}"
