#!/usr/bin/env python3
"""Executes a run of a project on this machine, in a container, as its server would have it executed.

    simulator.py --server URL validate PROJECT.yml
    simulator.py --server URL run PROJECT.yml --trigger NAME --run NAME [--param NAME=VALUE] [--secret NAME=VALUE]
    simulator.py --server URL run rundef.json

One file; Python 3.9 or newer, and docker or podman. Nothing of a project is executed outside of a container.
``pecan simulate`` is the same where paddles is installed, and needs no server.
"""

from __future__ import annotations

import argparse
import getpass
import hashlib
import http.client
import json
import os
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

SCRIPT = Path(__file__).resolve()
TIMEOUT_S = 60
NOT_MODIFIED = 304
# Where the run definition and the runner are put, in the folder of a simulation.
OWN = ".simulation"
# Python looks for nothing in the folder that this is called in, which may be that of a project.
START = """
import runpy, sys
sys.path.insert(0, sys.argv.pop(1))
runpy.run_module("jobserv_runner.simulator", run_name="__main__")
"""
# What says which run is meant, and what it is given.
OPTIONS: Sequence[Mapping[str, Any]] = (
    {"name": "--trigger", "help": "which trigger of the project"},
    {"name": "--run", "dest": "run_name", "help": "which run of the trigger"},
    {"name": "--project", "help": "what the project is called (default: simulated)"},
    {"name": "--param", "action": "append", "default": [], "metavar": "NAME=VALUE", "help": "a variable of the run"},
    {"name": "--params", "action": "append", "default": [], "metavar": "FILE", "help": "variables, a line for each"},
    {"name": "--secret", "action": "append", "default": [], "metavar": "NAME[=VALUE|=@FILE]", "help": "or asked for"},
    {"name": "--secrets", "action": "append", "default": [], "metavar": "FILE", "help": "secrets, a line for each"},
    {
        "name": ["-w", "--worker-dir"],
        "type": Path,
        "metavar": "FOLDER",
        "help": "where files and volumes go (default: a new one)",
    },
)


class Answer(NamedTuple):
    """What the server said."""

    status: int
    body: bytes


class Refused(Exception):
    """The server, or what it said, does not allow to go on; the message says why."""


def send(url: str, body: bytes | None = None, content_type: str = "application/json") -> Answer:
    """Send a GET, or a POST when there is a body. Raises Refused when there is no answer."""
    try:
        request = urllib.request.Request(url, data=body, headers={"Content-Type": content_type})
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            return Answer(answer.status, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Refused(f"{url}: {error}") from None


def checked(server: str, content: bytes, **names: str) -> Any:
    """Return what the server makes of a project's definition: the names of its runs, and the run that was asked for.

    Raises:
        Refused: the definition is wrong; the message is the server's.
    """
    content_type = "application/json" if parsed(content) is not None else "application/yaml"
    query = urllib.parse.urlencode(names)
    answer = send(f"{server}/simulator-validate{'?' if query else ''}{query}", content, content_type)
    document = parsed(answer.body)
    if answer.status != 200 or not isinstance(document, dict):
        said = document.get("message") if isinstance(document, dict) else None
        raise Refused(str(said or f"{server} answers {answer.status} {answer.body[:500].decode(errors='replace')}"))
    return document.get("data") or {}


def parsed(content: bytes) -> Any:
    """Return the value that is written as JSON, None when it is no JSON."""
    try:
        return json.loads(content)
    except ValueError:
        return None


def validate(options: argparse.Namespace) -> int:
    """Say whether a project's definition is right, and which runs it has."""
    print(listed(checked(options.server, options.file.read_bytes()).get("triggers") or {}), end="")
    return 0


def run(options: argparse.Namespace) -> int:
    """Execute one run; the exit code is 0 when it passed."""
    content = options.file.read_bytes()
    rundef = parsed(content)
    if not is_rundef(rundef):
        rundef = chosen(options, content)
    rundef = filled(rundef, options)
    answer = send(f"{options.server}/runner")
    if answer.status != 200:
        raise Refused(f"{options.server}/runner answers {answer.status}")
    execute(rundef, answer.body, options.worker_dir)


def chosen(options: argparse.Namespace, content: bytes) -> dict[str, Any]:
    """Return the definition of the run that the options name.

    Raises:
        Refused: the project is wrong, or the options name no run of it; the message names those there are.
    """
    if options.trigger and options.run_name:
        names = {"trigger": options.trigger, "run": options.run_name}
        names |= {"project": options.project} if options.project else {}
        rundef = checked(options.server, content, **names).get("rundef")
        if isinstance(rundef, dict):
            return rundef
    raise unnamed(checked(options.server, content).get("triggers") or {})


def is_rundef(document: Any) -> bool:
    """Return whether a document is the definition of a run, not that of a project."""
    return isinstance(document, dict) and "trigger_type" in document


def listed(triggers: Mapping[str, Sequence[str]]) -> str:
    """Return triggers and their runs as text, a line for each trigger."""
    return "".join(f"{trigger}: {', '.join(runs)}\n" for trigger, runs in triggers.items())


def unnamed(triggers: Mapping[str, Sequence[str]]) -> Refused:
    """Return what is said to whoever names no run of a project: those there are, as they are written."""
    there = "".join(f"\n  --trigger {trigger!r} --run {each!r}" for trigger, runs in triggers.items() for each in runs)
    return Refused(f"name one run of the project:{there}")


def filled(rundef: Mapping[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    """Return the definition of a run with the parameters and secrets that the options bring; the last of a name counts.

    Raises:
        Refused: one of them is no ``NAME=VALUE``.
    """
    params = [pair(line) for name in options.params for line in lines(Path(name))]
    params += [pair(each) for each in options.param]
    secrets = [pair(line) for name in options.secrets for line in lines(Path(name))]
    secrets += [secret(each) for each in options.secret]
    given = {"env": params, "secrets": secrets}
    return {**rundef, **{key: {**(rundef.get(key) or {}), **dict(pairs)} for key, pairs in given.items()}}


def lines(path: Path) -> list[str]:
    """Return the lines of a file but those that are blank or begin with ``#``."""
    return [line for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]


def pair(word: str) -> tuple[str, str]:
    """Return name and value of a parameter. Raises Refused when it is no ``NAME=VALUE``."""
    name, equals, value = word.partition("=")
    if not equals:
        raise Refused(f"{word!r} is no NAME=VALUE")
    return name, value


def secret(word: str) -> tuple[str, str]:
    """Return name and value of a secret: ``NAME=VALUE``, ``NAME=@FILE``, or a name whose value is asked for."""
    name, equals, value = word.partition("=")
    if not equals:
        return name, getpass.getpass(f"{name}: ")
    return name, Path(value[1:]).read_text() if value.startswith("@") else value


def execute(rundef: Mapping[str, Any], runner: bytes, worker_dir: Path | None) -> NoReturn:
    """Become the runner's simulator, which executes the definition of a run in a folder, or in a new one.

    Its exit code is 0 when the run passed, 1 when it failed, 2 when it could not begin, 130 when it was interrupted.
    """
    place = (worker_dir or Path(tempfile.mkdtemp(prefix="simulated-"))).absolute()
    own = place / OWN
    own.mkdir(0o700, parents=True, exist_ok=True)
    write(own / "rundef.json", json.dumps(rundef, indent=2).encode())
    write(own / "runner", runner)
    words = [str(own / "runner"), "-w", str(place), str(own / "rundef.json")]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-I", "-c", START, *words])


def update(options: argparse.Namespace) -> int:
    """Replace this script by the one of the server, when that is another."""
    version = hashlib.md5(SCRIPT.read_bytes(), usedforsecurity=False).hexdigest()
    answer = send(f"{options.server}/simulator?version={version}")
    if answer.status == NOT_MODIFIED:
        print("this is the newest")
        return 0
    if answer.status != 200:
        raise Refused(f"{options.server}/simulator answers {answer.status}")
    compile(answer.body, str(SCRIPT), "exec")
    with tempfile.NamedTemporaryFile(dir=SCRIPT.parent, prefix=".simulator-", delete=False) as file:
        file.write(answer.body)
    os.chmod(file.name, SCRIPT.stat().st_mode)
    os.replace(file.name, SCRIPT)
    return 0


def write(path: Path, content: bytes) -> None:
    """Write a file for this user alone, in the place of whatever is there, which may be a link to something else."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
        file.write(content)
    os.replace(file.name, path)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Have a parser know ``OPTIONS``."""
    for option in OPTIONS:
        names = option["name"] if isinstance(option["name"], list) else [option["name"]]
        parser.add_argument(*names, **{key: value for key, value in option.items() if key != "name"})


def main() -> int:
    """Read the options and do what they say; 2 says that nothing could be begun."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    address = os.environ.get("JOBSERV_URL")
    parser.add_argument("--server", default=address, required=not address, help="its URL; else JOBSERV_URL")
    commands = parser.add_subparsers(required=True, metavar="command")
    for do in (validate, run, update):
        about = (do.__doc__ or "").strip()
        command = commands.add_parser(do.__name__, help=about, description=about)
        command.set_defaults(do=do)
        if do is update:
            continue
        command.add_argument("file", type=Path, help="a project's definition; for run also a run definition")
        if do is run:
            add_options(command)
    options = parser.parse_args()
    options.server = options.server.rstrip("/")
    try:
        return int(options.do(options))
    except (Refused, OSError, SyntaxError, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
