"""Report, read, lock and queue: each returns its figures and what turned out to be wrong."""

import json
import random
import time
from collections import Counter
from typing import Any

from bench.loads.clients import Client, Counted, share, together

OVERRIDES = {"ceph": {"conf": {f"section {s}": {f"option {o}": o for o in range(20)} for s in range(12)}}}
FINAL = ("pass",) * 8 + ("fail", "dead")
MACHINES = 50
Result = dict[str, Any]


def document(key: int, status: str, **more: Any) -> bytes:
    """Return a job as a runner reports it: some 6 kB of JSON."""
    job = {
        "job_id": str(key),
        "status": status,
        "description": f"rados/thrash/{{variant-{key % 50}}}",
        "machine_type": "bench",
        "overrides": OVERRIDES,
        "roles": [["mon.a", "osd.0"], ["client.0"]],
        "targets": {} if status == "queued" else {f"ubuntu@bench{key % 40:03d}": "ssh-ed25519 key"},
        **more,
    }
    return json.dumps(job).encode()


def report(url: str, jobs: int, clients: int) -> Result:
    """A nightly: jobs are posted, run and end, and the run's summary must say so."""
    run = f"bench-{time.strftime('%Y-%m-%d_%H:%M:%S')}-rados-main-distro-default-bench"
    path = f"/runs/{run}/jobs/"
    final = {key: random.Random(key).choice(FINAL) for key in range(jobs)}
    posts = [("POST", path, document(key, "queued")) for key in final]
    starts = [("PUT", f"{path}{key}/", document(key, "running")) for key in final]
    ends = [("PUT", f"{path}{key}/", document(key, status)) for key, status in final.items()]
    found: Result = {}
    for name, requests in (("schedule", posts), ("start", starts), ("end", ends)):
        found[name] = _sent(url, requests, clients).figures()
    results = Client(url, Counted()).send("GET", f"/runs/{run}/?fields=results")["results"]
    expected = Counter(final.values())
    wrong = sum(results[status] != expected[status] for status in FINAL) + (results["total"] != jobs)
    return found | {"wrong": wrong}


def read(url: str, jobs: int, clients: int) -> Result:
    """What browsers and scripts look at, each address so many times as there are jobs divided by ten."""
    name = Client(url, Counted()).send("GET", "/runs/?count=1")[0]["name"]
    addresses = {
        "runs": "/runs/",
        "run": f"/runs/{name}/",
        "fields": f"/runs/{name}/jobs/?fields=job_id,status",
        "jobs": "/jobs/?count=25",
        "filter": "/jobs/?status=fail&count=25",
        "nodes": "/nodes/",
    }
    return {
        word: _sent(url, [("GET", path, None)] * max(1, jobs // 10), clients).figures()
        for word, path in addresses.items()
    }


def lock(url: str, jobs: int, clients: int) -> Result:
    """Machines taken three at a time and given back: nobody gets what somebody holds, and none stays taken."""
    first = Client(url, Counted())
    for number in range(MACHINES):
        body = {"name": f"benchlock{number:03d}", "machine_type": "benchlock", "up": True}
        first.send("POST", "/nodes/", body, expected=(200, 400))
    held: set[str] = set()
    doubled: list[str] = []

    def work(client: Client, at: int) -> None:
        owner = f"bench{at}@host"
        for _ in range(max(1, jobs // (10 * clients))):
            wanted = {"count": 3, "machine_type": "benchlock", "locked_by": owner, "description": "bench"}
            names = [node["name"] for node in client.send("POST", "/nodes/lock_many/", wanted) or []]
            doubled.extend(name for name in names if name in held)
            held.update(names)
            held.difference_update(names)
            client.send("POST", "/nodes/unlock_many/", {"names": names, "locked_by": owner})

    counted = together(url, clients, work)
    left = first.send("GET", "/nodes/?machine_type=benchlock&locked=1")
    return counted.figures() | {"wrong": len(doubled) + len(left)}


def queue(url: str, jobs: int, clients: int) -> Result:
    """Jobs popped from a queue by all clients at once and reported: each is handed to one of them."""
    run = f"bench-{time.strftime('%Y-%m-%d_%H:%M:%S')}-queue-main-distro-default-bench"
    name = f"bench-{time.time_ns()}"
    posts = [("POST", f"/runs/{run}/jobs/", document(key, "queued", queue=name)) for key in range(jobs)]
    _sent(url, posts, clients)
    handed: Counter[str] = Counter()

    def work(client: Client, _at: int) -> None:
        while job := client.send("GET", f"/queue/pop_queue/?queue={name}"):
            handed[job["job_id"]] += 1
            for status in ("running", "pass"):
                client.send("PUT", f"/runs/{run}/jobs/{job['job_id']}/", {"status": status})

    counted = together(url, clients, work)
    wrong = jobs - len(handed) + sum(times - 1 for times in handed.values())
    return counted.figures() | {"jobs_per_s": round(len(handed) / counted.wall_s, 1), "wrong": wrong}


def _sent(url: str, requests: list[tuple[str, str, bytes | None]], clients: int) -> Counted:
    def work(client: Client, at: int) -> None:
        for method, path, body in share(requests, at, clients):
            client.send(method, path, body)

    return together(url, clients, work)


SCENARIOS = {"report": report, "read": read, "lock": lock, "queue": queue}
