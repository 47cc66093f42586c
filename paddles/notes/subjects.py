"""What notes stand beside: runs, jobs, machines, tests, kinds of failures and regressions, by the names people use."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from paddles.analysis import history, regressions
from paddles.archive import links
from paddles.db.session import Session
from paddles.errors import Invalid, NotFound
from paddles.notes.models import COLUMNS

# What is asked of each by its name is that it is there, and with KEPT that it stays until the end of the transaction:
# whoever deletes it waits, or has been waited for.
KEPT = "FOR KEY SHARE"
RUN = "SELECT id FROM runs WHERE name = :name"
JOB = "SELECT jobs.id FROM jobs JOIN runs ON runs.id = jobs.run_id WHERE runs.name = :name AND jobs.key = :key"
MACHINE = "SELECT id FROM machines WHERE name = :name"
FAILURE = "SELECT id FROM failures WHERE id = :number"
REGRESSION = "SELECT id FROM regressions WHERE id = :number"
FIND = {
    "run": text(RUN),
    "job": text(JOB),
    "machine": text(MACHINE),
    "failure": text(FAILURE),
    "regression": text(REGRESSION),
}
KEEP = {
    "run": text(f"{RUN} {KEPT}"),
    "job": text(f"{JOB} {KEPT} OF jobs"),
    "machine": text(f"{MACHINE} {KEPT}"),
    "failure": text(f"{FAILURE} {KEPT}"),
    "regression": text(f"{REGRESSION} {KEPT}"),
}
# What a note stands beside, in the columns that :func:`of` makes a subject of; ``notes`` are rows of the table.
NAMED = """
    COALESCE(runs.name, of_jobs.name) AS run, jobs.key, machines.name AS machine, notes.failure_id,
    CASE WHEN paths.suite = '' THEN paths.name ELSE paths.suite || '/' || paths.name END AS test, notes.regression_id
"""
JOINED = """
    LEFT JOIN runs ON runs.id = notes.run_id
    LEFT JOIN jobs ON jobs.id = notes.job_id LEFT JOIN runs AS of_jobs ON of_jobs.id = jobs.run_id
    LEFT JOIN machines ON machines.id = notes.machine_id LEFT JOIN paths ON paths.id = notes.path_id
"""


@dataclass(frozen=True)
class Subject:
    """One thing of a ``kind`` (of ``COLUMNS``) by its ``name``, a job by its run's and its ``key``.

    A test is named by its path, a kind of failures as in its address, a regression by its number.
    """

    kind: str
    name: str
    key: str = ""

    @property
    def column(self) -> str:
        """The column of notes that stand beside it."""
        return COLUMNS[self.kind]

    @property
    def said(self) -> dict[str, str]:
        """How a client names it: ``run``, with a job ``job``; else the word of its kind."""
        if self.kind == "job":
            return {"run": self.name, "job": self.key}
        return {self.kind: self.name}

    @property
    def place(self) -> str:
        """What events say that they are about: where it is found, its names as they are."""
        folder = {"job": "runs", "machine": "nodes"}.get(self.kind, f"{self.kind}s")
        return f"{folder}/{self.name}/jobs/{self.key}" if self.kind == "job" else f"{folder}/{self.name}"


def named(said: Mapping[str, str | None]) -> Subject:
    """Return the one subject that is named, by what :attr:`Subject.said` has.

    Raises:
        Invalid: it is none, or several.
    """
    given = {name: value for name, value in said.items() if value and (name in COLUMNS)}
    if set(given) == {"run", "job"}:
        return Subject("job", str(given["run"]), str(given["job"]))
    if len(given) != 1 or "job" in given:
        raise Invalid(f"name one of {', '.join(COLUMNS)}; a job with its run")
    ((kind, name),) = given.items()
    return Subject(kind, str(name))


def find(session: Session, subject: Subject) -> int:
    """Return the number of a subject. Raises NotFound."""
    return _found(session, FIND, subject)


def keep(session: Session, subject: Subject) -> int:
    """Return the number of a subject, which stays until the end of the transaction. Raises NotFound."""
    return _found(session, KEEP, subject)


def of(row: Row[Any]) -> Subject:
    """Return what a row stands beside that has the columns ``NAMED``."""
    if row.key is not None:
        return Subject("job", row.run, row.key)
    if row.failure_id is not None:
        return Subject("failure", links.group(row.failure_id))
    if row.regression_id is not None:
        return Subject("regression", str(row.regression_id))
    kind = next(kind for kind in ("run", "machine", "test") if getattr(row, kind) is not None)
    return Subject(kind, getattr(row, kind))


def _found(session: Session, statements: Mapping[str, Any], subject: Subject) -> int:
    if "\0" in subject.name or "\0" in subject.key:
        raise Invalid("a NUL character cannot be stored, so nothing has one")
    if subject.kind == "test":
        # A path is for ever.
        return int(history.path(session, subject.name).id)
    number = session.scalar(statements[subject.kind], _values(subject))
    if number is None:
        raise NotFound(f"there is no {' '.join(f'{kind} {name}' for kind, name in subject.said.items())}")
    return int(number)


def _values(subject: Subject) -> dict[str, Any]:
    if subject.kind == "failure":
        return {"number": links.number_of(subject.name)}
    if subject.kind == "regression":
        return {"number": regressions.number_of(subject.name)}
    return {"name": subject.name, "key": subject.key}
