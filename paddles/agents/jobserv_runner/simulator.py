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
import subprocess
import sys
from pathlib import Path
from typing import Any

from .console import Console

TODO = "TODO"


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
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        sys.stderr.write(f"{options.rundef}: {error}\n")
        return 2
    return 0 if simulate(rundef, options.worker_dir) else 1


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


def simulate(rundef: dict[str, Any], worker_dir: Path) -> bool:
    """Execute a definition in ``worker_dir/run``, which is made anew, and return whether it passed."""
    run_dir = worker_dir.absolute() / "run"
    if run_dir.exists():
        shutil.rmtree(run_dir)
    run_dir.mkdir(parents=True, mode=0o700)
    handler = importlib.import_module(f".handlers.{rundef['trigger_type']}", __package__).handler
    given = {**rundef, "simulated": True, "api_key": ""}
    while True:
        try:
            passed = bool(handler.execute(str(worker_dir.absolute()), str(run_dir), given))
            break
        except handler.RebootAndContinue:
            Console().step("Nothing is rebooted in a simulation: the run goes on at once")
    Console().step(f"What the run left is in {run_dir / 'archive'}")
    return passed


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (KeyboardInterrupt, subprocess.SubprocessError):
        sys.exit(130)
