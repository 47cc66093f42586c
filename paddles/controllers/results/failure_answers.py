"""What the results face answers with of failures: shapes for the description of the service, as in ``answers``."""

from typing import Annotated

from pydantic import Field

from paddles.controllers.results.answers import Answer, JobStatus, Moment, Tally

FailureId = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]


class Failure(Answer):
    """A kind of failure: what the reasons of jobs have in common, how many jobs and runs, and when."""

    id: FailureId
    href: str
    text: str
    jobs_count: Tally
    runs_count: Tally
    first_seen: Moment | None
    last_seen: Moment | None


class FailedJob(Answer):
    """A job that failed so, with the reason as it was said."""

    run: str
    job_id: str
    href: str
    status: JobStatus
    posted: Moment
    failure_reason: str | None


class OneFailure(Failure):
    """A kind of failure: where, on which days how often, and the newest jobs."""

    branches: list[str]
    suites: list[str]
    machine_types: list[str]
    per_day: dict[str, Tally]
    newest: list[FailedJob]


class RunFailure(Answer):
    """What some failed and dead jobs of a run have in common; without an id where they gave no reason."""

    id: FailureId | None
    href: str | None
    text: str
    ended: str | None
    example: str | None
    jobs_count: Tally
    dead: Tally
    jobs: list[str]
    machines: list[str]
    systems: list[str]
    first_seen: Moment | None
    other_runs: Tally | None
