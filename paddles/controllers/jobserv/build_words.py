"""How the JobServ face shows builds, which are runs of ours, and their runs, which are jobs."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sqlalchemy import Row

from paddles.controllers.jobserv import words
from paddles.projects import links
from paddles.projects.run_files import Listed
from paddles.projects.search import History, Span, Tested, Told
from paddles.settings import Settings

ENDED = ("PASSED", "FAILED", "PROMOTED")
LOG = "console.log"


@dataclass(frozen=True)
class Shown:
    """For whom builds of a project are shown: ``start`` is what addresses of the service begin with."""

    start: str
    project: str
    settings: Settings

    def build_url(self, number: int) -> str:
        """Return the address of a build."""
        return words.build_url(self.start, self.project, number)

    def run_url(self, number: int, key: str) -> str:
        """Return the address of a run of a build."""
        return words.run_url(self.start, self.project, number, key)

    def web_url(self, template: str, number: int, key: str = "") -> dict[str, str]:
        """Return where people look at it, where the settings say."""
        if not template:
            return {}
        said = {"{project}": quote(self.project), "{build}": str(number), "{run}": quote(key, safe="")}
        for name, value in said.items():
            template = template.replace(name, value)
        return {"web_url": template}


def listed(shown: Shown, told: Told) -> list[dict[str, Any]]:
    """Return builds as a list shows them, each with its runs."""
    return [_build(shown, row, told.jobs[row.run_id], told.spans) for row in told.builds]


def detailed(shown: Shown, history: History) -> Iterator[dict[str, Any]]:
    """Yield builds with all that is known of them."""
    spans = {place: Span(changes[0].at, changes[-1].at) for place, changes in history.changes.items()}
    for row in history.builds:
        build = _build(shown, row, history.jobs[row.run_id], spans)
        events = [
            {"time": change.at, "status": words.BUILD[change.status]} for change in history.changes.get(row.run_id, ())
        ]
        more = {"runs_url": f"{build['url']}runs/", "reason": row.reason, "annotation": row.annotation}
        yield {**build, "status_events": events, **more}


def runs(shown: Shown, history: History) -> list[dict[str, Any]]:
    """Return the runs of the one build that there is."""
    return next(detailed(shown, history))["runs"]  # type: ignore[no-any-return]


def run(shown: Shown, row: Row[Any], changes: Sequence[Row[Any]]) -> dict[str, Any]:
    """Return a run of the build ``row.number`` with all that is known of it but its files."""
    span = Span(changes[0].at, changes[-1].at) if changes else None
    machine = next((change.machine for change in reversed(changes) if change.machine), None)
    events = [_event(change) for change in changes]
    return {
        **_run(shown, row.number, row, span),
        "worker_name": machine,
        "status_events": events,
    }


def artifact(run_url: str, file: Listed, *, sized: bool) -> Any:
    """Return where a file of a run is, or with its size."""
    url = links.file(run_url, file.path)
    return {"url": url, "size_bytes": file.size} if sized else url


def promoted(
    shown: Shown, history: History, files: Mapping[int, Sequence[Listed]], tests: Sequence[Tested], *, sized: bool
) -> Iterator[dict[str, Any]]:
    """Yield builds with all that is known of them, the files and the tests of their runs included."""
    for row, build in zip(history.builds, detailed(shown, history), strict=True):
        jobs = {job.id: job for job in history.jobs[row.run_id]}
        urls = {job_id: shown.run_url(row.number, job.key) for job_id, job in jobs.items()}
        artifacts = [
            artifact(urls[job.id], file, sized=True) if sized else f"{job.key}/{file.path}"
            for job in jobs.values()
            for file in files.get(job.id, ())
        ]
        found = [_test(each, jobs[each.test.job_id], urls) for each in tests if each.test.job_id in jobs]
        yield {**build, "tests": found, "artifacts": artifacts}


def past(shown: Shown, row: Row[Any], changes: Sequence[Row[Any]]) -> dict[str, Any]:
    """Return a run as its history shows it: with its build, and how many seconds went into it."""
    begun = next((change.at for change in reversed(changes) if change.status == "running"), None)
    spent = changes[-1].at - begun if begun else datetime.timedelta()
    return {**run(shown, row, changes), "build": row.number, "duration_seconds": int(spent.total_seconds())}


def _build(shown: Shown, row: Row[Any], jobs: Sequence[Row[Any]], spans: Any) -> dict[str, Any]:
    url, span = shown.build_url(row.number), spans.get(row.run_id)
    build: dict[str, Any] = {
        "build_id": row.number,
        "url": url,
        "status": words.BUILD[row.status],
        "runs": [_run(shown, row.number, job, spans.get((row.run_id, job.id))) for job in jobs],
        **shown.web_url(shown.settings.build_url_format, row.number),
        **_times(span, words.BUILD[row.status]),
    }
    if row.promoted_as:
        build["name"] = row.promoted_as
    if row.trigger_name:
        build["trigger_name"] = row.trigger_name
    return build


def _run(shown: Shown, number: int, job: Row[Any], span: Span | None) -> dict[str, Any]:
    url, status = shown.run_url(number, job.key), words.JOB[job.state]
    one: dict[str, Any] = {
        "name": job.key,
        "url": url,
        "status": status,
        "log_url": f"{url}{LOG}",
        **shown.web_url(shown.settings.run_url_format, number, job.key),
        **_times(span, status),
    }
    if job.host_tag:
        one["host_tag"] = job.host_tag
    if job.tested:
        one["tests"] = f"{url}tests/"
    return one


def _times(span: Span | None, status: str) -> dict[str, datetime.datetime]:
    if span is None:
        return {}
    return {"created": span.first, "completed": span.last} if status in ENDED else {"created": span.first}


def _test(each: Tested, job: Row[Any], urls: Mapping[int, str]) -> dict[str, Any]:
    test = each.test
    results = [
        {"name": case.name, "context": "", "status": words.RESULT[case.status], "output": case.output}
        for case in each.cases
    ]
    return {
        "name": f"{job.key}-{test.name}",
        "url": f"{urls[job.id]}tests/{quote(test.name)}/",
        "status": words.RESULT[test.status],
        "context": test.context,
        "created": test.stored,
        "results": results,
    }


def _event(change: Row[Any]) -> dict[str, Any]:
    event = {"time": change.at, "status": words.JOB[change.status]}
    return {**event, "worker": change.machine} if change.machine else event
