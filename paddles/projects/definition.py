"""The definition of a project: what starts its builds, and which runs a build has. Pure.

It is written as YAML and sent as JSON. ``shapes`` has its keys, ``references`` what its parts call each other,
``loops`` how one run becomes several. Source: JobServ's schema of a project, whose documents are taken as they are;
docs/jobserv-definitions.md says what is more, and what is refused besides.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from paddles.errors import Invalid
from paddles.plain_yaml import loads
from paddles.projects import faults, loops, references, tags
from paddles.projects.shapes import Definition

MOST_RUNS = 1000
MOST_CHARACTERS = 2**22


def parsed(text: bytes) -> Any:
    """Return what the YAML of a definition says, as JSON would say it; :func:`checked` tells whether it is one.

    Raises:
        Invalid: it is not UTF-8, no YAML, or more than ``plain_yaml`` reads.
    """
    try:
        return loads(text.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Invalid(f"not UTF-8: byte {error.start}") from None


def checked(data: Any) -> dict[str, Any]:
    """Return a definition with its loops expanded, host tags in lower case, and without what is null.

    What this returns is returned unchanged when it is checked once more.

    Raises:
        Malformed: it is none. Every fault is named by its place (``faults``): those of its shape or, where that is
            right, those of what its parts call each other.
    """
    definition = _shaped(data)
    faults.refuse(_excess(definition))
    faults.refuse(references.faults(definition))
    return _lowered(loops.expanded(definition))


def trigger(definition: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the trigger of a definition that has this name. Raises Invalid, and says which there are."""
    there = {found["name"]: found for found in definition["triggers"]}
    if name not in there:
        raise Invalid(f"there is no trigger {name[:80]}; there are {', '.join(there)[:1000]}")
    found: Mapping[str, Any] = there[name]
    return found


def told(definition: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return who is told of the builds of a trigger: ``email`` and ``webhooks``, its own or else the project's."""
    own = trigger(definition, name)
    return {key: own.get(key, definition.get(key)) for key in ("email", "webhooks")}


def _shaped(data: Any) -> dict[str, Any]:
    try:
        return Definition.model_validate(data).model_dump(by_alias=True, exclude_none=True)
    except ValidationError as error:
        faults.refuse(faults.said(error))
        raise


def _excess(definition: Mapping[str, Any]) -> Iterator[references.Fault]:
    """Yield where the definition's loops make more of it than is kept."""
    runs = [run for trigger in definition["triggers"] for run in trigger["runs"]]
    if sum(map(loops.count, runs)) > MOST_RUNS:
        yield ("triggers",), f"with their loops, there are more than {MOST_RUNS} runs"
    elif sum(map(loops.size, runs)) > MOST_CHARACTERS:
        yield ("triggers",), f"with their loops, the runs have more than {MOST_CHARACTERS} characters"
    for at, trigger in enumerate(definition["triggers"]):
        for number, run in enumerate(trigger["runs"]):
            if loops.longest(run) > references.LONGEST_RUN_NAME:
                said = f"{loops.LOOP} would have more than {references.LONGEST_RUN_NAME} characters"
                yield ("triggers", at, "runs", number), said


def _lowered(definition: dict[str, Any]) -> dict[str, Any]:
    for trigger in definition["triggers"]:
        for run in trigger["runs"]:
            run[loops.HOST_TAG] = tags.checked(run[loops.HOST_TAG])
    return definition
