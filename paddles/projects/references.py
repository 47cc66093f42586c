"""What the parts of a definition call each other: scripts, runs, and the triggers that are fired. Pure."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from paddles.errors import Invalid
from paddles.projects import loops, tags
from paddles.projects.faults import Loc
from paddles.projects.shapes import CONTROL

Fault = tuple[Loc, str]
Run = Mapping[str, Any]
LONGEST_RUN_NAME = 79
# How many triggers may come of each other, one after the other.
DEEPEST = 2
MOST_FIRED = 10_000


@dataclass(frozen=True)
class Names:
    """What there is in a definition: the names of scripts, of repositories, and of the runs of each trigger."""

    scripts: frozenset[str]
    repositories: frozenset[str]
    runs: Mapping[str, list[str]]


def called(fired: Mapping[str, str], name: str) -> str:
    """Return what a run of a fired trigger is called, whose own name is ``name``."""
    return fired.get("run-names", "{name}").replace("{name}", name)


def faults(definition: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield where a definition is wrong, and what is; its shape is right, and its loops are not too large."""
    triggers = definition["triggers"]
    expanded = [[loops.runs(run) for run in trigger["runs"]] for trigger in triggers]
    runs: dict[str, list[str]] = {}
    for trigger, each in zip(triggers, expanded, strict=True):
        runs.setdefault(trigger["name"], [one["name"] for one in chain(*each)])
    there = Names(frozenset(definition.get("scripts", ())), frozenset(definition.get("script-repos", ())), runs)
    yield from _of_triggers(triggers)
    fires = [[trigger, *chain(*each)] for trigger, each in zip(triggers, expanded, strict=True)]
    if sum(len(runs.get(name, ())) for parts in fires for name in _names(parts)) > MOST_FIRED:
        yield ("triggers",), f"with what they fire, there are more than {MOST_FIRED} runs"
        return
    yield from _circles(triggers, fires)
    for at, (trigger, each) in enumerate(zip(triggers, expanded, strict=True)):
        loc: Loc = ("triggers", at)
        yield from _fired(loc, trigger, there)
        yield from _twice((*loc, "runs"), [one["name"] for one in chain(*each)])
        for number, (run, copies) in enumerate(zip(trigger["runs"], each, strict=True)):
            yield from _of_run((*loc, "runs", number), run, copies, there)


def _of_triggers(triggers: list[Run]) -> Iterator[Fault]:
    seen: set[str] = set()
    for at, trigger in enumerate(triggers):
        if trigger["name"] in seen:
            yield ("triggers", at, "name"), f"there is another trigger {trigger['name']}"
        seen.add(trigger["name"])
        if trigger["type"] == "schedule" and "cron" not in trigger:
            yield ("triggers", at, "cron"), "is required for the type schedule"
        if trigger["type"] != "schedule" and "cron" in trigger:
            yield ("triggers", at, "cron"), "is for the type schedule alone"


def _of_run(loc: Loc, run: Run, copies: list[dict[str, Any]], there: Names) -> Iterator[Fault]:
    if ("script" in run) == ("script-repo" in run):
        yield loc, "needs a script or a script-repo, and not both"
    if "script" in run and run["script"] not in there.scripts:
        yield (*loc, "script"), f"there is no script {run['script'][:80]}"
    if "script-repo" in run and run["script-repo"]["name"] not in there.repositories:
        yield (*loc, "script-repo", "name"), f"there is no script-repo {run['script-repo']['name'][:80]}"
    params = [loop["param"] for loop in run.get("loop-on", ())]
    if len(set(params)) < len(params):
        yield (*loc, "loop-on"), "has two loops over one parameter"
    for one in copies:
        yield from _name((*loc, "name"), one["name"])
        yield from _tag((*loc, loops.HOST_TAG), one)
        yield from _fired(loc, one, there)


def _name(loc: Loc, name: str) -> Iterator[Fault]:
    if len(name) > LONGEST_RUN_NAME:
        yield loc, f"the name {name[:LONGEST_RUN_NAME]}... has more than {LONGEST_RUN_NAME} characters"
    elif "/" in name or name in (".", "..") or not name.strip() or CONTROL.search(name):
        yield loc, f"the name {json.dumps(name, ensure_ascii=False)} would not be one part of an address"


def _tag(loc: Loc, run: Run) -> Iterator[Fault]:
    if loops.HOST_TAG not in run:
        yield loc, "is required, or a loop over it"
        return
    try:
        tags.checked(run[loops.HOST_TAG])
    except Invalid as error:
        yield loc, str(error)


def _fired(loc: Loc, part: Run, there: Names) -> Iterator[Fault]:
    """Yield what is wrong with the triggers that a run, or a build, fires."""
    for at, fired in enumerate(part.get("triggers", ())):
        if fired["name"] not in there.runs:
            yield (*loc, "triggers", at, "name"), f"there is no trigger {fired['name'][:80]}"
            continue
        if "run-names" not in fired:
            continue
        # Names that are too long are faults where they stand.
        own = [name for name in there.runs[fired["name"]] if len(name) <= LONGEST_RUN_NAME]
        names = [called(fired, name) for name in own]
        yield from _twice((*loc, "triggers", at, "run-names"), names)
        for name in names:
            yield from _name((*loc, "triggers", at, "run-names"), name)


def _twice(loc: Loc, names: list[str]) -> Iterator[Fault]:
    for name, times in Counter(names).items():
        if times > 1:
            yield loc, f"{times} runs are called {name[:80]}"


def _circles(triggers: list[Run], fires: list[list[Run]]) -> Iterator[Fault]:
    """Yield the triggers that begin a chain of more than ``DEEPEST``; in a circle there is no last one."""
    follows = {trigger["name"]: set(_names(parts)) for trigger, parts in zip(triggers, fires, strict=True)}
    deep = set(follows)
    for _ in range(DEEPEST + 1):
        deep = {name for name, fired in follows.items() if fired & deep}
    for at, trigger in enumerate(triggers):
        if trigger["name"] in deep:
            yield ("triggers", at), f"fires triggers that fire others, and so on, more than {DEEPEST} in a row"


def _names(parts: list[Run]) -> Iterator[str]:
    return (fired["name"] for part in parts for fired in part.get("triggers", ()))
