"""What runs of teuthology are made of: names, descriptions, and what became of each job."""

import datetime
import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from paddles.demo import words

# Every commit of a demo begins so: that is how its runs are known again.
COMMIT = "de30"
FIRST_JOB = 8_000_000
JOBS = (4, 12)
RUNNING, QUEUED = 4, 5
# A machine that is to blame for a good part of what dies.
BAD_MACHINE = "smithi017"
# A workload that fails now and then, one that broke and was mended, and one that is broken now: from and until are
# parts of the time that is told of.
FLAKY = ("rados", "cache-agent-big", "osd-delay", 0.35)
DIES, FAILS = 0.008, 0.03
BROKEN = (("fs", "fsstress", 0.35, 0.7, "crash"), ("rgw", "multisite", 0.88, 1.1, "assertion"))


@dataclass(frozen=True)
class Run:
    """A run: its name, when it was scheduled, and its jobs, as they are when they have ended."""

    name: str
    scheduled: datetime.datetime
    jobs: Sequence[dict[str, Any]]


def commit(*said: object) -> str:
    """Return the commit that these words stand for."""
    return COMMIT + hashlib.sha1(" ".join(map(str, said)).encode(), usedforsecurity=False).hexdigest()[4:]


def past(seed: int, days: int, count: int, now: datetime.datetime) -> Iterator[Run]:
    """Yield the runs that have ended, the oldest first."""
    rng = random.Random(f"runs {seed}")
    begin, span = now - datetime.timedelta(days=days), datetime.timedelta(days=days) - datetime.timedelta(hours=4)
    number = FIRST_JOB + seed % 1000 * 1000
    for place in range(count):
        part = (place + rng.random() * 0.9) / count
        suite = words.SUITES[place % len(words.SUITES)] if place < len(words.SUITES) else rng.choice(words.SUITES)
        scheduled = (begin + span * part).replace(microsecond=0)
        yield _run(rng, suite, scheduled, part, number)
        number += JOBS[1]


def present(seed: int, now: datetime.datetime) -> Iterator[Run]:
    """Yield runs that are under way, then such as wait in the queues."""
    rng = random.Random(f"now {seed}")
    number = FIRST_JOB + 900_000 + seed % 1000 * 100
    for place in range(RUNNING + QUEUED):
        minutes = (RUNNING - place) * 25 + 20 if place < RUNNING else (RUNNING + QUEUED - place) * 4
        suite = words.SUITES[place % len(words.SUITES)]
        scheduled = (now - datetime.timedelta(minutes=minutes, seconds=rng.randrange(200))).replace(microsecond=0)
        yield _run(rng, suite, scheduled, 1.0, number)
        number += JOBS[1]


def _run(rng: random.Random, suite: words.Suite, scheduled: datetime.datetime, part: float, number: int) -> Run:
    branch, flavor = rng.choice(words.BRANCHES), rng.choice(words.FLAVORS)
    user = "teuthology" if branch in ("main", "tentacle", "squid") else branch.split("-")[1]
    sha1 = commit(branch, scheduled.date())
    stamp = scheduled.strftime("%Y-%m-%d_%H:%M:%S")
    name = f"{user}-{stamp}-{suite.name}-{branch}-distro-{flavor}-{suite.machines}"
    usual = {
        "name": name,
        "user": user,
        "owner": f"scheduled_{user}@teuthology",
        "suite": suite.name,
        "suite_branch": branch,
        "branch": branch,
        "sha1": sha1,
        "flavor": flavor,
        "machine_type": suite.machines,
        "queue": suite.machines,
        "kernel": {"kdb": True, "sha1": "distro"},
        "teuthology_branch": "main",
        "timestamp": stamp,
        "priority": 100,
        "roles": [["mon.a", "osd.0", "osd.1", "client.0"], ["mon.b", "osd.2", "osd.3"]],
        "archive_path": f"/a/{name}",
    }
    # Descriptions come again from run to run, so that one can be followed.
    kinds = list(
        product(suite.workloads, words.STORES, words.MESSENGERS, [name for name, _ in _machines(suite).systems[:2]])
    )
    chosen = kinds[: rng.randint(*JOBS)] if len(kinds) <= JOBS[1] else sorted(rng.sample(kinds, rng.randint(*JOBS)))
    jobs = [_job(rng, usual, (suite, *kind), (scheduled, part), number + place) for place, kind in enumerate(chosen)]
    return Run(name, scheduled, jobs)


def _machines(suite: words.Suite) -> words.Machines:
    return next(kind for kind in words.TYPES if kind.kind == suite.machines)


def _job(
    rng: random.Random,
    usual: Mapping[str, Any],
    kind: tuple[words.Suite, str, str, str, str],
    run: tuple[datetime.datetime, float],
    number: int,
) -> dict[str, Any]:
    """Return all that is said of a job that has ended."""
    suite, workload, store, messenger, system = kind
    scheduled, part = run
    version = dict(_machines(suite).systems)[system]
    hosts = rng.sample(words.machine_names(_machines(suite)), 2)
    minutes = suite.minutes * rng.uniform(0.8, 1.3)
    verdict = _verdict(rng, usual, kind, hosts, part)
    if verdict.get("failure_reason") == words.DEATHS["expired"]:
        minutes = 12 * 60
    waited = rng.uniform(2, 40)
    ended = scheduled + datetime.timedelta(minutes=min(minutes + waited, 200))
    return {
        **usual,
        "job_id": str(number),
        "description": words.describe(suite, workload, store, messenger, system),
        "os_type": system,
        "os_version": version,
        "tasks": [{"install": None}, {"ceph": None}, {"workunit": {"clients": {"client.0": [f"{workload}.sh"]}}}],
        "targets": {f"ubuntu@{host}": "ssh-ed25519 AAAA" for host in hosts},
        "duration": int(minutes * 60),
        "updated": ended.strftime("%Y-%m-%d %H:%M:%S"),
        **verdict,
    }


def _verdict(
    rng: random.Random,
    usual: Mapping[str, Any],
    kind: tuple[words.Suite, str, str, str, str],
    hosts: Sequence[str],
    part: float,
) -> dict[str, Any]:
    suite, workload = kind[0], kind[1]
    said = {"host": hosts[0], "sha1": usual["sha1"], "suite": suite.name, "workload": workload}
    said["day"] = usual["timestamp"][:10]
    chance = rng.random()
    if BAD_MACHINE in hosts and chance < 0.5:
        return {"status": "dead", "failure_reason": words.reason("ssh", rng, {**said, "host": BAD_MACHINE})}
    if chance < DIES:
        return {"status": "dead", "failure_reason": words.reason(rng.choice(list(words.DEATHS)), rng, said)}
    broken = next((why for of, what, since, until, why in BROKEN if _is(of, what, kind) and since <= part < until), "")
    flaky = _is(*FLAKY[:2], kind) and kind[3] == FLAKY[2] and chance < FLAKY[3]
    why = broken or ("slow" if flaky else "") or (rng.choice(list(words.REASONS)) if chance < FAILS else "")
    if why:
        return {"status": "fail", "success": False, "failure_reason": words.reason(why, rng, said)}
    return {"status": "pass", "success": True}


def _is(suite: str, workload: str, kind: tuple[words.Suite, str, str, str, str]) -> bool:
    return (suite, workload) == (kind[0].name, kind[1])
