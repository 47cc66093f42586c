"""What a callback of LAVA is in the archive: a boot, how its job ended, and its suites. Pure.

Source: the backend of KernelCI, which takes the same callbacks; kernelci-core for whose fault an error is.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from paddles.archive import texts
from paddles.archive.names import HEALTH_CHECKS
from paddles.ingest import facts, values
from paddles.ingest.facts import Suite
from paddles.ingest.lava import GOES_ON, Callback, Case
from paddles.ingest.lava_log import Line
from paddles.kernels import names
from paddles.kernels.facts import Boot

CONTEXT = "lava"
# The lab's own steps are a suite of this name; those of the definition have a number before theirs.
STEPS = "lava"
NUMBERED = re.compile(r"(\d{1,9})_(.+)", re.DOTALL)
LOGIN = ("login-action", "auto-login-action")
# Errors that say nothing of what was to be tested.
OF_THE_LAB = ("Infrastructure", "Bug", "Configuration", "LAVATimeout", "MultinodeTimeout")
CANCELED = "canceled"
# Columns of a boot by the names in the definition.
COLUMNS = {
    "tree": "kernel.tree",
    "branch": "git.branch",
    "kernel": "kernel.version",
    "git_describe": "git.describe",
    "git_commit": "git.commit",
    "arch": "job.arch",
    "defconfig": "kernel.defconfig",
    "build_environment": "job.build_environment",
    "file_server_resource": "job.file_server_resource",
    "mach": "platform.mach",
    "endian": "kernel.endian",
}
# And what has none, as boot.json calls it.
DETAILS = {
    "dtb": "platform.dtb",
    "fastboot": "platform.fastboot",
    "git_url": "git.url",
    "initrd": "job.initrd_url",
    "job_name": "job.name",
    "kernel_image": "job.kernel_image",
    "plan_variant": "test.plan_variant",
}
MOST_DETAILS = 200
# A case begins where its suite does, or behind the one before it.
BEGINS, SIGNAL = "<LAVA_SIGNAL_STARTRUN", "<LAVA_"
CONSOLE = "target"


def boot(callback: Callback, lab: str) -> Boot:
    """Return the boot of a job of a lab."""
    said = {name: word for name, value in callback.metadata.items() if (word := values.word(value))}
    columns: dict[str, Any] = {name: said.get(of, "") for name, of in COLUMNS.items()}
    logins = [case for case in callback.suites.get(STEPS, ()) if case.name in LOGIN]
    passed = [case.duration_s for case in logins if case.result == "pass"]
    return Boot(
        **columns,
        defconfig_full=said.get("kernel.defconfig_full") or columns["defconfig"],
        lab=lab,
        board=said.get("device.type") or callback.device_type,
        device=callback.device,
        plan=HEALTH_CHECKS if callback.checks_health else said.get("test.plan") or names.BOOTS,
        external_id=callback.id,
        result=_booted(callback, logins),
        duration_s=passed[-1] if passed else None,
        retries=len(logins) - 1 if logins else None,
        priority=callback.priority,
        ended=callback.ended,
        details=_details(callback, said),
    )


def ending(callback: Callback) -> tuple[str, str]:
    """Return the status of the job, and why it did not pass; blank where it did, or goes on."""
    if callback.status in GOES_ON:
        return "running", ""
    failure = callback.failure
    error = failure.error_type if failure else ""
    if callback.status not in ("complete", "incomplete") or error == "Canceled":
        return "dead", CANCELED
    failed = [
        f"{name}.{case.name}" for name, cases in _ordered(callback) for case in cases if _counts(callback, name, case)
    ]
    reason = (failure and failure.error_msg) or next(iter(failed), "") or callback.failure_comment
    if callback.status == "complete":
        return ("fail", reason) if failed else ("pass", "")
    return "dead" if error in OF_THE_LAB else "fail", reason or callback.status


def suites(callback: Callback, log: Sequence[Line]) -> list[Suite]:
    """Return the suites of a job, the lab's own steps first; what the board said to a case is its output."""
    said = _excerpts(callback, log)
    found = []
    for name, cases in _ordered(callback):
        alike = tuple(_case(case, said.get(id(case), "")) for case in cases)
        found.append(Suite(name, alike, facts.verdict(alike), CONTEXT))
    return facts.joined(found)


def _booted(callback: Callback, logins: Sequence[Case]) -> str:
    """Return the result of a boot: any login that passed will do; where no suite ran then, the job says."""
    failure = callback.failure
    blamed = failure is not None and failure.error_type == "Infrastructure"
    if not logins or blamed or callback.status not in ("complete", "incomplete"):
        return "unknown"
    results = {case.result for case in logins}
    if "pass" not in results:
        return "fail" if "fail" in results else "unknown"
    tested = any(cases for name, cases in callback.suites.items() if name != STEPS)
    return "fail" if failure and not tested else "pass"


def _details(callback: Callback, said: Mapping[str, str]) -> dict[str, Any]:
    taken = {*COLUMNS.values(), *DETAILS.values(), "kernel.defconfig_full", "device.type", "test.plan"}
    others = {name: word for name, word in said.items() if name not in taken}
    failure = callback.failure
    found = {
        **{name: said.get(of) for name, of in DETAILS.items()},
        "status": callback.status,
        "description": callback.description,
        "submitted": callback.submitted and callback.submitted.isoformat(),
        "started": callback.started and callback.started.isoformat(),
        "error_type": failure and failure.error_type,
        "boot_result_description": (failure and failure.error_msg) or callback.failure_comment,
        "partial": None if callback.whole else True,
        "metadata": dict(list(others.items())[:MOST_DETAILS]),
    }
    return {name: value for name, value in found.items() if value}


def _counts(callback: Callback, suite: str, case: Case) -> bool:
    """Say whether a case tells why its job did not pass: of the lab's steps, where no test could be made."""
    return case.result == "fail" and (suite != STEPS or (callback.status == "incomplete" and case.name != "job"))


def _ordered(callback: Callback) -> Iterator[tuple[str, tuple[Case, ...]]]:
    """Yield suites by the names that they have in their definition, in the order that it has."""

    def place(name: str) -> tuple[int, str]:
        numbered = NUMBERED.fullmatch(name)
        return (-1 if name == STEPS else int(numbered[1]) if numbered else 10**9, name)

    for name in sorted(callback.suites, key=place):
        numbered = NUMBERED.fullmatch(name)
        yield numbered[2] if numbered else name, callback.suites[name]


def _case(case: Case, output: str) -> facts.Case:
    return facts.Case(
        name=case.name,
        status=case.result,
        output=texts.shortened(output or case.error_msg),
        measurement=case.measurement,
        units=case.units,
        duration_s=case.duration_s,
        context=case.set,
        level=case.level,
        line=case.line,
        logged=case.logged,
    )


def _excerpts(callback: Callback, log: Sequence[Line]) -> dict[int, str]:
    """Return what the board said to each case: it stands before the line that tells of the case."""
    tests = [case for name, cases in callback.suites.items() if name != STEPS for case in cases]
    told = sorted((case.line, place) for place, case in enumerate(tests) if case.line and case.line <= len(log))
    found, before = {}, 0
    for line, place in told:
        found[id(tests[place])] = _excerpt(log[before : line - 1])
        before = max(before, line)
    return found


def _excerpt(lines: Sequence[Line]) -> str:
    begins = next((at for at in range(len(lines) - 1, -1, -1) if BEGINS in lines[at].message), -1)
    console = (line.message for line in lines[begins + 1 :] if line.level == CONSOLE)
    return "\n".join(message for message in console if SIGNAL not in message)
