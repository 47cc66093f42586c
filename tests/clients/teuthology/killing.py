"""Ends: killing a job and a run, deleting queued jobs, stale locks, deleting jobs and runs."""

import subprocess
import sys

import archive
from archive import host
from client import ANCIENT, DEVELOPER, NIGHTLY, Lab, silent
from expect import node_equals, same, true
from reporting import nightly_run
from teuthology import report
from teuthology.lock import ops, query

KILLED, *LEFT = NIGHTLY.ended("running")[2:]


def process_of(run: str, key: str) -> subprocess.Popen:
    """Start a process that looks like the job's, and report its number."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", f"{run}/{key}"])
    with silent():
        report.try_push_job_info({"name": run, "job_id": key}, {"pid": process.pid})
    return process


def job(lab: Lab) -> None:
    """teuthology-kill of a job ends its process, marks it dead and unlocks its machine"""
    process = process_of(NIGHTLY.name, KILLED.key)
    same(str(process.pid), lab.job(NIGHTLY.name, KILLED.key)["pid"], "pid")
    lab.script("teuthology-kill", "-o", NIGHTLY.owner, "-r", NIGHTLY.name, "-j", KILLED.key)
    same(-15, process.wait(timeout=10), "exit code of the process")
    lab.nightly[KILLED.key] = "dead"
    found = lab.job(NIGHTLY.name, KILLED.key)
    same(("dead", "killed"), (found["status"], found["failure_reason"]), "status and reason")
    wanted = {"name": host(KILLED.machines[0]), "locked": False, "locked_by": None, "locked_since": None}
    node_equals(wanted, query.get_status(KILLED.machines[0]))
    nightly_run(lab)


def stranger(lab: Lab) -> None:
    """teuthology-kill in another's name cannot unlock the job's machine"""
    key, short = LEFT[0].key, LEFT[0].machines[0]
    before = query.get_status(short)
    same(True, before["locked"], "locked")
    lab.script("teuthology-kill", "-o", "stranger@elsewhere", "-r", NIGHTLY.name, "-j", key)
    same(before, query.get_status(short), "the machine")
    # The job itself is dead now: the server asks nobody who reports. dead is not final, so its runner may go on.
    lab.nightly[key] = "dead"
    nightly_run(lab)
    with silent():
        report.try_push_job_info({"name": NIGHTLY.name, "job_id": key}, {"status": "running"})
    lab.nightly[key] = "running"
    nightly_run(lab)


def run(lab: Lab) -> None:
    """teuthology-kill of a run deletes its queued jobs, ends its processes and marks the rest dead"""
    processes = [process_of(NIGHTLY.name, left.key) for left in LEFT]
    lab.script("teuthology-kill", "-o", NIGHTLY.owner, "-m", "smithi", "-r", NIGHTLY.name)
    same([-15] * len(LEFT), [process.wait(timeout=10) for process in processes], "exit codes of the processes")
    for left in LEFT:
        lab.nightly[left.key] = "dead"
    for key in [key for key, status in lab.nightly.items() if status == "queued"]:
        same(404, lab.code(f"/runs/{NIGHTLY.name}/jobs/{key}/"), f"queued job {key}")
        del lab.nightly[key]
    same("finished fail", nightly_run(lab)["status"], "status")
    same(45, len(lab.nightly), "jobs left")


def cleaning(lab: Lab) -> None:
    """the machines of dead jobs are given back by unlock_safe, by their owner only"""
    # kill_run of 1.3.0 compares the end of a lock's description with the run's name alone, without the job, and so
    # leaves machines of jobs that were running when it asked; teuthology-node-cleanup or unlock_safe follow.
    names = [left.machines[0] for left in LEFT]
    for name in names:
        same(True, query.get_status(name)["locked"], f"{name} is locked")
    same(False, ops.unlock_safe(names, "stranger@elsewhere"), "unlock_safe by a stranger")
    same(True, ops.unlock_safe(names, NIGHTLY.owner), "unlock_safe")
    left = query.list_locks(locked_by=NIGHTLY.owner, machine_type="smithi")
    # Two jobs ended by report_outcome without a supervisor, which would have unlocked their machines.
    same([host("smithi001"), host("smithi002")], sorted(node["name"] for node in left), "still locked")


def stale(lab: Lab) -> None:
    """teuthology-node-cleanup unlocks machines locked for jobs that ended long ago, by their time of update"""
    ended, fresh = DEVELOPER.jobs[1].key, NIGHTLY.ended("running")[0].key
    owner = f"stale@{archive.LAB}"
    for short, run_name, key in (
        ("smithi007", DEVELOPER.name, ended),
        ("smithi008", NIGHTLY.name, fresh),
        ("smithi003", DEVELOPER.name, "1"),
    ):
        true(ops.lock_one(short, owner, f"/archive/{run_name}/{key}").ok, f"lock of {short}")
    with silent():
        report.try_push_job_info({"name": NIGHTLY.name, "job_id": fresh})
        found = query.find_stale_locks(owner)
    same([host("smithi007")], [node["name"] for node in found], "stale locks")
    lab.script("teuthology-node-cleanup", "--owner", owner)
    node_equals({"name": host("smithi007"), "locked": False}, query.get_status("smithi007"))
    node_equals({"name": host("smithi008"), "locked": True, "locked_by": owner}, query.get_status("smithi008"))


def queued(lab: Lab) -> None:
    """teuthology-queue --delete deletes the queued jobs of a run, and the run with the last of them"""
    name = "paddler-2024-03-04_00:00:00-smoke-main-distro-default-smithi"
    lab.script("teuthology-schedule", "--name", name, "--worker", "smithi", "--num", "2", "--description", "smoke/{a}")
    same(["queued", "queued"], [job["status"] for job in lab.jobs(name).values()], "jobs")
    output = lab.script("teuthology-queue", "-m", "smithi", "-D", name)
    same(2, output.count(f"Deleting {name}/"), output)
    same(404, lab.code(f"/runs/{name}/"), "the run")


def deleting(lab: Lab) -> None:
    """delete_job and delete_run remove what they say; the machines stay"""
    reporter = report.ResultsReporter()
    reporter.delete_job(ANCIENT.name, ANCIENT.jobs[0].key)
    same(404, lab.code(f"/runs/{ANCIENT.name}/jobs/{ANCIENT.jobs[0].key}/"), "deleted job")
    same((3, "finished pass"), tuple(reporter.get_run(ANCIENT.name)[k] for k in ("jobs_count", "status")), "run")
    reporter.delete_run(ANCIENT.name)
    same(404, lab.code(f"/runs/{ANCIENT.name}/"), "deleted run")
    same([], lab.get(f"/nodes/{host('plana11')}/jobs/"), "jobs of a machine of the deleted run")


STORY = (job, stranger, run, cleaning, stale, queued, deleting)
