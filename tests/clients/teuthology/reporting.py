"""Runs and jobs: scheduling, dispatching, reporting the archive directory and reporting it again."""

import contextlib
import io
from datetime import UTC, datetime, timedelta

import archive
import requests
import yaml
from archive import host
from client import ANCIENT, DEVELOPER, NIGHTLY, Lab, silent
from expect import job_equals, merged, node_equals, run_equals, same, served, time_of, true
from scripts import schedule
from teuthology import beanstalk, dispatcher, report
from teuthology.dispatcher import supervisor
from teuthology.lock import ops, query
from teuthology.task.internal.check_lock import check_lock
from teuthology.util.time import parse_timestamp

LIVE = NIGHTLY.ended("queued")[0]  # The job that teuthology's own code takes through its whole life.


def identity(run: archive.Run) -> dict:
    """What a run is known by."""
    return {
        "name": run.name,
        "user": run.user,
        "suite": run.suite,
        "branch": run.branch,
        "machine_type": run.machine_type,
        "scheduled": run.scheduled,
    }


def nightly_run(lab: Lab) -> dict:
    """The run in progress, checked against what its jobs are known to be."""
    found = lab.get(f"/runs/{NIGHTLY.name}/")
    run_equals(identity(NIGHTLY), list(lab.nightly.values()), found)
    same(lab.nightly, {job["job_id"]: job["status"] for job in found["jobs"]}, "statuses of the run's jobs")
    return found


def recent(text: str, what: str) -> None:
    """Check that a time is readable by teuthology's own parser, UTC, and of these minutes."""
    time_of(text, what)
    age = datetime.now(UTC) - parse_timestamp(text)
    true(timedelta(minutes=-1) < age < timedelta(minutes=15), f"{what}: {text} is not about now")


def scheduling(lab: Lab) -> None:
    """teuthology-schedule queues 48 jobs; each is read back as it was sent, the run is made by its first job"""
    same(404, requests.head(f"{lab.url}/runs/{NIGHTLY.name}/", timeout=60).status_code, "a run nobody reported")
    fragments = lab.scratch / "fragments.yaml"
    options = ["--name", NIGHTLY.name, "--owner", NIGHTLY.owner, "--worker", NIGHTLY.machine_type, "--priority", "150"]
    with silent(), contextlib.redirect_stdout(io.StringIO()):
        for job in NIGHTLY.jobs:
            fragments.write_text(yaml.safe_dump(archive.fragments(NIGHTLY, job)), encoding="utf-8")
            schedule.main([*options, "--description", job.description, "--", str(fragments)])
            lab.nightly[job.key] = "queued"
    found = lab.jobs(NIGHTLY.name)
    for job in NIGHTLY.jobs:
        sent = archive.submission(NIGHTLY, job) | {"job_id": job.key, "status": "queued"}
        job_equals(served(sent), found[job.key], f"queued job {job.key}")
        same(None, found[job.key]["started"], f"queued job {job.key}: started")
        recent(found[job.key]["posted"], f"queued job {job.key}: posted")
    run = nightly_run(lab)
    same((150, archive.SHA1, "default"), (run["priority"], run["sha1"], run["flavor"]), "priority, sha1 and flavor")
    same([NIGHTLY.name], [run["name"] for run in lab.get("/runs/queued/")], "queued runs")


def starting(lab: Lab) -> None:
    """44 jobs start, as each runner reports it; the machines of those that still run are locked"""
    with silent():
        for job in NIGHTLY.archived():
            config = archive.dispatched(lab.archive, NIGHTLY, job)
            report.try_push_job_info(config, {"status": "running", "pid": archive.info(NIGHTLY, job)["pid"]})
            lab.nightly[job.key] = "running"
        for job in NIGHTLY.ended("running"):
            owner, directory = NIGHTLY.owner, str(lab.directory(NIGHTLY, job.key))
            true(ops.lock_one(job.machines[0], owner, directory).ok, f"lock of {job.machines[0]}")
    run = nightly_run(lab)
    same("running", run["status"], "status")
    recent(run["started"], "the run's start")
    # A job whose process was killed leaves no summary: the watchdog's last word is all there is.
    for job in NIGHTLY.ended("killed"):
        report.try_push_job_info({"name": NIGHTLY.name, "job_id": job.key}, {"status": "dead"})
        lab.nightly[job.key] = "dead"
    nightly_run(lab)


def from_queue(lab: Lab) -> dict:
    """Take the jobs that ran, and the live one, from the queue as the dispatcher does; return the live one."""
    connection = beanstalk.connect()
    beanstalk.watch_tube(connection, NIGHTLY.machine_type)
    for _ in range(len(NIGHTLY.archived()) + 1):
        job = connection.reserve(timeout=60)
        config = yaml.safe_load(job.body)
        job.delete()
    connection.close()
    directory = lab.directory(NIGHTLY, LIVE.key)
    directory.mkdir()
    return config | {"job_id": str(job.jid), "archive_path": str(directory), "worker_log": "/var/log/dispatcher"}


def dispatching(lab: Lab) -> None:
    """the dispatcher takes a job from queued over waiting to running and locks its machines"""
    # dispatcher.main would check out the suite with git and start the supervisor; lock_machines is its middle part.
    with silent():
        config = dispatcher.lock_machines(from_queue(lab))
        check_lock(supervisor.create_fake_context(config), None)
    lab.nightly[LIVE.key] = "running"
    found = lab.job(NIGHTLY.name, LIVE.key)
    same((LIVE.key, 2), (config["job_id"], len(config["targets"])), "job and number of machines")
    job_equals(served(config | {"status": "running"}), found, "running job")
    recent(found["started"], "started")
    for name, key in config["targets"].items():
        wanted = {"name": name, "ssh_pub_key": key, "locked": True, "locked_by": NIGHTLY.owner}
        node_equals(wanted | {"description": config["archive_path"]}, query.get_status(name))
    (lab.scratch / "live.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    nightly_run(lab)


def known_run(lab: Lab) -> None:
    """teuthology-report leaves a run alone that HEAD /runs/<name>/ finds"""
    before = lab.jobs(NIGHTLY.name)
    output = lab.script("teuthology-report", "-v", "-a", str(lab.archive), "-r", NIGHTLY.name)
    true("already present; skipped" in output, output)
    same(before, lab.jobs(NIGHTLY.name), "the jobs")


def known_job(lab: Lab) -> None:
    """a job that exists is not created again: the message ends in "already exists", which makes the client update it"""
    key = NIGHTLY.jobs[0].key
    before = lab.job(NIGHTLY.name, key)
    body = {"name": NIGHTLY.name, "job_id": key, "status": "fail", "description": "another"}
    answer = requests.post(f"{lab.url}/runs/{NIGHTLY.name}/jobs/", json=body, timeout=60)
    same(400, answer.status_code, "status code")
    same(f"job with job_id {key} already exists", answer.json()["message"], "message")
    same(before, lab.job(NIGHTLY.name, key), "the job")


def compare(lab: Lab, run: archive.Run) -> None:
    """Compare every field of every archived job, alone, in the list and in the run, with the directory."""
    alone = lab.jobs(run.name)
    within = {job["job_id"]: job for job in lab.get(f"/runs/{run.name}/")["jobs"]}
    for job in run.archived():
        directory = lab.directory(run, job.key)
        expected = served(merged(directory)) | {"status": job.status}
        if job.outcome in ("dead", "fail"):
            same(False, alone[job.key]["success"], f"{job.outcome} job {job.key}: success")
        job_equals(expected, alone[job.key], f"job {job.key}")
        same(alone[job.key], within[job.key], f"job {job.key} in the list and in the run")
        updated = datetime.fromtimestamp(int((directory / "teuthology.log").stat().st_mtime), UTC)
        same(str(updated.replace(tzinfo=None)), alone[job.key]["updated"], f"job {job.key}: updated, the log's time")
    key = run.archived()[-1].key
    same(alone[key], lab.job(run.name, key), f"job {key} in the list and alone")


def refreshing(lab: Lab) -> None:
    """teuthology-report --refresh reports 44 known jobs (POST, then PUT); every field equals the directory"""
    lab.script("teuthology-report", "-R", "-a", str(lab.archive), "-r", NIGHTLY.name)
    for job in NIGHTLY.archived():
        lab.nightly[job.key] = job.status
    compare(lab, NIGHTLY)
    nightly_run(lab)


def all_runs(lab: Lab) -> None:
    """teuthology-report --all-runs reports the two unknown runs, 20 jobs; every field equals the directory"""
    lab.script("teuthology-report", "-n", "-a", str(lab.archive), "--all-runs")
    for run in (DEVELOPER, ANCIENT):
        compare(lab, run)
        run_equals(identity(run), [job.status for job in run.jobs], lab.get(f"/runs/{run.name}/"))
    nightly_run(lab)
    names = {run.name for run in archive.RUNS}
    same([], sorted(names - {run["name"] for run in lab.get("/runs/?count=100")}), "runs missing in the list of runs")


def slices(lab: Lab) -> None:
    """fields= gives exactly the fields asked for, and job_id is text"""
    reporter = report.ResultsReporter()
    everything = {job["job_id"]: job for job in reporter.get_jobs(NIGHTLY.name)}
    wanted = ["job_id", "status", "description", "duration", "failure_reason", "sentry_event", "log_href"]
    for fields in (["job_id"], ["status"], ["job_id", "status"], wanted):
        found = reporter.get_jobs(NIGHTLY.name, fields=fields)
        same(sorted(everything), sorted(job["job_id"] for job in found), "job numbers")
        for job in found:
            same({key: everything[job["job_id"]][key] for key in {*fields, "job_id"}}, job, f"fields {fields}")
    same(lab.job(NIGHTLY.name, LIVE.key), reporter.get_jobs(NIGHTLY.name, LIVE.key), "one job, no slash at the end")
    same(nightly_run(lab), reporter.get_run(NIGHTLY.name), "one run, no slash at the end")
    same("running", reporter.get_run(NIGHTLY.name, fields=["name", "status"])["status"], "run with fields")


def histories(lab: Lab) -> None:
    """each machine lists the jobs that had it as a target, machines named by targets alone included"""
    for short in ("smithi003", "trial001", "plana11"):
        wanted = {(r.name, j.key) for r in archive.RUNS for j in r.archived() if short in j.machines}
        found = lab.get(f"/nodes/{host(short)}/jobs/?count=0")
        live = {job["job_id"] for job in found if host(short) in (job["targets"] or {})} - {key for _, key in wanted}
        same([], sorted(live - {LIVE.key}), f"{short}: unexpected jobs")
        same(sorted(wanted), sorted((j["name"], j["job_id"]) for j in found if j["job_id"] not in live), short)
    forgotten = lab.node("plana11")
    node_equals({"name": host("plana11"), "up": None, "locked": False, "machine_type": "plana"}, forgotten)


STORY = (scheduling, starting, dispatching, known_run, known_job, refreshing, all_runs, slices, histories)
