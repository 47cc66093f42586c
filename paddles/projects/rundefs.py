"""Run definitions: all that a machine is told of one run, made when the run is created. Pure.

What is stored has neither the run's key nor its secrets; both are put in when it is handed out. Its addresses are those
of the server as whoever created the build knew it, and are moved to the server as the machine knows it.

Source: JobServ's run definition, whose keys its runner and its simulator read.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from paddles.errors import Invalid
from paddles.projects import faults, links
from paddles.projects.shapes import Params

# Of these types a runner has a handler; all others are handled as simple ones.
FETCHING = frozenset(("git_poller", "github_pr", "gitlab_mr"))
HIDDEN = "TODO"
# What a run says of itself, and None or False where it does not.
COPIED: Mapping[str, Any] = {
    "container": None,
    "container-auth": None,
    "container-user": None,
    "container-entrypoint": None,
    "privileged": False,
    "cap-add": None,
    "cap-drop": None,
    "persistent-volumes": None,
    "shared-volumes": None,
    "test-grepping": None,
    "console-progress": None,
    "host-tag": None,
}
OWN_ADDRESSES = ("run_url", "runner_url")
ADDRESSES_IN_ENV = ("H_RUN_URL", "H_TRIGGER_URL")
_PARAMS: TypeAdapter[dict[str, str]] = TypeAdapter(Params)


@dataclass(frozen=True)
class Build:
    """What runs are made for.

    Attributes:
        project: its name.
        number: of the build in its project.
        server: scheme and host of the service, and nothing behind them.
        params: what whoever started the build, or fired the trigger, says besides; it beats what the definition says.
        secrets: the names of the secrets that the build has.
        type: of the trigger, or of the run, that this is done for.
        frontend: an address for people, of a run or a build of which ``{project}``, ``{build}`` and ``{run}`` are
            replaced; empty when they look at ours.
    """

    project: str
    number: int
    server: str
    params: Mapping[str, str]
    secrets: frozenset[str] = frozenset()
    type: str = "simple"
    frontend: str = ""


def make(
    definition: Mapping[str, Any], trigger: Mapping[str, Any], run: Mapping[str, Any], build: Build
) -> dict[str, Any]:
    """Return the definition of a run of a trigger, as it is stored.

    Raises:
        Invalid: the run names a secret that the build does not have; the message has the names of those it has.
    """
    run_url = f"{build.server}{links.run(build.project, build.number, run['name'])}"
    made: dict[str, Any] = {
        "project": build.project,
        "timeout": definition["timeout"],
        "run_url": run_url,
        "frontend_url": _frontend(build, run["name"]) or run_url,
        "runner_url": f"{build.server}/runner",
        "trigger_type": handler(trigger["type"], build.type),
        **{key: run.get(key, otherwise) for key, otherwise in COPIED.items()},
        "env": _env(definition, trigger, run, build),
        **_script(definition, run),
    }
    _check_secrets(made, build.secrets)
    return made


def handler(own: str, by: str) -> str:
    """Return the runner's handler of a run, whose trigger is of the type ``own``, in a build of the type ``by``.

    What is simple by itself fetches sources when it is done for something that does.
    """
    return next((type_ for type_ in (own, by) if type_ in FETCHING), "simple")


def handed_out(stored: Mapping[str, Any], server: str, key: str, secrets: Mapping[str, str]) -> dict[str, Any]:
    """Return a run's definition as the machine gets it that executes the run, by its own address of the service."""
    return {**_moved(stored, server), "api_key": key, "secrets": dict(secrets)}


def public(stored: Mapping[str, Any], server: str, secrets: Iterable[str]) -> dict[str, Any]:
    """Return a run's definition as everybody may see it: no key, and of each secret its name alone."""
    shown = {key: value for key, value in _moved(stored, server).items() if key != "api_key"}
    return {**shown, "secrets": dict.fromkeys(sorted(secrets), HIDDEN)}


def of_firing_run(stored: Mapping[str, Any]) -> dict[str, str]:
    """Return the params with which the triggers of a run that passed are fired: all that it had, and its address."""
    return {**stored["env"], "H_TRIGGER_URL": stored["run_url"]}


def of_firing_build(params: Mapping[str, str], build_url: str) -> dict[str, str]:
    """Return the params with which the triggers of a build that passed are fired: those it was started with."""
    return {**params, "H_TRIGGER_URL": build_url}


def text_of(params: Mapping[str, Any]) -> dict[str, str]:
    """Return params of any type as the text that they are to a program.

    Numbers, booleans and null are written as Python writes them, which is how JobServ's clients know them.

    Raises:
        Malformed: one cannot be a variable; each that cannot is named.
    """
    said = {
        name: json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
        for name, value in params.items()
    }
    try:
        return _PARAMS.validate_python(said)
    except ValidationError as error:
        faults.refuse(faults.said(error, "params"))
        raise


def _env(
    definition: Mapping[str, Any], trigger: Mapping[str, Any], run: Mapping[str, Any], build: Build
) -> dict[str, str]:
    own = {"H_PROJECT": build.project, "H_BUILD": str(build.number), "H_RUN": run["name"]}
    return {
        **definition.get("params", {}),
        **trigger.get("params", {}),
        **run.get("params", {}),
        **build.params,
        **own,
    }


def _script(definition: Mapping[str, Any], run: Mapping[str, Any]) -> dict[str, Any]:
    if "script" in run:
        return {"script": definition["scripts"][run["script"]]}
    place = run["script-repo"]
    return {"script-repo": {**definition["script-repos"][place["name"]], "path": place["path"]}}


def _check_secrets(made: Mapping[str, Any], there: frozenset[str]) -> None:
    auth, token = made["container-auth"], made.get("script-repo", {}).get("token")
    wanted = [(auth, "container-auth")] if auth is not None else []
    wanted += [(name, "the token of script-repo") for name in token.split(":")] if token is not None else []
    for name, who in wanted:
        if name not in there:
            given = f"those given are {', '.join(sorted(there))}" if there else "none were given"
            raise Invalid(f"run {made['env']['H_RUN']}: {who} names the secret {name[:80]}; {given[:1000]}")


def _frontend(build: Build, run: str) -> str:
    said = {"{project}": quote(build.project), "{build}": str(build.number), "{run}": quote(run, safe="")}
    found = build.frontend
    for name, value in said.items():
        found = found.replace(name, value)
    return found


def _moved(stored: Mapping[str, Any], server: str) -> dict[str, Any]:
    """Return a definition whose addresses of the service begin with ``server``; one for people stays where it leads."""
    env = {**stored["env"], "H_RUN_URL": stored["run_url"]}
    moved = {key: _rebased(stored[key], server) for key in OWN_ADDRESSES}
    if stored["frontend_url"] == stored["run_url"]:
        moved["frontend_url"] = moved["run_url"]
    in_env = {key: _rebased(env[key], server) for key in ADDRESSES_IN_ENV if key in env}
    return {**stored, **moved, "env": {**env, **in_env}}


def _rebased(url: str, server: str) -> str:
    _, scheme, rest = url.partition("://")
    return f"{server}/{rest.partition('/')[2]}" if scheme else url
