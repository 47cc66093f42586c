"""What jobs that built or booted kernels say of themselves in the archive. Pure."""

import datetime
from typing import Any

from paddles.archive.documents import LONGEST_WORD
from paddles.ingest import values
from paddles.kernels import names
from paddles.kernels.facts import Boot, Build, Kernel

OF_BUILD = {"pass": "pass", "fail": "fail", "unknown": "unknown"}
# That a board was away, or never tried, says nothing of the kernel.
OF_BOOT = {"pass": "pass", "fail": "fail", "offline": "dead", "untried": "dead", "unknown": "unknown"}


def run_of(kernel: Kernel, plan: str) -> str:
    """Return the name of the run of a kernel and a plan."""
    return names.run(kernel.tree, kernel.branch, kernel.revision, plan)


def run_of_check(lab: str, at: datetime.datetime) -> str:
    """Return the name of the run of a lab's health checks of a day (UTC), which are of no kernel."""
    return names.run_of_checks(lab, at.astimezone(datetime.UTC).date().isoformat())


def of_build(build: Build) -> tuple[dict[str, Any], str]:
    """Return the document of the job of a build, and its status."""
    status = OF_BUILD[build.result]
    reason = f"{build.errors or 'some'} errors" if status == "fail" else None
    said = {**_usual(build, names.BUILDS, names.of_build(build)), "duration": build.duration_s}
    return _present({**said, "failure_reason": reason}), status


def of_boot(boot: Boot, ended: tuple[str, str] | None = None, duration_s: float | None = None) -> dict[str, Any]:
    """Return the document of the job of a boot; ``ended`` are its status and why it did not pass, if that is said."""
    described = values.word(boot.details.get("boot_result_description"))
    status, reason = ended or (OF_BOOT[boot.result], described or boot.result)
    said = {
        **_usual(boot, boot.plan, names.of_boot(boot), (boot.board, boot.lab)),
        "machine_type": boot.board,
        "duration": boot.duration_s if duration_s is None else duration_s,
        "failure_reason": None if status in ("pass", "running", "unknown") else reason,
    }
    return _present(said)


def _usual(kernel: Kernel, plan: str, name: str, where: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what jobs of builds and boots say alike; what is described is the same of every revision."""
    built = (kernel.arch, kernel.defconfig_full, kernel.build_environment)
    return {
        "name": name,
        "suite": plan,
        "branch": kernel.branch,
        "sha1": kernel.git_commit,
        "kernel": kernel.revision,
        "flavor": "/".join(filter(None, built))[:LONGEST_WORD],
        "description": " ".join(filter(None, (kernel.tree, kernel.branch, *built, plan, *where))),
    }


def _present(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value not in (None, "")}
