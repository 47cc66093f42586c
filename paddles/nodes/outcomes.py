"""What a job's tests come to, as nodes are to be: a test each, and its cases below it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from paddles.archive import tests
from paddles.db.session import Session
from paddles.nodes.planting import Outcome

# Of one job: a test comes before the cases of any, and cases in their order; those beyond are in the archive alone.
MOST = 5000
LONGEST_OUTPUT = 1000
# A test in error did not come to a result; one that is unknown was never ended, or only measured something.
RESULTS: Mapping[str, str | None] = {
    "pass": "pass",
    "fail": "fail",
    "error": "incomplete",
    "skip": "skip",
    "unknown": None,
}


def of_job(session: Session, job_id: int) -> list[Outcome]:
    """Return the tests of a job with their cases, at most ``MOST`` of both together.

    A test of which there are more cases says in ``data.misc.cases`` how many.
    """
    found = tests.of_id(session, job_id, MOST)
    below: dict[int, list[Outcome]] = defaultdict(list)
    for case in tests.cases_of(session, [test.id for test in found], MOST - len(found)):
        below[case.test_id].append(Outcome(case.name, RESULTS[case.status], _of_case(case)))
    return [_of_test(test, below[test.id]) for test in found]


def _of_test(test: Row[Any], cases: Sequence[Outcome]) -> Outcome:
    total = test.n_pass + test.n_fail + test.n_error + test.n_skip + test.n_unknown
    misc = _present({"duration_s": test.duration_s, "cases": total if total > len(cases) else None})
    return Outcome(test.name, RESULTS[test.status], _said(test.status, misc, "; ".join(test.faults)), cases)


def _of_case(case: Row[Any]) -> dict[str, Any]:
    measured = {"measurement": case.measurement, "units": case.units or None, "duration_s": case.duration_s}
    misc = _present({**measured, "waived": case.waived or None})
    return _said(case.status, misc, "" if case.status == "pass" else case.output)


def _said(status: str, misc: Mapping[str, Any], message: str) -> dict[str, Any]:
    said = {
        "misc": dict(misc) or None,
        "error_code": "Test" if status == "error" else None,
        "error_msg": message[-LONGEST_OUTPUT:] or None,
    }
    return _present(said)


def _present(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None}
