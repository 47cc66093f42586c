"""What becomes of a node by what became of the job behind it. Pure."""

from typing import Any, NamedTuple

from paddles.nodes.states import Move

ENDED = ("pass", "fail", "dead")
# What a node's data says while its job never came to a verdict; taken back when it does after all.
ERRORS = ("error_code", "error_msg")
LONGEST = 1000
DELETED = {"error_code": "Canceled", "error_msg": "the job was deleted"}
CANCELED = {"error_code": "Canceled", "error_msg": "cancel"}
# Whose fault it is that a job is dead, by its reason and in KernelCI's words; what is not here is the job's own.
BY_REASON = {
    **dict.fromkeys("cancel terminate abort_wait abort_provider".split(), "Canceled"),
    **dict.fromkeys(
        """lost expired abnormal disturbed load_disk_fail error_mount wget_kernel_fail wget_initrd_fail initrd_broken
        microcode_mismatch nfs_hang""".split(),
        "Infrastructure",
    ),
    "abort_invalid": "invalid_job_params",
    "node_timeout": "node_timeout",
}


class Known(NamedTuple):
    """What is known of a node: how it stands, and which status of its job it has seen."""

    id: str
    state: str
    result: str | None
    job_status: str | None


class Job(NamedTuple):
    """What is known of a job: its status, why it is dead, what it says of its failure, and on which machine it is."""

    status: str
    reason: str | None = None
    failure: str | None = None
    machine: str | None = None


def of_job(node: Known, job: Job) -> Move | None:
    """Return what becomes of a node by the present status of its job; None where the node has seen that.

    A job that passed or failed is believed whatever the node's result was. One that is dead leaves a result that is
    there as it is: it may be the word of somebody who knew more.
    """
    if job.status == node.job_status:
        return None
    said: dict[str, Any] = {"device": job.machine} if job.machine else {}
    if job.status not in ENDED:
        return Move(node.id, node.state, node.result, said, told=False, job_status=job.status)
    result, gone = job.status, ERRORS if node.result in (None, "incomplete") else ()
    if job.status == "dead":
        result, gone = node.result or "incomplete", ()
    if job.status == "dead" and node.result is None:
        said |= _errors(job)
    elif job.status == "fail" and job.failure:
        said["error_msg"] = job.failure[:LONGEST]
    told = (node.state, node.result) != ("done", result)
    return Move(node.id, "done", result, said, gone, told=told, job_status=job.status)


def of_nothing(node_id: str, result: str | None) -> Move:
    """Return what becomes of a node whose job was deleted before the node was done."""
    return Move(node_id, "done", result or "incomplete", {} if result else DELETED)


def _errors(job: Job) -> dict[str, str]:
    code = "Infrastructure" if job.reason is None else BY_REASON.get(job.reason, "Job")
    said = ": ".join(filter(None, (job.reason, job.failure)))
    return {"error_code": code, "error_msg": said[:LONGEST] or "the job is dead"}
