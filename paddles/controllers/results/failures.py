"""``/failures/`` and ``/runs/<name>/failures/``: what jobs failed of, alike reasons together."""

import datetime
from typing import Any

from sqlalchemy import Row

from paddles.archive import failures, links, run_search
from paddles.archive.failures import FailureFilter
from paddles.controllers.results import face, failure_answers, times, words
from paddles.listing import moments
from paddles.settings import Settings
from paddles.web import query
from paddles.web.face import Call
from paddles.web.resource import Resource

SINCE = datetime.timedelta(days=14)
NO_REASON = "no reason given"


class FailuresQuery(query.Query):
    """Of which jobs: those posted since a day, two weeks unless said; of one branch, suite or type of machines."""

    since: query.Text | None = None
    branch: query.Text | None = None
    suite: query.Text | None = None
    machine_type: query.Text | None = None
    count: query.Count = 25
    page: query.Count = 1


class FailureQuery(query.Query):
    """Which of the jobs that failed so."""

    count: query.Count = 25
    page: query.Count = 1


class RunFailures(Resource):
    """The failures of a run."""

    face = face

    @face.endpoint(answers=list[failure_answers.RunFailure])
    def get_all(self, name: str, call: Call) -> Any:
        """List what the failed and dead jobs of a run have in common: 200, the largest group first; 404."""
        run = run_search.run(call.session, name)
        return [_of_run(row, call.settings) for row in failures.of_run(call.session, run.id, call.now)]


class FailuresController(Resource):
    """Failures of all runs, and one kind of them."""

    face = face

    @face.endpoint(query=FailuresQuery, answers=list[failure_answers.Failure])
    def get_all(self, call: Call) -> Any:
        """List kinds of failures: 200, the one with the most jobs first."""
        asked: FailuresQuery = call.query
        zone = call.settings.zone
        since = moments.bound(asked.since, call.now, zone, "since") if asked.since else call.now - SINCE
        wanted = FailureFilter(since, asked.branch or None, asked.suite or None, asked.machine_type or None)
        found = failures.listed(call.session, wanted, query.page(asked.count, asked.page))
        return [_failure(row, call.settings) for row in found]

    @face.endpoint(query=FailureQuery, answers=failure_answers.OneFailure)
    def get_one(self, failure_id: str, call: Call) -> Any:
        """Show a kind of failure with the jobs that failed so: 200, the newest first; 404."""
        number = links.number_of(failure_id)
        row = failures.one(call.session, number)
        page = query.page(call.query.count, call.query.page)
        return {
            **_failure(row, call.settings),
            "branches": row.branches or [],
            "suites": row.suites or [],
            "machine_types": row.machine_types or [],
            "per_day": {day.day: day.jobs for day in failures.per_day(call.session, number, call.settings.zone.key)},
            "newest": [
                {
                    "run": job.run,
                    "job_id": job.key,
                    "href": words.job_href(call.settings, job.run, job.key),
                    "status": job.status,
                    "posted": times.written(job.posted),
                    "failure_reason": job.reason,
                }
                for job in failures.newest(call.session, number, page)
            ],
        }


def _href(settings: Settings, number: int) -> str:
    return f"{settings.base_url}{links.failure(number)}"


def _failure(row: Row[Any], settings: Settings) -> dict[str, Any]:
    return {
        "id": links.group(row.failure_id),
        "href": _href(settings, row.failure_id),
        "text": row.text,
        "jobs_count": row.jobs,
        "runs_count": row.runs,
        "first_seen": times.written(row.first_seen),
        "last_seen": times.written(row.last_seen),
    }


def _of_run(row: Row[Any], settings: Settings) -> dict[str, Any]:
    known = row.failure_id is not None
    return {
        "id": links.group(row.failure_id) if known else None,
        "href": _href(settings, row.failure_id) if known else None,
        "text": row.text if known else NO_REASON,
        "ended": row.ended,
        "example": row.example if known else None,
        "jobs_count": row.jobs,
        "dead": row.dead,
        "jobs": row.keys,
        "machines": row.machines or [],
        "systems": row.systems or [],
        "first_seen": times.written(row.first_seen),
        "other_runs": row.other_runs if known else None,
    }
