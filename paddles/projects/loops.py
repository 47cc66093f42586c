"""The loops of runs: one run for each combination of values, in their place. Pure."""

import json
import math
from collections.abc import Mapping
from itertools import product
from typing import Any

HOST_TAG = "host-tag"
LOOP = "{loop}"


def count(run: Mapping[str, Any]) -> int:
    """Return how many runs one becomes."""
    return math.prod(len(loop["values"]) for loop in run.get("loop-on", ()))


def size(run: Mapping[str, Any]) -> int:
    """Return how many characters, at most, the runs have together that one becomes, what they are called left aside."""
    own = json.dumps({key: value for key, value in run.items() if key != "loop-on"}, ensure_ascii=False)
    return count(run) * (len(own) + sum(max(map(len, loop["values"])) for loop in run.get("loop-on", ())))


def longest(run: Mapping[str, Any]) -> int:
    """Return how many characters ``{loop}`` becomes at most, 0 for a run that does not name it."""
    texts = [run["name"], *(text for fired in run.get("triggers", ()) for text in fired.values())]
    if not any(LOOP in text for text in texts):
        return 0
    return sum(1 + max(map(len, loop["values"])) for loop in run.get("loop-on", ())) - 1


def runs(run: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the runs that one becomes, the last of its loops fastest; itself when it has none.

    A value is a parameter of its run and beats one of the same name; of the loop over ``host-tag`` it is the host tag.
    ``{loop}`` in the run's name, and in what its triggers and their runs are called, is all values with dashes between
    them.
    """
    if "loop-on" not in run:
        return [dict(run)]
    names = [loop["param"] for loop in run["loop-on"]]
    return [_one(run, names, values) for values in product(*(loop["values"] for loop in run["loop-on"]))]


def expanded(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return a definition without loops; one that has none stays what it is."""
    triggers = [
        {**trigger, "runs": [one for run in trigger["runs"] for one in runs(run)]} for trigger in definition["triggers"]
    ]
    return {**definition, "triggers": triggers}


def _one(run: Mapping[str, Any], names: list[str], values: tuple[str, ...]) -> dict[str, Any]:
    said = dict(zip(names, values, strict=True))
    one = {key: value for key, value in run.items() if key != "loop-on"}
    if HOST_TAG in said:
        one[HOST_TAG] = said.pop(HOST_TAG)
    if said:
        one["params"] = {**run.get("params", {}), **said}
    one["name"] = _filled(run["name"], values)
    if "triggers" in run:
        one["triggers"] = [{key: _filled(text, values) for key, text in fired.items()} for fired in run["triggers"]]
    return one


def _filled(text: str, values: tuple[str, ...]) -> str:
    return text.replace(LOOP, "-".join(values))
