"""Writing the archive directory: what ``archive`` says, as files, laid out as teuthology leaves them."""

import os
import pathlib
from datetime import UTC, datetime, timedelta

import yaml
from archive import CLUSTERS, RUNS, THRASHERS, WORKLOADS, Job, Run, dispatched, dispatched2013, info, summary


def documents(base: pathlib.Path, run: Run, job: Job) -> dict[str, dict]:
    """The files of a job's directory by name."""
    original = dispatched2013(base, run, job) if run.year2013 else dispatched(base, run, job)
    started = [{"internal.check_packages": None}, {"internal.save_config": None}, {"console_log": None}]
    files = {
        "orig.config.yaml": original,
        "config.yaml": original | {"tasks": started + original["tasks"]},
        "info.yaml": info(run, job),
    }
    if job.outcome in ("pass", "fail", "dead"):
        files["summary.yaml"] = summary(run, job)
    return files


def log_time(run: Run, job: Job) -> datetime:
    """When the job's log was last written: the n-th job of a run has been busy for n minutes and one hour."""
    begun = datetime.strptime(run.timestamp, "%Y-%m-%d_%H:%M:%S").replace(tzinfo=UTC)
    return begun + timedelta(hours=1, minutes=run.jobs.index(job), seconds=7)


def log_text(run: Run, job: Job) -> str:
    """The last lines of the job's log."""
    stamp = log_time(run, job).strftime("%Y-%m-%dT%H:%M:%S.000")
    lines = [f"{stamp} INFO:teuthology.run_tasks:Running task ceph...", f"{stamp} INFO:tasks.ceph:{job.description}"]
    if job.outcome == "fail":
        lines.append(f"{stamp} ERROR:teuthology.run_tasks:Saw exception from tasks.")
    return "\n".join(lines) + "\n"


def write_job(base: pathlib.Path, run: Run, job: Job) -> pathlib.Path:
    """Write one job's directory and return it."""
    directory = base / run.name / job.key
    directory.mkdir(parents=True)
    for name, document in documents(base, run, job).items():
        (directory / name).write_text(yaml.safe_dump(document, default_flow_style=False), encoding="utf-8")
    log = directory / "teuthology.log"
    log.write_text(log_text(run, job), encoding="utf-8")
    seconds = log_time(run, job).timestamp()
    os.utime(log, (seconds, seconds))
    return directory


def write(base: pathlib.Path) -> None:
    """Write the archive of all runs below ``base``."""
    for run in RUNS:
        for job in run.archived():
            write_job(base, run, job)
        (base / run.name / "results.log").write_text("", encoding="utf-8")


def write_suite(base: pathlib.Path) -> None:
    """Write the suite rados:thrash, of which the nightly run is the full matrix, as ``teuthology-suite`` reads it."""
    suite = base / "qa" / "suites" / "rados" / "thrash"
    for facet, names in (("clusters", CLUSTERS), ("thrashers", THRASHERS), ("workloads", WORKLOADS)):
        (suite / facet).mkdir(parents=True)
        for name in names:
            text = yaml.safe_dump({"tasks": [{f"{facet}.{name}": None}]})
            (suite / facet / f"{name}.yaml").write_text(text, encoding="utf-8")
    (suite / "%").write_text("", encoding="utf-8")
    clusters = [{"roles": [["mon.a", "osd.0"], ["osd.1", "client.0"]]}, {"roles": [["mon.a", "osd.0"]]}]
    for name, document in zip(CLUSTERS, (clusters[0], clusters[1], clusters[1]), strict=True):
        (suite / "clusters" / f"{name}.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
