"""A small nightly against a running service: jobs are posted, run and end; then everything is looked up.

    python bench/report.py [--url http://127.0.0.1:8080] [--jobs 400] [--clients 8]

Prints one line of figures. Anything acknowledged and not found, or a summary that is wrong, is an error.
"""

import argparse
import http.client
import json
import queue
import random
import sys
import threading
import time
from urllib.parse import urlsplit

OVERRIDES = {"ceph": {"conf": {f"section {s}": {f"option {o}": o for o in range(20)} for s in range(12)}}}
FINAL = ("pass",) * 8 + ("fail", "dead")


def document(key: int, status: str) -> bytes:
    """Return a job as a runner reports it: some 6 kB of JSON."""
    job = {
        "job_id": str(key),
        "status": status,
        "description": f"rados/thrash/{{variant-{key % 50}}}",
        "machine_type": "bench",
        "overrides": OVERRIDES,
        "roles": [["mon.a", "osd.0"], ["client.0"]],
        "targets": {} if status == "queued" else {f"ubuntu@bench{key % 40:03d}": "ssh-ed25519 key"},
    }
    return json.dumps(job).encode()


def work(url: str, todo: "queue.SimpleQueue[tuple[str, str, bytes]]", times: list[float], errors: list[str]) -> None:
    """Send requests from ``todo`` on one connection until it is empty."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    while True:
        try:
            method, path, body = todo.get_nowait()
        except queue.Empty:
            return
        begun = time.perf_counter()
        connection.request(method, path, body)
        answer = connection.getresponse()
        said = answer.read()
        times.append(time.perf_counter() - begun)
        if answer.status != 200:
            errors.append(f"{answer.status} {said[:200]!r}")


def rate(url: str, requests: list[tuple[str, str, bytes]], clients: int) -> tuple[float, list[float], list[str]]:
    """Send all requests with so many clients; return requests per second, their times and what went wrong."""
    todo: queue.SimpleQueue[tuple[str, str, bytes]] = queue.SimpleQueue()
    for request in requests:
        todo.put(request)
    times: list[float] = []
    errors: list[str] = []
    threads = [threading.Thread(target=work, args=(url, todo, times, errors)) for _ in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(times) / (time.perf_counter() - begun), times, errors


def main() -> int:
    """Measure, print, and return 1 when something was lost or refused."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--jobs", type=int, default=400)
    parser.add_argument("--clients", type=int, default=8)
    options = parser.parse_args()
    run = f"bench-{time.strftime('%Y-%m-%d_%H:%M:%S')}-rados-main-distro-default-bench"
    path = f"/runs/{run}/jobs/"
    final = {key: random.Random(key).choice(FINAL) for key in range(options.jobs)}
    scheduled = [("POST", path, document(key, "queued")) for key in final]
    started = [("PUT", f"{path}{key}/", document(key, "running")) for key in final]
    ended = [("PUT", f"{path}{key}/", document(key, status)) for key, status in final.items()]
    schedule_rate, _, errors = rate(options.url, scheduled, options.clients)
    start_rate, _, more = rate(options.url, started, options.clients)
    end_rate, times, most = rate(options.url, ended, options.clients)
    address = urlsplit(options.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    connection.request("GET", f"/runs/{run}/?fields=results")
    results = json.loads(connection.getresponse().read())["results"]
    times.sort()
    figures = {
        "schedule_per_s": round(schedule_rate, 1),
        "start_per_s": round(start_rate, 1),
        "end_per_s": round(end_rate, 1),
        "p50_ms": round(1000 * times[len(times) // 2], 1),
        "p99_ms": round(1000 * times[int(len(times) * 0.99)], 1),
        "jobs": results["total"],
        "missing": options.jobs - results["total"],
        "open": results["queued"] + results["running"] + results["waiting"] + results["unknown"],
        "refused": len(errors) + len(more) + len(most),
    }
    print(json.dumps(figures))
    return int(bool(figures["missing"] or figures["open"] or figures["refused"]))


if __name__ == "__main__":
    sys.exit(main())
