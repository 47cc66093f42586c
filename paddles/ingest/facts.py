"""What a document says of a job: suites and the cases in them. Pure."""

import datetime
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from paddles.archive.texts import named, shortened
from paddles.errors import Invalid

STATUSES = ("pass", "fail", "error", "skip", "unknown")
# Of what may be in one suite, the first of these that is there is what the suite is.
GRAVEST = ("fail", "error", "pass", "skip", "unknown")

MOST_CASES = 100_000


@dataclass(frozen=True)
class Case:
    """One check.

    Attributes:
        name: what it is called in its suite, on one line; not necessarily once.
        status: one of ``STATUSES``. A case that was begun and not ended, or only measured, is unknown.
        waived: whoever wrote the test says that its result does not count.
        output: what it said, the end of it, below a line ``<truncated>``, where that is not all.
        measurement: the value that it measured, in ``units`` where they are known.
        duration_s: how long it took.
        context: the set of cases that it is one of.
        level: the step of the job that it is.
        line: the line of the log, from 1, that tells of it.
        logged: when that was said.
    """

    name: str
    status: str = "unknown"
    waived: bool = False
    output: str = ""
    measurement: float | None = None
    units: str = ""
    duration_s: float | None = None
    context: str = ""
    level: str = ""
    line: int | None = None
    logged: datetime.datetime | None = None


@dataclass(frozen=True)
class Suite:
    """A test: a named list of cases.

    Attributes:
        name: what it is called in its job, once.
        status: one of ``STATUSES``.
        context: the format it was read from.
        faults: what is wrong with the document, in words; the facts are then what could be read all the same.
        duration_s: how long it says it took.
    """

    name: str
    cases: tuple[Case, ...]
    status: str
    context: str = ""
    faults: tuple[str, ...] = ()
    duration_s: float | None = None


def case(name: str, status: str, *, waived: bool = False, output: str = "", duration_s: float | None = None) -> Case:
    """Return a case whose name and output are as long as may be, and whose name is one line."""
    return Case(named(name), status, waived, shortened(output), duration_s=duration_s)


def verdict(cases: Iterable[Case]) -> str:
    """Return what cases make of their suite: one that fails and is not waived fails it, then one in error, and so on.

    A suite passes when nothing is worse than pass; it is skipped when all of it is. What is waived does no harm.
    """
    there = {"pass" if case.waived and case.status in ("fail", "error") else case.status for case in cases}
    return next((status for status in GRAVEST if status in there), "unknown")


def joined(suites: Sequence[Suite]) -> list[Suite]:
    """Return ``suites`` with those of the same name made one, where the first of them stood.

    Raises:
        Invalid: they hold more than ``MOST_CASES`` cases.
    """
    if sum(len(suite.cases) for suite in suites) > MOST_CASES:
        raise Invalid(f"a document has at most {MOST_CASES} cases")
    same: dict[str, list[Suite]] = {}
    for suite in suites:
        same.setdefault(suite.name, []).append(suite)
    return [_one(alike) for alike in same.values()]


def seconds(text: str | None) -> float | None:
    """Return a duration in seconds as documents write it, ``1,234.5`` too; None for what is none."""
    try:
        value = float((text or "")[:40].replace(",", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _one(alike: list[Suite]) -> Suite:
    if len(alike) == 1:
        return alike[0]
    there = {suite.status for suite in alike}
    return replace(
        alike[0],
        cases=tuple(case for suite in alike for case in suite.cases),
        status=next(status for status in GRAVEST if status in there),
        faults=tuple(fault for suite in alike for fault in suite.faults),
        duration_s=sum(suite.duration_s or 0 for suite in alike) or None,
    )
