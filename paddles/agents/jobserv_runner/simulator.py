"""Executes a run definition by hand: the same steps in the same container, and no server that hears of it.

PYTHONPATH=runner python3 -m jobserv_runner.simulator -w DIRECTORY rundef.json
"""

from __future__ import annotations

import argparse
import base64
import getpass
import importlib
import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import grepping
from .console import Console, Failed

TODO = "TODO"
LOG = "console.log"


def main() -> int:
    """Read the options and execute; the exit code is 0 when the run passed, 1 when not, 2 when it cannot begin."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("-w", "--worker-dir", required=True, type=Path, help="where files and volumes go")
    parser.add_argument("rundef", type=Path, help="the run definition, as JSON")
    options = parser.parse_args()
    try:
        rundef = json.loads(options.rundef.read_bytes())
        ask(rundef)
        refuse(rundef)
        handler = importlib.import_module(f".handlers.{rundef['trigger_type']}", __package__).handler
        refuse_links(rundef, options.worker_dir)
        run_dir = begun(options.worker_dir.absolute())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError) as error:
        sys.stderr.write(f"{options.rundef}: {error}\n")
        return 2
    return 0 if simulate(handler, rundef, run_dir) else 1


def ask(rundef: dict[str, Any]) -> None:
    """Ask for the secrets that the definition says to ask for."""
    for wanted in rundef.get("simulator-inputs") or ():
        sys.stdout.write(f"{wanted['prompt']}\n")
        for name, how in wanted["secrets"].items():
            value = getpass.getpass(f"{name}: ")
            if (how or {}).get("transform") == "BasicAuth":
                value = base64.b64encode(value.encode()).decode()
            rundef.setdefault("secrets", {})[name] = value


def refuse(rundef: dict[str, Any]) -> None:
    """Raise ValueError when a definition cannot be executed yet."""
    if not re.fullmatch(r"[a-z_]+", rundef["trigger_type"]):
        raise ValueError(f"there is no trigger type {rundef['trigger_type']!r}")
    left = [name for name, value in (rundef.get("secrets") or {}).items() if value == TODO]
    if left:
        raise ValueError(f"put in the values of these secrets first, which stand there as TODO: {', '.join(left)}")
    # A worker's own settings say where on its machine a shared volume is; a definition does not.
    paths = [name for name in rundef.get("shared-volumes") or {} if name.startswith("/")]
    if paths:
        raise ValueError(f"shared volumes are called by names, not by places of this machine: {', '.join(paths)}")


def refuse_links(rundef: Mapping[str, Any], worker_dir: Path) -> None:
    """Raise ValueError when a volume is a link: this may be a folder that somebody else has filled."""
    volumes = Path("volumes", *rundef["project"].split("/"))
    places = [volumes / name for name in rundef.get("persistent-volumes") or {}]
    places += [Path("shared-volumes", name) for name in rundef.get("shared-volumes") or {}]
    links = [part for place in places for part in (place, *place.parents) if (worker_dir / part).is_symlink()]
    if links:
        raise ValueError(f"{links[0]} in {worker_dir} leads elsewhere")


def begun(worker_dir: Path) -> Path:
    """Return the folder ``run`` of a folder, made anew when it is that of a run before. Raises ValueError."""
    run_dir = worker_dir / "run"
    if run_dir.exists():
        if not (run_dir / LOG).is_file():
            raise ValueError(f"{run_dir} is there already, and is not of a run before")
        shutil.rmtree(run_dir)
    run_dir.mkdir(parents=True, mode=0o700)
    return run_dir


def simulate(handler: Any, rundef: dict[str, Any], run_dir: Path) -> bool:
    """Execute a definition in a folder, which is empty, and return whether it passed; volumes are beside the folder."""
    given = {**rundef, "simulated": True, "api_key": ""}
    while True:
        try:
            passed = bool(handler.execute(str(run_dir.parent), str(run_dir), given))
            break
        except handler.RebootAndContinue:
            Console().step("Nothing is rebooted in a simulation: the run goes on at once")
    if rundef.get("test-grepping"):
        passed = well(run_dir, rundef["test-grepping"]) and passed
    Console().step(f"The run has {'passed' if passed else 'failed'}; what it left is in {run_dir / 'archive'}")
    return passed


def well(run_dir: Path, wanted: Mapping[str, Any]) -> bool:
    """Say which tests the log tells of, as a server finds them in the end; return whether none of them failed."""
    console = Console()
    console.step("Looking for tests in the log")
    try:
        with (run_dir / LOG).open("rb") as log:
            tests = grepping.found(log, wanted)
    except Failed as error:
        console.error(str(error))
        return False
    for test in tests:
        console.info(f"{test.name}: {test.status}, {len(test.results)} results")
        for result in test.results:
            console.info(f"  {result['name']}: {result['status']}")
    return all(test.status == "PASSED" for test in tests)


if __name__ == "__main__":
    # Whatever ends this, its container is ended first; a shell has what it starts in the background ignore SIGINT.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        sys.exit(main())
    except (KeyboardInterrupt, subprocess.SubprocessError):
        sys.exit(130)
