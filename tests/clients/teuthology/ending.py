"""How jobs end: outcomes, watchdogs, reporters at once, and a dead that changes nothing."""

import os
import pathlib
import subprocess
import sys

import archive
import yaml
from client import DEVELOPER, NIGHTLY, Aside, Lab, silent
from expect import FINAL, job_equals, merged, node_equals, run_equals, same, served, time_of, true
from reporting import LIVE, nightly_run
from teuthology import report
from teuthology import run as runner
from teuthology.dispatcher import supervisor
from teuthology.lock import query
from teuthology.task import internal


def finishing(lab: Lab) -> None:
    """the live job leaves its own files and its outcome; reported once more, every field equals the directory"""
    config = yaml.safe_load((lab.scratch / "live.yaml").read_text(encoding="utf-8"))
    directory = pathlib.Path(config["archive_path"])
    # run.main would go on to ssh: these are the functions by which it writes and reports.
    runner.write_initial_metadata(str(directory), config, NIGHTLY.name, LIVE.description, NIGHTLY.owner)
    internal.save_config(supervisor.create_fake_context(config), None)
    (directory / "teuthology.log").write_text("done\n", encoding="utf-8")
    with silent():
        report.try_push_job_info(config, {"status": "running", "pid": os.getpid()})
        summary = runner.get_summary(NIGHTLY.owner, LIVE.description) | {"duration": 61.5, "flavor": "default"}
        runner.report_outcome(config, str(directory), summary)
    lab.nightly[LIVE.key] = "pass"
    same("pass", lab.job(NIGHTLY.name, LIVE.key)["status"], "status after the outcome")
    lab.script("teuthology-report", "-a", str(lab.archive), "-r", NIGHTLY.name, "-j", LIVE.key)
    job_equals(served(merged(directory)), lab.job(NIGHTLY.name, LIVE.key), "job that teuthology archived")
    nightly_run(lab)


def watching(lab: Lab) -> None:
    """the watchdog's heartbeats renew updated, and its final dead changes nothing about a job that passed"""
    config = yaml.safe_load((lab.scratch / "live.yaml").read_text(encoding="utf-8"))
    before = lab.job(NIGHTLY.name, LIVE.key)
    with silent():
        supervisor.run_with_watchdog(subprocess.Popen(["sleep", "1.5"]), config)
    after = lab.job(NIGHTLY.name, LIVE.key)
    true(time_of(after["updated"], "updated") > time_of(before["updated"], "updated"), "updated did not move")
    same(before | {"updated": after["updated"]}, after, "the job after the watchdog's dead")
    with silent():
        supervisor.unlock_targets(config)
    for name in config["targets"]:
        node_equals({"name": name, "locked": False, "locked_by": None}, query.get_status(name))
    nightly_run(lab)


def changing(lab: Lab) -> None:
    """two reporters refresh the run while jobs end and heartbeat: nothing is lost, the counts equal the directory"""
    command = [pathlib.Path(sys.executable).with_name("teuthology-report"), "-R", "-a", lab.archive, "-r", NIGHTLY.name]
    reporters = [subprocess.Popen(command, cwd=lab.scratch, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    failing, passing, *others = NIGHTLY.ended("running")
    with silent():
        for job, outcome in ((failing, "fail"), (passing, "pass")):
            config = archive.dispatched(lab.archive, NIGHTLY, job)
            ended = archive.summary(NIGHTLY, archive.Job(job.key, job.description, outcome, job.machines))
            try:
                runner.report_outcome(config, str(lab.directory(NIGHTLY, job.key)), ended)
            except SystemExit as exit_:
                same((1, "fail"), (exit_.code, outcome), "exit of a failed job")
            lab.nightly[job.key] = outcome
        while any(reporter.poll() is None for reporter in reporters):
            for job in others:
                report.try_push_job_info({"name": NIGHTLY.name, "job_id": job.key})
    for reporter in reporters:
        complaints = reporter.communicate()[1]
        same(0, reporter.returncode, f"exit code of a reporter: {complaints}")
        true("failed with status" not in complaints and "ERROR" not in complaints, complaints)
    nightly_run(lab)
    found = lab.jobs(NIGHTLY.name)
    for job in NIGHTLY.archived():
        wanted = served(merged(lab.directory(NIGHTLY, job.key))) | {"status": lab.nightly[job.key]}
        job_equals(wanted, found[job.key], f"job {job.key}")


def report_all(name: str, bodies: list[dict]) -> None:
    """Report some jobs of a run, without a word of complaint."""
    with silent():
        for body in bodies:
            report.push_job_info(name, body["job_id"], body)


def together(lab: Lab) -> None:
    """24 first jobs of an unknown run reported at once are all kept"""
    name = "paddler-2024-03-03_00:00:00-smoke-main-distro-default-smithi"
    bodies = [{"name": name, "job_id": str(9000 + n), "status": "queued", "machine_type": "smithi"} for n in range(24)]
    reporters = [Aside(lambda part=part: report_all(name, bodies[part::8])) for part in range(8)]
    for reporter in reporters:
        reporter.result()
    same(sorted(body["job_id"] for body in bodies), sorted(lab.jobs(name)), "jobs kept")
    run_equals({"name": name, "user": "paddler", "suite": "smoke"}, ["queued"] * 24, lab.get(f"/runs/{name}/"))
    report.ResultsReporter().delete_run(name)
    same(404, lab.code(f"/runs/{name}/"), "the run after its deletion")


def dead(lab: Lab) -> None:
    """teuthology-report --dead changes no job of a finished run"""
    before = lab.get(f"/runs/{DEVELOPER.name}/")
    lab.script("teuthology-report", "-D", "-a", str(lab.archive), "-r", DEVELOPER.name)
    same(before, lab.get(f"/runs/{DEVELOPER.name}/"), "the run")
    last = DEVELOPER.jobs[0]
    report.try_push_job_info({"name": DEVELOPER.name, "job_id": last.key}, {"status": "dead", "success": False})
    found = lab.job(DEVELOPER.name, last.key)
    same(("pass", True), (found["status"], found["success"]), "a passed job after dead")
    true(all(job["status"] in FINAL for job in lab.jobs(DEVELOPER.name).values()), "a job is not final")


STORY = (finishing, watching, changing, together, dead)
