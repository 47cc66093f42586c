"""What is wrong with what somebody wrote, said by its place. Pure."""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice

from pydantic import ValidationError

from paddles.errors import Fault, Malformed

Loc = tuple[str | int, ...]
MOST_FAULTS = 50
MOST_REPEATS = 50_000
# Names that need no quotes where they stand between points.
PLAIN = re.compile(r"[a-zA-Z0-9_-]+")
# Of what pydantic says, what can be said more plainly.
WORDS = {
    "missing": "is required",
    "extra_forbidden": "is not known here",
    "string_type": "must be text; quote it",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "dict_type": "must be a mapping",
    "list_type": "must be a list",
    "model_type": "must be a mapping",
}


def refuse(faults: Iterable[tuple[Loc, str]], what: str = "the definition") -> None:
    """Do nothing when there are no faults in ``what``; of equal ones, which a loop brings about, one is said.

    Raises:
        Malformed: there are; each has a line in the message, ``triggers[0].name: ...``, up to ``MOST_FAULTS`` of them.
    """
    found = list(islice(dict.fromkeys(islice(faults, MOST_REPEATS)), MOST_FAULTS + 1))
    if not found:
        return
    told = found[:MOST_FAULTS]
    lines = [f"{_path(loc) or what}: {message}" for loc, message in told] + ["and more"] * (len(found) > MOST_FAULTS)
    raise Malformed("\n".join(lines), tuple(Fault("definition", loc, message) for loc, message in told))


def said(error: ValidationError, *place: str) -> Iterator[tuple[Loc, str]]:
    """Yield the faults that pydantic found in what stands at a place."""
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        yield (*place, *fault["loc"]), WORDS.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")


def _path(loc: Loc) -> str:
    """Write a place as people do: ``triggers[0].runs[2].loop-on``, with quotes around names that need them."""
    path = ""
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part == "[key]":
            continue
        elif PLAIN.fullmatch(part):
            path += f".{part[:80]}"
        else:
            path += f"[{json.dumps(part[:80], ensure_ascii=False)}]"
    return path.removeprefix(".")
