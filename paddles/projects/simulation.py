"""Runs on somebody's own machine: their definitions, and the script that executes one there. Pure."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

import orjson

from paddles.errors import Invalid
from paddles.projects import definition, rundefs

# A host that there never is: RFC 6761.
NOWHERE = "https://service.invalid"
BUILD = 1
# What a project is called that is only a file.
PROJECT = "simulated"
MARKER = "END_OF_RUNDEF"
FETCH = "import sys, urllib.request; urllib.request.urlretrieve(sys.argv[1], sys.argv[2])"


def read(content: bytes) -> Any:
    """Return what a file says that has the definition of a project, as JSON or else as YAML.

    Raises:
        Invalid: it says nothing; as ``definition.parsed``.
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return definition.parsed(content)


def runs(checked: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what the runs of each trigger are called, in their order, of a checked definition of a project."""
    return {trigger["name"]: [run["name"] for run in trigger["runs"]] for trigger in checked["triggers"]}


def simulated(
    checked: Mapping[str, Any], trigger: str, run: str, params: Mapping[str, str], project: str
) -> dict[str, Any]:
    """Return the definition of a run for use without a server, of a checked definition of a project.

    It is as everybody may see it; every secret that the run names is there, to be filled in.

    Raises:
        Invalid: there is no such trigger, or no such run of it; the message says which there are.
    """
    fired = definition.trigger(checked, trigger)
    runs = {each["name"]: each for each in fired["runs"]}
    if run not in runs:
        raise Invalid(f"trigger {trigger} has no run {run[:80]}; it has {', '.join(runs)[:1000]}")
    secrets = frozenset(_secrets(checked, runs[run]))
    build = rundefs.Build(project, BUILD, NOWHERE, params, secrets, fired["type"])
    return rundefs.public(rundefs.make(checked, fired, runs[run], build), NOWHERE, secrets)


def script(public: Mapping[str, Any], runner_url: str) -> str:
    """Return a shell script that executes a run as its reader sees it, in ``$SIMDIR`` or a new folder.

    The shell changes nothing of the definition and executes nothing of it: it stands in a here-document that is quoted,
    as JSON of ASCII alone, of which no line is the word that ends it.
    """
    text = json.dumps({**public, "runner_url": runner_url}, indent=2)
    marker = MARKER
    while marker in text:
        marker += "_"
    return f"""#!/bin/sh -e
SIMDIR="${{SIMDIR:-$(mktemp -d "${{TMPDIR:-/tmp}}/simulate.XXXXXX")}}"
mkdir -p "$SIMDIR"
cd "$SIMDIR"
echo "# simulating in $SIMDIR"
cat > rundef.json <<'{marker}'
{text}
{marker}
python3 -c {shlex.quote(FETCH)} {shlex.quote(runner_url)} runner
PYTHONPATH=./runner python3 -m jobserv_runner.simulator -w "$(pwd)" rundef.json
"""


def _secrets(checked: Mapping[str, Any], run: Mapping[str, Any]) -> list[str]:
    token = checked["script-repos"][run["script-repo"]["name"]].get("token") if "script-repo" in run else None
    auth = run.get("container-auth")
    return [*(token.split(":") if token else ()), *((auth,) if auth else ())]
