"""Runs of teuthology: those that ended over days, those that are under way, and those that wait.

What ended is told of once, with the moment of its last news; what goes on is told of as its dispatcher does.
"""

import datetime
from typing import Any
from urllib.parse import quote

from paddles.demo import jobs
from paddles.demo.jobs import Run
from paddles.demo.junit import document
from paddles.demo.wire import Wire

TAGS = ["demo"]
# Suites whose jobs leave a document with the tests that they made.
TESTED, TESTED_DAYS = ("rgw", "rbd"), 10
# What is said of a job when it has ended, and what besides is not known before it begins.
VERDICT = ("status", "success", "duration", "failure_reason")
LATER = (*VERDICT, "targets", "updated")
# Of one run after the other.
PRIORITIES = (70, 100, 50, 1000, 101)


def post_past(wire: Wire, run: Run, now: datetime.datetime) -> int:
    """Tell of a run that has ended; return how many jobs of it were not known."""
    path = f"/runs/{quote(run.name)}/jobs/"
    # With its first job the run is of when that began.
    if not wire.added("POST", path, run.jobs[0]):
        return 0
    wire.send("PUT", f"/runs/{quote(run.name)}/", {"tags": TAGS})
    wire.each(lambda job: wire.added("POST", path, job), run.jobs[1:])
    if now - run.scheduled < datetime.timedelta(days=TESTED_DAYS):
        wire.each(lambda job: _left_behind(wire, run.name, job), run.jobs)
    return len(run.jobs)


def post_present(wire: Wire, run: Run, place: int) -> int:
    """Tell of a run that goes on, or waits, as scheduler and dispatcher do; return how many jobs were not known."""
    if not wire.added("POST", "/runs/", {"name": run.name, "tags": TAGS}):
        return 0
    path = f"/runs/{quote(run.name)}/jobs/"
    for job in run.jobs:
        known = {name: value for name, value in job.items() if name not in LATER}
        wire.send("POST", path, {**known, "status": "queued", "priority": PRIORITIES[place % len(PRIORITIES)]})
    if place >= jobs.RUNNING:
        return len(run.jobs)
    done = len(run.jobs) * (jobs.RUNNING - place) // (jobs.RUNNING + 1)
    for position, job in enumerate(run.jobs[: done + 3]):
        wire.send("PUT", f"{path}{job['job_id']}/", {"status": "running", "targets": job["targets"]})
        if position < done:
            verdict = {name: job[name] for name in VERDICT if name in job}
            wire.send("PUT", f"{path}{job['job_id']}/", verdict)
        else:
            _lock(wire, next(iter(job["targets"])), run.name, job["job_id"])
    return len(run.jobs)


def _lock(wire: Wire, target: str, run: str, job_id: str) -> None:
    """Lock the machine of a job that runs, as the scheduler does; somebody may have it."""
    name = target.partition("@")[2]
    machine = wire.send("GET", f"/nodes/{name}/")
    if machine["up"] and not machine["locked"]:
        said = {"locked": True, "locked_by": "scheduled_teuthology@teuthology", "description": f"/a/{run}/{job_id}"}
        wire.send("PUT", f"/nodes/{name}/lock/", {"name": name, **said})


def _left_behind(wire: Wire, run: str, job: dict[str, Any]) -> None:
    """Send the tests of a job of a suite that has some."""
    if job["suite"] in TESTED and job["status"] != "dead":
        content = document(job["suite"], job["job_id"], failed=job["status"] == "fail")
        wire.send("POST", f"/ingest/junit?run={quote(run)}&job={job['job_id']}", content)
