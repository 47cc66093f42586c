"""Results: the summary mail, waiting for a run, and finding the jobs to run again."""

import re

import archive
import docopt
from client import ANCIENT, DEVELOPER, NIGHTLY, Lab, heard
from expect import job_equals, same, served, true
from scripts import suite as command
from teuthology import suite
from teuthology.dispatcher import supervisor
from teuthology.lock import query

AGAIN = ["--owner", "rerunner", "-m", "smithi", "-c", "main", "-p", "150", "-y", "--kernel", "none"]
AGAIN += ["--sha1", archive.SHA1, "--validate-sha1", "false", "--suite-branch", "main"]
AGAIN += ["--suite-sha1", archive.SUITE_SHA1, "--suite-relpath", "qa", "--teuthology-branch", "main"]


def subject_of(statuses: list[str], run: str) -> str:
    """The subject of the summary mail."""
    order = ("fail", "dead", "running", "waiting", "queued", "pass")
    counts = [f"{statuses.count(status)} {status}" for status in order if status in statuses]
    return f"{', '.join(counts)} in {run}"


def mails(lab: Lab) -> None:
    """teuthology-results makes the summary of a run from its slices, and does not wait for a finished one"""
    for run, statuses, timeout in (
        (NIGHTLY, list(lab.nightly.values()), "0"),
        (DEVELOPER, [job.status for job in DEVELOPER.jobs], "120"),
    ):
        options = ["--archive-dir", str(lab.archive / run.name), "--name", run.name, "--email", "qa@lab.test"]
        output = lab.script("teuthology-results", *options, "--dry-run", "--timeout", timeout)
        true(f"Subject: {subject_of(statuses, run.name)}\n" in output, output)
        for job in run.ended("fail"):
            stanza = output[output.index(f"[{job.key}]") :][:2000]
            true(job.description in stanza and f"sentry: {archive.summary(run, job)['sentry_event']}" in stanza, stanza)
            true(f"/{run.name}/{job.key}/" in stanza and "with status 124" in stanza, stanza)


def waits(lab: Lab) -> None:
    """teuthology-wait ends at once for finished runs: 0 when all passed, 1 when not"""
    lab.script("teuthology-wait", "--run", ANCIENT.name)
    output = lab.script("teuthology-wait", "--run", DEVELOPER.name, code=1)
    for job in DEVELOPER.jobs:
        line = rf"{job.status} \S+/{re.escape(f'{DEVELOPER.name}/{job.key}')}/\S* {re.escape(job.description)}\n"
        true(re.search(line, output), f"job {job.key} is missing in:\n{output}")


def options_of(*arguments: str) -> object:
    """The options of teuthology-suite, read by its own parser."""
    return suite.process_args(docopt.docopt(command.doc, argv=list(arguments)))


def reruns(lab: Lab) -> None:
    """teuthology-suite --rerun finds the failed and dead jobs, the suite, the seed and the subset"""
    unsuccessful = [job for job in NIGHTLY.jobs if lab.nightly[job.key] in ("fail", "dead")]
    conf = options_of("--rerun", NIGHTLY.name)
    suite.get_rerun_conf_overrides(conf)
    found = (conf.suite, conf.seed, conf.subset, conf.no_nested_subset)
    same((NIGHTLY.suite, 4711, (0, 1), False), found, "suite, seed, subset, no_nested_subset")
    same(sorted(job.description for job in unsuccessful), sorted(conf.filter_in), "jobs to run again")
    conf = options_of("--rerun", DEVELOPER.name, "-R", "pass")
    suite.get_rerun_conf_overrides(conf)
    same(sorted(job.description for job in DEVELOPER.ended("pass")), sorted(conf.filter_in), "passed jobs")
    for wrong in (["--seed", "1"], ["--subset", "1/2"], ["--no-nested-subset"]):
        conf = options_of("--rerun", NIGHTLY.name, *wrong)
        try:
            suite.get_rerun_conf_overrides(conf)
        except SystemExit:
            continue
        true(False, f"{wrong} does not match the run and was accepted")


def rescheduling(lab: Lab) -> None:
    """teuthology-suite --rerun -R dead queues a new run of just the dead jobs, with the old run's seed and subset"""
    output = lab.script(
        "teuthology-suite", *AGAIN, "--suite-dir", str(lab.scratch), "--rerun", NIGHTLY.name, "-R", "dead"
    )
    name = re.search(r"Job scheduled with name (rerunner-\S+) and ID", output)[1]
    (lab.scratch / "rerun").write_text(name, encoding="utf-8")
    jobs = lab.jobs(name)
    wanted = [job.description for job in NIGHTLY.jobs if lab.nightly[job.key] == "dead"]
    same(sorted(wanted), sorted(job["description"] for job in jobs.values()), "jobs of the new run")
    for job in jobs.values():
        same(("queued", 4711, "0/1"), (job["status"], job["seed"], job["subset"]), "status, seed and subset")
        same((archive.SHA1, "rerunner"), (job["sha1"], job["user"]), "sha1 and user")
    run = lab.get(f"/runs/{name}/")
    parts = (run["user"], run["suite"], run["branch"], run["machine_type"], run["status"])
    same(("rerunner", "rados:thrash", "main", "smithi", "queued"), parts, "parts of the new run")


def failing_reimage(lab: Lab) -> None:
    """a job whose machines cannot be installed is dead, gives them back, and the machine is marked down"""
    name = (lab.scratch / "rerun").read_text(encoding="utf-8")
    job = min(lab.jobs(name).values(), key=lambda job: int(job["job_id"]))
    directory = lab.archive / name / job["job_id"]
    directory.mkdir(parents=True)
    config = {key: job[key] for key in ("job_id", "name", "owner", "machine_type", "os_type", "priority", "roles")}
    config |= {"archive_path": str(directory), "os_type": "ubuntu", "os_version": "22.04"}
    config = supervisor.dispatcher.lock_machines(config)
    job_equals(
        served(job | config | {"status": "running"}) | {"log_href": job["log_href"]},
        lab.job(name, job["job_id"]),
        "job before the reimage",
    )
    try:
        with heard():
            supervisor.reimage(config)
        true(False, "the refusal of the provisioner went unnoticed")
    except Exception as refusal:
        reason = f"Error reimaging machines: {refusal}"
    found = lab.job(name, job["job_id"])
    same(("dead", reason), (found["status"], found["failure_reason"]), "status and reason")
    same([], query.list_locks(locked_by=config["owner"]), "machines not given back")
    with heard() as lines:
        supervisor.check_for_reimage_failures_and_mark_down(config["targets"], count=1)
    same(["Reimage failed 1 times ... marking machine down"] * len(config["targets"]), lines, "machines marked down")
    for target in config["targets"]:
        node = query.get_status(target)
        same((False, "reimage failed 1 times"), (node["up"], node["description"]), target)
    lab.script("teuthology-report", "-D", "-a", str(lab.archive), "-r", name)
    same("finished dead", lab.get(f"/runs/{name}/")["status"], "the run after --dead")


STORY = (mails, waits, reruns, rescheduling, failing_reimage)
