"""Machines, locks and queues, as the programs of a lab tell of them."""

import datetime
import random
from typing import Any

from paddles.demo import words
from paddles.demo.wire import Wire

PAUSED, PAUSED_S = "braggi", 8 * 3600
PAUSED_BY = "bjarne@desk: the switch of rack 4 is replaced"
QUEUES = tuple(kind.kind for kind in words.TYPES)
GUESTS = 4


def fill(wire: Wire, seed: int, now: datetime.datetime) -> int:
    """Register the machines and pause a queue; return how many machines there were not before."""
    rng = random.Random(f"lab {seed}")
    machines = [machine for kind in words.TYPES for machine in _of(kind, rng, now)]
    new = wire.each(lambda machine: wire.added("POST", "/nodes/", machine), machines)
    new += wire.each(lambda machine: wire.added("POST", "/nodes/", machine), _guests())
    for queue in QUEUES:
        wire.added("POST", "/queue/", {"queue": queue})
    _pause(wire)
    return sum(new)


def _of(kind: words.Machines, rng: random.Random, now: datetime.datetime) -> list[dict[str, Any]]:
    """Return the machines of a type: a few of them down, a few locked by people, for some days."""
    found = []
    for place, name in enumerate(words.machine_names(kind)):
        system, version = rng.choice(kind.systems)
        machine = {
            "name": name,
            "machine_type": kind.kind,
            "arch": kind.arch,
            "os_type": system,
            "os_version": version,
            "is_vm": False,
            "up": True,
            "locked": False,
            "mac_address": f"0c:c4:7a:{len(kind.kind):02x}:{ord(kind.kind[0]):02x}:{place:02x}",
        }
        found.append({**machine, **_trouble(place, rng, now)})
    return found


def _trouble(place: int, rng: random.Random, now: datetime.datetime) -> dict[str, Any]:
    if place % 11 == 5:
        return {"up": False, "description": words.DOWN[place % len(words.DOWN)]}
    if place % 9 == 2:
        owner, why = words.LOCKS[place // 9 % len(words.LOCKS)]
        since = now - datetime.timedelta(hours=rng.randint(2, 24 * 9))
        return {"locked": True, "locked_by": owner, "description": why, "locked_since": since.isoformat()}
    return {}


def _guests() -> list[dict[str, Any]]:
    """Return the guests of a machine."""
    usual = {"machine_type": "vps", "arch": "x86_64", "is_vm": True, "up": True, "vm_host": "trial001"}
    return [{"name": f"vpm{number:03}", **usual} for number in range(1, GUESTS + 1)]


def _pause(wire: Wire) -> None:
    """Pause a queue, unless somebody has."""
    state = wire.send("POST", "/queue/stats/", {"queue": PAUSED})
    if not state.get("paused"):
        wire.send("PUT", "/queue/", {"queue": PAUSED, "pause_duration": PAUSED_S, "paused_by": PAUSED_BY})
