"""The stages of a job on a machine, its health in the end, and what status and reason that health is. Pure."""

import re
from typing import NamedTuple

from paddles.errors import Invalid

# In their order; a wait for one of them is over when the job is there or beyond.
STAGES = {
    stage: number
    for number, stage in enumerate(
        "submit dispatch boot setup wait_peer running post_run manual_check renew finish cancel abort_invalid "
        "abort_wait abort_provider".split()
    )
}
# Those at which nothing more comes.
ENDS = ("finish", "cancel", "abort_invalid", "abort_wait", "abort_provider")

HEALTHS = (
    "success fail cancel wget_kernel_fail wget_initrd_fail initrd_broken load_disk_fail error_mount "
    "microcode_mismatch abort_invalid abort_wait abort_provider soft_timeout nfs_hang oom kernel_panic terminate "
    "disturbed timeout abnormal crash incomplete return"
).split() + [f"timeout_{stage}" for stage in STAGES if stage not in ENDS]  # fmt: skip

# What clients of several ages call the same thing.
SPELLINGS = {"finished": "success", "failed": "fail", "microcode_is_not_matched": "microcode_mismatch"}
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")

# A machine that was given back has done what it was borrowed for.
PASSED = ("success", "return")


class State(NamedTuple):
    """What one word of a client says: the stage that a job is in, or the health that it ends with."""

    stage: str | None
    health: str | None


def read(job_state: str) -> State:
    """Return what the old field ``job_state``, which is a stage at first and a result in the end, says.

    A word that is no stage and not ``finished`` is a health problem, one that we do not know included.

    Raises:
        Invalid: it is not a word.
    """
    if job_state in STAGES and job_state not in ENDS[1:]:
        return State(job_state, None)
    return State(None, health(job_state))


def health(said: str) -> str:
    """Return a health under its one name: small letters, one spelling. Raises Invalid when it is not a word."""
    if not WORD.fullmatch(said):
        raise Invalid("job_state and job_health are one word each, of at most 64 letters, digits and _.-")
    small = said.lower()
    return SPELLINGS.get(small, small)


def outcome(said: str) -> tuple[str, str | None]:
    """Return the status of a job that ended in a health, and the reason where it is dead.

    Passed and failed are what the job's own programs say; whatever else came in between left it dead.
    """
    found = health(said)
    if found in PASSED:
        return "pass", None
    return ("fail", None) if found == "fail" else ("dead", found)
