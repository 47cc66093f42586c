"""Torture the service of this checkout for a while, then check every answer that it gave.

    python -m bench.torture [--seconds 60] [--reporters 8] [--seed 1] [--limit 10] [--keep DIRECTORY]

Reporters create jobs, pop, report and lock while workers, the master, the sweeper, the guard, PostgreSQL and its
backends are killed with SIGKILL, and while the disk is full. Every request is written down with its answer. Prints one
line of JSON. Exit code 1, and a line for each on stderr, when a promise was broken; the history and the logs are then
kept, and it is said where.
"""

import argparse
import json
import os
import shutil
import socket
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench.torture import checker, disks
from bench.torture.faults import Tormentor
from bench.torture.history import Client, History
from bench.torture.processes import Service, until
from bench.torture.reporters import MACHINE_TYPE, Reporter

START_S = 90
SETTLE_S = 60
LEASE_S = 20
MACHINES = 12
SHOWN = 50


def main() -> int:
    """Torture, check, print; return the exit code."""
    options = arguments()
    place: Path = options.keep or Path(tempfile.mkdtemp(prefix="paddles-torture-"))
    place.mkdir(exist_ok=True, parents=True)
    place.chmod(0o711)
    code = disks.in_namespace(place / "home", ["-m", "bench.torture", *sys.argv[1:], "--keep", str(place)])
    if code is None:
        code = here(options, place)
    if code == 0 and not options.keep:
        shutil.rmtree(place)
    return code


def here(options: argparse.Namespace, place: Path) -> int:
    """Torture, check, print, in a directory that stays; return the exit code."""
    with disks.small(place / "home") as problem:
        summary, broken = torture(options, place, problem)
    print(json.dumps(summary))
    for line in broken[:SHOWN]:
        print(line, file=sys.stderr)
    if broken:
        print(f"history and logs are in {place}", file=sys.stderr)
    return int(bool(broken))


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="how long faults go on (default %(default)s)")
    parser.add_argument("--reporters", type=int, default=8, help="clients at work (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="decides which faults come and when (default %(default)s)")
    parser.add_argument("--limit", type=float, default=10, help="seconds in which to recover (default %(default)s)")
    parser.add_argument("--keep", type=Path, help="a new directory for history and logs, which are then kept")
    return parser.parse_args()


def torture(options: argparse.Namespace, place: Path, no_disk: str) -> tuple[dict[str, Any], list[str]]:
    """Run the service, the load and the faults; return the figures, and the promises broken."""
    service = Service(place / "home", free_port(), place / "service.log", LEASE_S)
    with History(place / "history.jsonl") as history:
        try:
            tormentor = Tormentor(service, history, options.seed, disk=not no_disk)
            if until(tormentor.recovered, START_S) > START_S:
                return {}, [f"the service does not start: {service.log.read_text()[-2000:]}"]
            register(Client(history, "canary", service.url))
            reporters = [Reporter(n, options.seed, history, service.url, LEASE_S) for n in range(options.reporters)]
            for reporter in reporters:
                reporter.start()
            tormentor.torment(time.monotonic() + options.seconds)
            broken = settle(reporters)
            stored, locked = look(Client(history, "canary", service.url), [r.run_name for r in reporters])
            recount = service.command("recount", "--check")
        finally:
            service.end()
    tracebacks = service.log.read_text().count("Traceback")
    broken += checker.check(history.entries, stored, locked, LEASE_S)
    broken += [f"after {kind}: {took:.1f} s" for kind, took in tormentor.recoveries if took > options.limit]
    broken += [f"{tracebacks} tracebacks are in {service.log}"] if tracebacks else []
    broken += [f"recount: {recount.stdout}{recount.stderr}"] if recount.returncode else []
    return figures(options, history, tormentor, stored, broken, no_disk), broken


def settle(reporters: list[Reporter]) -> list[str]:
    """Have the reporters finish what they do; return those that do not."""
    for reporter in reporters:
        reporter.stopping.set()
    deadline = time.monotonic() + SETTLE_S
    for reporter in reporters:
        reporter.join(max(0, deadline - time.monotonic()))
    return [f"{reporter.name} cannot finish" for reporter in reporters if reporter.is_alive()]


def register(client: Client) -> None:
    """Make the machines that are fought for."""
    for number in range(MACHINES):
        client.send("machine", "", "POST", "/nodes/", {"name": f"m{number}", "machine_type": MACHINE_TYPE, "up": True})


def look(client: Client, runs: list[str]) -> tuple[dict[str, Any], list[str]]:
    """Return every job by ``run/key``, and the machines that are locked."""
    found = {run: client.send("look", run, "GET", f"/runs/{run}/jobs/").answer for run in runs}
    # A run that never came to be has a message instead of a list.
    stored = {f"{run}/{job['job_id']}": job for run, jobs in found.items() if isinstance(jobs, list) for job in jobs}
    locked = client.send("look", "nodes", "GET", "/nodes/?locked=1").answer or []
    return stored, [f"{machine['name']} by {machine['locked_by']}" for machine in locked]


def figures(
    options: argparse.Namespace,
    history: History,
    tormentor: Tormentor,
    stored: dict[str, Any],
    broken: list[str],
    no_disk: str,
) -> dict[str, Any]:
    """Return what one line says of it all."""
    requests = [entry for entry in history.entries if entry.kind not in ("fault", "canary", "look", "machine")]
    slowest: dict[str, float] = {}
    for kind, took in tormentor.recoveries:
        slowest[kind] = round(max(took, slowest.get(kind, 0)), 1)
    return {
        "seconds": options.seconds,
        "seed": options.seed,
        "reporters": options.reporters,
        "requests": len(requests),
        "acknowledged": sum(entry.acknowledged for entry in requests),
        "answers": dict(sorted(Counter(str(entry.status or "none") for entry in requests).items())),
        "jobs": len(stored),
        "faults": dict(sorted(Counter(kind for kind, _ in tormentor.recoveries).items())),
        "slowest_recovery_s": dict(sorted(slowest.items())),
        "load": round(os.getloadavg()[0], 1),
        "left_out": {"disk": no_disk} if no_disk else {},
        "broken": len(broken),
    }


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
