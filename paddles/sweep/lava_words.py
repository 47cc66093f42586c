"""What a callback of LAVA means for a node of KernelCI's API.

Source: kernelci-core, kernelci/runtime/lava.py, as the pipeline's callback service uses it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from paddles.ingest.lava import Callback, Case
from paddles.nodes.outcomes import MOST, RESULTS
from paddles.nodes.planting import Outcome

# The lab's own steps, as a suite of that name, and what is made of them.
LAB, SETUP = "lava", "setup"
LOGIN, KERNEL = ("auto-login-action", "login-action"), ("kernel-messages",)
# Of what a lab may blame, what nodes have the same word for.
ERRORS = frozenset(
    "Infrastructure Canceled Job Bug Test Configuration LAVATimeout MultinodeTimeout ObjectNotPersisted".split()
)
UNKNOWN = ("Infrastructure", "Unknown infrastructure error")
# A job of such a name is about whether a board comes up: that it did not is a result.
ABOUT_BOOTING = "baseline"


@dataclass(frozen=True)
class Meaning:
    """The result of a node, what its data says, and what goes below it."""

    result: str
    said: Mapping[str, Any] = field(default_factory=dict)
    outcomes: Sequence[Outcome] = ()


def meaning(callback: Callback, name: str) -> Meaning:
    """Return what a callback of a job that has ended means for the node ``name``.

    A complete job passes unless one of its suites failed; without a login it is incomplete. One that is not complete is
    incomplete, with what the lab blames.
    """
    outcomes = _outcomes(callback)
    results = {outcome.name: outcome.result for outcome in outcomes}
    said: dict[str, Any] = {"device": callback.device, "job_id": callback.id}
    if callback.status == "complete":
        result = _of_complete(results)
    else:
        code, message = _blame(callback)
        said |= {"error_code": code, "error_msg": message}
        booting = ABOUT_BOOTING in name and results.get(SETUP) == "fail"
        result = "fail" if booting and callback.status == "incomplete" else "incomplete"
    return Meaning(result, {key: value for key, value in said.items() if value}, outcomes)


def _of_complete(results: Mapping[str, str | None]) -> str:
    if results.get(SETUP) == "fail":
        return "incomplete"
    return "fail" if "fail" in results.values() else "pass"


def _blame(callback: Callback) -> tuple[str, str]:
    failure = callback.failure
    if callback.status != "incomplete":
        return "Canceled", (failure and failure.error_msg) or callback.status
    if failure is None or not failure.error_type:
        return UNKNOWN if failure is None or not failure.error_msg else (UNKNOWN[0], failure.error_msg)
    code = failure.error_type if failure.error_type in ERRORS else "Job"
    return code, failure.error_msg or failure.error_type


def _outcomes(callback: Callback) -> list[Outcome]:
    budget, found = iter(range(MOST)), []
    steps = callback.suites.get(LAB, ())
    for name, cases in callback.suites.items():
        plain = SETUP if name == LAB else name.partition("_")[2] or name
        below = _setup(steps) if name == LAB else _sets(cases, budget)
        if below or name != LAB:
            found.append(Outcome(plain, _of_suite(plain, steps, below), below=below))
    return found


def _setup(steps: Sequence[Case]) -> list[Outcome]:
    """Return whether a board came up: any login that passed will do, any trouble of the kernel is one."""
    logins = [case.result for case in steps if case.name in LOGIN]
    kernels = [case.result for case in steps if case.name in KERNEL]
    found = [Outcome("login", "pass" if "pass" in logins else "fail")] if logins else []
    return found + ([Outcome("kernelmsg", "fail" if "fail" in kernels else "pass")] if kernels else [])


def _sets(cases: Sequence[Case], budget: Any) -> list[Outcome]:
    """Return cases, those of a set below it, where the first of them stood."""
    order: dict[str, list[Outcome]] = {}
    found: list[Outcome | str] = []
    for case, _ in islice(zip(cases, budget, strict=False), len(cases)):
        outcome = Outcome(case.name, RESULTS[case.result], _said(case))
        if not case.set:
            found.append(outcome)
            continue
        if case.set not in order:
            found.append(case.set)
        order.setdefault(case.set, []).append(outcome)
    return [
        Outcome(each, _verdict(order[each]), below=order[each]) if isinstance(each, str) else each for each in found
    ]


def _said(case: Case) -> dict[str, Any]:
    measured = {} if case.measurement is None else {"measurement": case.measurement, "units": case.units or None}
    misc = {name: value for name, value in measured.items() if value is not None}
    message = {"error_msg": case.error_msg} if case.error_msg else {}
    return ({"misc": misc} if misc else {}) | message


def _of_suite(name: str, steps: Sequence[Case], below: Sequence[Outcome]) -> str | None:
    """Return the result of a suite: the lab's, but for one that passed: then what is below it decides."""
    told = [case.result for case in steps if case.name.partition("_")[2] == name]
    if told and told[-1] != "pass":
        return RESULTS[told[-1]]
    return _verdict(below)


def _verdict(below: Sequence[Outcome]) -> str | None:
    results = [outcome.result for outcome in below]
    return next((result for result in ("fail", "pass", "skip") if result in results), None)
